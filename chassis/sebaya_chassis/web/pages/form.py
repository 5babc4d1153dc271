"""A form as a browser sends it, bounded and read strictly.

Photos and files are refused: they tell more than their sender wants.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import ValidationError

from sebaya_chassis.base.problems import FieldError, Invalid, Problem

MEDIA_TYPE = "application/x-www-form-urlencoded"
MOST_FIELDS = 200


class OnlyWords(Problem):
    """Something else than a plain form came."""

    status = 415
    slug = "only-words"
    title = (
        "Photos and files cannot be sent here, "
        "since they can tell more about you than you want; please use words"
    )


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, in the order of the page; a name may come several times."""

    fields: tuple[tuple[str, str], ...] = ()

    def one(self, name: str) -> str:
        """Return the last value of that name, or an empty text."""
        return next((value for field, value in reversed(self.fields) if field == name), "")

    def all(self, name: str) -> list[str]:
        """Return every value of that name, in the order of the page."""
        return [value for field, value in self.fields if field == name]

    def filled(self, *names: str) -> dict[str, str]:
        """Return those of the fields that are not empty."""
        return {name: value for name in names if (value := self.one(name))}


async def read_form(request: Request) -> Form:
    """Read the form of a request. Raises OnlyWords, Invalid.

    It is kept with the request, so that a page of errors can give the words back.
    """
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != MEDIA_TYPE:
        raise OnlyWords
    try:
        pairs = parse_qsl(
            (await request.body()).decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise Invalid(errors=[FieldError(field="body", message="Not a form in UTF-8")]) from None
    form = Form(tuple((name, value.replace("\r\n", "\n")) for name, value in pairs))
    request.state.form = form
    return form


def field_faults(error: ValidationError | Invalid) -> Mapping[str, str]:
    """Map the first name of each field that is wrong to the kind of its fault."""
    return dict(_faults(error))


def _faults(error: ValidationError | Invalid) -> Iterable[tuple[str, str]]:
    if isinstance(error, ValidationError):
        for one in error.errors(include_url=False, include_context=False, include_input=False):
            yield str(one["loc"][0] if one["loc"] else "form"), str(one["type"])
        return
    for fault in error.details().errors or ():
        yield fault.field.split(".")[0], "invalid"
