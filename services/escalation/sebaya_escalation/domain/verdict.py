"""The verdict on one message. Its record holds no words; those of a signal are in the alert alone."""

from dataclasses import dataclass, replace
from datetime import datetime

from sebaya_contracts.escalation import MessageScreened
from sebaya_contracts.intake import MessagePosted
from sebaya_contracts.words import AlertCause, Author, CaseTopic, Level
from sebaya_escalation.domain.signal import Signal, Why
from sebaya_escalation.screen import VERSION, judge_answers, screen
from sebaya_escalation.screen import Level as Screened


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, and the alert it raised or joined.

    `topic` is what an opening is about; its `posted_at` is when the case was opened.
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

    def event(self) -> MessageScreened:
        """Said again whenever intake asks again."""
        return MessageScreened(
            school_id=self.school_id,
            message_id=self.message_id,
            case_id=self.case_id,
            level=self.level,
            opening=self.opening,
            alert_id=self.alert_id,
            screen_version=self.screen_version,
        )


@dataclass(frozen=True, slots=True)
class Heard:
    """What the verdicts on a case's messages tell: where its opening was screened its topic and
    when it was; when the student wrote.
    """

    topic: CaseTopic | None = None
    opened_at: datetime | None = None
    wrote_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the screen says of a message, before anything is stored."""

    level: Level
    cause: AlertCause
    why: tuple[Why, ...]

    def calls_for_a_human(self, message: MessagePosted) -> bool:
        """Amber and above, whoever wrote it.

        Except the counsellor: the human an alert would call is the one who wrote, and must be able
        to ask a student plainly about suicide. Their words get a verdict and raise nothing. An
        opening is always the student's, whoever typed it.
        """
        return self.level > Level.NONE and (
            message.author is not Author.COUNSELLOR or message.opening
        )


def judge(message: MessagePosted) -> Judgement:
    """The higher of what the words and what the safety answers say. Takes time in proportion to the
    text.
    """
    screening = screen(message.text)
    said = Level(screening.level.value)
    answered = Level(_answers(message).value)
    why = tuple(
        Why(r.rule, r.construct.value, Level(r.level.value), r.start, r.end)
        for r in screening.reasons
    )
    if answered > said:
        return Judgement(answered, AlertCause.SAFETY_ANSWERS, why)
    return Judgement(said, AlertCause.MESSAGE, why)


def _answers(message: MessagePosted) -> Screened:
    if message.safety is None:
        return Screened.NONE
    return judge_answers(
        danger_now=message.safety.danger_now, self_harm_thoughts=message.safety.self_harm_thoughts
    )


def verdict_of(message: MessagePosted, judgement: Judgement, now: datetime) -> Verdict:
    return Verdict(
        school_id=message.school_id,
        message_id=message.message_id,
        case_id=message.case_id,
        level=judgement.level,
        opening=message.opening,
        alert_id=None,
        screen_version=VERSION,
        screened_at=now,
        author=message.author,
        posted_at=message.posted_at,
        topic=message.topic,
    )


def of_erased(verdict: Verdict) -> Verdict:
    """What is left to say of a message whose case was erased."""
    return replace(
        verdict, level=Level.NONE, alert_id=None, author=None, posted_at=None, topic=None
    )


def signal_of(message: MessagePosted, judgement: Judgement) -> Signal:
    return Signal(
        signal_id=message.message_id,
        level=judgement.level,
        cause=judgement.cause,
        posted_at=message.posted_at,
        author=message.author,
        text=message.text,
        why=judgement.why,
    )
