"""The verdict on one message. Its record holds no words: those of a signal are in the alert."""

from dataclasses import dataclass, replace
from datetime import datetime

from sebaya_contracts.escalation import MessageScreened
from sebaya_contracts.intake import MessagePosted
from sebaya_contracts.words import Author, CaseTopic, Level
from sebaya_escalation.domain.judgement import SCREEN_VERSION, Judgement


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in a message, and the alert it raised or joined.

    `topic` is what an opening is about; its `posted_at` is when the case was opened. `named`: the
    members of staff that its words name.
    `meaning_version` names the weights of the second stage that read it, and is empty where the
    rules did alone.
    """

    school_id: str
    message_id: str
    case_id: str
    level: Level
    opening: bool
    alert_id: str | None
    screen_version: str
    screened_at: datetime
    author: Author | None = None
    posted_at: datetime | None = None
    topic: CaseTopic | None = None
    named: tuple[str, ...] = ()
    meaning_version: str = ""

    def event(self) -> MessageScreened:
        """Build the event that publishes it, as often as intake publishes the message again."""
        return MessageScreened(
            school_id=self.school_id,
            message_id=self.message_id,
            case_id=self.case_id,
            level=self.level,
            opening=self.opening,
            alert_id=self.alert_id,
            screen_version=self.screen_version,
            author=self.author,
            posted_at=self.posted_at,
            meaning_version=self.meaning_version,
        )


@dataclass(frozen=True, slots=True)
class CaseActivity:
    """What the verdicts on a case's messages say of it.

    `topic` and `opened_at` where its opening was screened; `wrote_at`: the student's last message.
    """

    topic: CaseTopic | None = None
    opened_at: datetime | None = None
    wrote_at: datetime | None = None


def make_verdict(
    message: MessagePosted, judgement: Judgement, now: datetime, named: tuple[str, ...] = ()
) -> Verdict:
    """Make the verdict on a message, which has raised no alert yet."""
    return Verdict(
        school_id=message.school_id,
        message_id=message.message_id,
        case_id=message.case_id,
        level=judgement.level,
        opening=message.opening,
        alert_id=None,
        screen_version=SCREEN_VERSION,
        screened_at=now,
        author=message.author,
        posted_at=message.posted_at,
        topic=message.topic,
        named=named,
        meaning_version=judgement.meaning,
    )


def raise_verdict(verdict: Verdict, raised: Verdict) -> Verdict:
    """Raise a verdict to what the second stage said, never lower it; an erased one stays erased."""
    if verdict.posted_at is None or raised.level <= verdict.level:
        return verdict
    return replace(
        verdict,
        level=raised.level,
        alert_id=raised.alert_id,
        meaning_version=raised.meaning_version,
    )


def erase_verdict(verdict: Verdict) -> Verdict:
    """Erase all that a verdict says of a message, for its case was erased."""
    return replace(
        verdict, level=Level.NONE, alert_id=None, author=None, posted_at=None, topic=None, named=()
    )
