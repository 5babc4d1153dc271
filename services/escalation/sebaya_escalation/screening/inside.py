"""What runs inside a reading process. Of the service it imports the function's module alone."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class ReadingFailed(Exception):
    """A function raised an error, of which only the name leaves its process: the text of an error
    may hold a student's words.
    """


def read_each(function: Callable[..., T], given: Sequence[tuple[Any, ...]]) -> list[T | Exception]:
    """Call the function for each text of a batch; the error of one concerns no other."""
    answers: list[T | Exception] = []
    for values in given:
        try:
            answers.append(function(*values))
        except Exception as error:  # noqa: BLE001 - raised where the text came from
            answers.append(ReadingFailed(type(error).__name__))
    return answers
