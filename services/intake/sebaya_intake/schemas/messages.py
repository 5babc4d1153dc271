"""Messages and what is said of them: words in, the thread out."""

from datetime import datetime
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
)

from sebaya_contracts.words import (
    Author,
    ReportReason,
    WorryReason,
)
from sebaya_intake.domain.case_link import LinkReason
from sebaya_intake.domain.crisis import OnCall
from sebaya_intake.domain.message import Message, MessageWords
from sebaya_intake.schemas.crisis import CrisisView
from sebaya_intake.schemas.fields import Model, Text

# Said by a peer alone.
HANDING_ON = frozenset({WorryReason.TOO_HEAVY, WorryReason.KNOWS_STUDENT})


class HeardView(BaseModel):
    """The answer to a request that came with a code that was not looked at, right or wrong.

    A counsellor of the school is told that a student who could not be let in asks for an adult, and
    gets the words. It is not known here which student it is.
    """

    case_id: None = None
    on_call: OnCall
    crisis: CrisisView


class FirstWordsRequest(Model):
    """Whether the peer may read the first words."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"peer_may_read": True}]})

    peer_may_read: Annotated[bool, Field(strict=True)]


class ReportRequest(Model):
    """What is wrong, from a list."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "hurtful"}]})

    reason: ReportReason


class PostMessageRequest(Model):
    """Words to be added to the thread."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Terima kasih, besok jam tiga bisa."}]}
    )

    text: Text


class PostStaffMessageRequest(PostMessageRequest):
    """Words of a peer or a counsellor."""

    for_staff: Annotated[
        bool,
        Field(
            strict=True,
            description="Between the peer and the counsellors alone, not for the student",
        ),
    ] = False


class WorryRequest(Model):
    """Why the peer calls an adult, and what the counsellors should know."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "self_harm", "text": "Dia bicara soal mati."}]}
    )

    reason: WorryReason
    text: Text | None = None

    def words(self, idempotency_key: str) -> MessageWords | None:
        """Return the words for the counsellors; None where nothing was written."""
        return MessageWords(self.text, idempotency_key, for_staff=True) if self.text else None


class AdultCalledView(BaseModel):
    """An adult is called; when it was asked for."""

    case_id: str
    called_at: datetime | None


class MessagePostedView(BaseModel):
    message_id: str


class MessageView(BaseModel):
    """One entry of a thread."""

    message_id: str
    author: Author
    mine: bool
    text: str
    posted_at: datetime
    opening: bool = False
    for_staff: bool = Field(False, description="Between the peer and the counsellors alone")
    linked: bool = Field(False, description="It stands in another case of the same student")
    hidden_from_peer: bool = Field(
        False, description="In the student's own thread: the peer does not see it"
    )

    @classmethod
    def of(
        cls, message: Message, *, mine: bool, linked: bool, hidden_from_peer: bool = False
    ) -> "MessageView | None":
        if message.author is None or message.posted_at is None:
            return None
        return cls(
            message_id=message.message_id,
            author=message.author,
            mine=mine,
            text=message.text,
            posted_at=message.posted_at,
            for_staff=message.for_staff,
            linked=linked,
            hidden_from_peer=hidden_from_peer,
        )


class LinkView(BaseModel):
    """A case that is read as one timeline with this one, since it is the same student's."""

    case_id: str
    reason: LinkReason
    linked_at: datetime


class ThreadView(BaseModel):
    """A stretch of a thread, oldest first. `earlier`: ask again with `before` = the first id."""

    case_id: str
    messages: list[MessageView]
    earlier: bool
    by_friend: bool = Field(False, description="Opened out of worry about a friend")
    linked: list[LinkView] = []
