"""The fields that more than one subject takes: every one has a limit, and only some take text."""

from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

TEXT_LONGEST = 8000


def ensure_words(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not hold NUL characters")
    if not text.strip():
        raise ValueError("must hold some words")
    return text


Text = Annotated[
    str, StringConstraints(min_length=1, max_length=TEXT_LONGEST), AfterValidator(ensure_words)
]
# Tokens without spaces: no way in for text that is not screened.
Hour = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
SupporterId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9:_.-]{1,64}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Hours = Annotated[list[Hour], Field(max_length=50)]
Preferred = Annotated[list[SupporterId], Field(max_length=20)]
Excluded = Annotated[list[SupporterId], Field(max_length=50)]
ReturnPass = Annotated[
    str,
    Field(
        examples=["3q2-7wB9Q1x0aVn_LkT4m8Zs"],
        description="Kept beside the code, sent as `Return-Pass`",
    ),
]
CaseId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
