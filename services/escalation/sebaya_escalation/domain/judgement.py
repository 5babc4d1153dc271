"""The judgement of one message. The only module that uses the screen: here its levels, which know
nothing of the project, become the contract's.
"""

from dataclasses import dataclass

from sebaya_contracts.intake import AdultRequestedWithoutCase, MessagePosted, SafetyAnswers
from sebaya_contracts.words import AlertCause, Author, Level
from sebaya_escalation import screen
from sebaya_escalation.domain.signal import ScreenReason, Signal
from sebaya_escalation.screen import Construct, Screening
from sebaya_escalation.screen.meaning import MEANING_RULE

SCREEN_VERSION = screen.VERSION
CONSTRUCTS = tuple(construct.value for construct in Construct)
# Of the screen's constructs those that a person does to the student.
HARM_BY_A_PERSON = frozenset({Construct.ABUSE, Construct.VIOLENCE_SUFFERED})


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the screen says of a message, before anything is stored."""

    level: Level
    cause: AlertCause
    reasons: tuple[ScreenReason, ...]
    meaning: str = ""
    """The weights of the second stage that read it; empty where the rules did alone."""

    @property
    def tells_of_harm(self) -> bool:
        """Whether the words tell of harm that a person does to the student."""
        return any(reason.construct in HARM_BY_A_PERSON for reason in self.reasons)

    def may_be_raised(self, message: MessagePosted) -> bool:
        """Tell whether a second stage could change what follows from a message."""
        heard = message.author is not Author.COUNSELLOR or message.opening
        return heard and self.level < Level.IMMINENT

    def calls_for_a_human(self, message: MessagePosted) -> bool:
        """Tell whether a message raises an alert: amber and above, whichever role wrote it.

        Except the counsellor: the human that an alert would call wrote it, and must be able to ask
        a student plainly about suicide. Their words get a verdict and raise nothing. An opening is
        always the student's, whichever role typed it.
        """
        return self.level > Level.NONE and (
            message.author is not Author.COUNSELLOR or message.opening
        )


def judge_message(
    message: MessagePosted,
    screening: Screening,
    meaning: str = "",
    examples: tuple[str, ...] = (),
) -> Judgement:
    """Judge a message by the higher of what the screen says of its words and its safety answers.

    `meaning` names the weights that read it too, `examples` what it reads like where they raised
    it.
    """
    by_words, by_answers = _level(screening.level), _judge_answers(message.safety)
    reasons = _reasons(screening, examples)
    if by_answers > by_words:
        return Judgement(by_answers, AlertCause.SAFETY_ANSWERS, reasons, meaning)
    return Judgement(by_words, AlertCause.MESSAGE, reasons, meaning)


def make_signal(message: MessagePosted, judgement: Judgement) -> Signal:
    """Make the signal of a message that calls for a human."""
    return Signal(
        signal_id=message.message_id,
        level=judgement.level,
        cause=judgement.cause,
        posted_at=message.posted_at,
        author=message.author,
        text=message.text,
        why=judgement.reasons,
    )


def make_request_signal(request: AdultRequestedWithoutCase, screening: Screening) -> Signal:
    """Make the signal of a request for an adult without a case: red, or what its words are."""
    return Signal(
        signal_id=f"request-{request.case_id}",
        level=max(Level.RED, _level(screening.level)),
        cause=AlertCause.ADULT_REQUESTED,
        posted_at=request.requested_at,
        author=Author.STUDENT,
        text=request.text,
        why=_reasons(screening),
        report=request.report,
    )


def _reasons(screening: Screening, examples: tuple[str, ...] = ()) -> tuple[ScreenReason, ...]:
    return tuple(
        ScreenReason(
            one.rule,
            one.construct.value,
            _level(one.level),
            one.start,
            one.end,
            examples if one.rule == MEANING_RULE else (),
        )
        for one in screening.reasons
    )


def _judge_answers(safety: SafetyAnswers | None) -> Level:
    if safety is None:
        return Level.NONE
    return _level(
        screen.judge_answers(
            danger_now=safety.danger_now, self_harm_thoughts=safety.self_harm_thoughts
        )
    )


def _level(level: screen.Level) -> Level:
    return Level(level.value)
