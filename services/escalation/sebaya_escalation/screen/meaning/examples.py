"""Own examples of each kind, for the reason of an alert: "reads like …".

`examples.tsv` is a selection of the corpus, written by `make screen-model`: one example a line, its
id and its text. No pupil wrote any of them.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources

EXAMPLES = "examples.tsv"


@dataclass(frozen=True, slots=True)
class Example:
    """A text of the corpus. `id` is language/kind/family/number of the text in its family."""

    id: str
    text: str

    @property
    def lang(self) -> str:
        """The language that it is written in, as "id" or "en"."""
        return self.id.split("/")[0]

    @property
    def kind(self) -> str:
        """What its family is about."""
        return self.id.split("/")[1]


@cache
def list_examples() -> tuple[Example, ...]:
    """List all examples, in the order of their vectors in the weights."""
    lines = (resources.files(__package__) / EXAMPLES).read_text("utf-8").splitlines()
    return tuple(Example(*line.split("\t", 1)) for line in lines)


@cache
def _index_examples() -> dict[str, Example]:
    return {example.id: example for example in list_examples()}


def find_example(example_id: str) -> Example | None:
    """Find an example by its id; None when it is no longer among those that ship."""
    return _index_examples().get(example_id)
