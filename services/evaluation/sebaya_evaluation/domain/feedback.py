"""The feedback form, and one response to it. Answers are bound to the ids of options; there is no
free text.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sebaya_chassis.base.problems import FieldError, Invalid
from sebaya_contracts.evaluation import FeedbackGiven
from sebaya_contracts.words import Side
from sebaya_evaluation.domain.sheet import Sheet

FORM = "sebaya-feedback-1"
SCALE = (1, 2, 3, 4, 5)
# "Better" at 4 ("a little better") or 5 ("much better") counts as improved: said on the form's own
# scale, not inferred.
IMPROVED_QUESTION = "better"
IMPROVED_FROM = 4

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """One question; its options run from 1 to 5 under the texts of the ends."""

    question_id: str
    text: Texts
    lowest: Texts
    highest: Texts


_AGREE_LOW = {"id": "Sama sekali tidak", "en": "Not at all"}
_AGREE_HIGH = {"id": "Sangat", "en": "Very much"}
_WORSE = {"id": "Jauh lebih buruk", "en": "Much worse"}
_BETTER = {"id": "Jauh lebih baik", "en": "Much better"}


def _question(
    question_id: str,
    indonesian: str,
    english: str,
    lowest: Texts = _AGREE_LOW,
    highest: Texts = _AGREE_HIGH,
) -> Question:
    return Question(question_id, {"id": indonesian, "en": english}, lowest, highest)


QUESTIONS: Mapping[Side, tuple[Question, ...]] = {
    Side.STUDENT: (
        _question("heard", "Apakah kamu merasa didengarkan?", "Did you feel listened to?"),
        _question("safe", "Apakah kamu merasa aman bercerita?", "Did you feel safe to talk?"),
        _question(
            "better",
            "Bagaimana perasaanmu sekarang dibanding sebelumnya?",
            "How do you feel now, compared with before?",
            _WORSE,
            _BETTER,
        ),
        _question(
            "cope",
            "Apakah kamu lebih tahu cara menghadapi masalahmu?",
            "Do you know better how to cope?",
        ),
        _question(
            "again",
            "Apakah kamu mau meminta dukungan lagi bila perlu?",
            "Would you ask for support again if you needed it?",
        ),
    ),
    Side.SUPPORTER: (
        _question("helped", "Apakah menurutmu kamu bisa membantu?", "Do you think you could help?"),
        _question(
            "prepared",
            "Apakah kamu merasa siap lewat pelatihanmu?",
            "Did your training prepare you for this?",
        ),
        _question(
            "supported", "Apakah kamu sendiri mendapat dukungan?", "Were you supported yourself?"
        ),
        _question(
            "burdened", "Apakah pendampingan ini membebanimu?", "Did this support weigh on you?"
        ),
        _question(
            "again", "Apakah kamu mau mendampingi lagi?", "Would you support somebody again?"
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Response:
    """One side's answers about one match, or a student's `sheet` of a wave. A tombstone keeps the
    ids, so that the same answers cannot come back.
    """

    response_id: str
    case_id: str
    side: Side
    match_id: str = ""
    answers: dict[str, int] = field(default_factory=dict)
    given_at: datetime | None = None
    erased: bool = False
    dirty_since: datetime | None = None
    sheet: Sheet | None = None

    def agrees(self, other: "Response") -> bool:
        """Tell whether both give the same answers."""
        return (self.answers, _chosen(self.sheet)) == (other.answers, _chosen(other.sheet))


def _chosen(sheet: Sheet | None) -> dict[str, str]:
    return {} if sheet is None else sheet.answers


@dataclass(frozen=True, slots=True)
class Respondent:
    """The caller that gives feedback: the student of a link, which names case and match, or a
    signed-in supporter.
    """

    side: Side
    supporter_id: str = ""
    case_id: str = ""
    match_id: str = ""


def build_response_id(school_id: str, match_id: str, side: Side) -> str:
    """Build the id of a match's one response by a side; the store keeps ids unique."""
    return hashlib.sha256(f"{school_id}/{match_id}/{side}".encode()).hexdigest()[:32]


def check_answers(side: Side, answers: Mapping[str, int]) -> None:
    """Refuse by Invalid a question of the other side, an option that is not on the form, and no
    answer at all. A question may be left out.
    """
    questions = {question.question_id for question in QUESTIONS[side]}
    unknown = sorted(set(answers) - questions)
    if unknown or not answers:
        message = (
            f"The {side} form asks {', '.join(sorted(questions))}; answer at least one of them "
            "and nothing else"
        )
        raise Invalid(errors=[FieldError(field="answers", message=message)])
    if any(answer not in SCALE for answer in answers.values()):
        raise Invalid(
            errors=[
                FieldError(field="answers", message="Every answer is the id of an option, 1 to 5")
            ]
        )


def create_response(
    school_id: str,
    case_id: str,
    match_id: str,
    side: Side,
    answers: Mapping[str, int],
    now: datetime,
) -> tuple[Response, FeedbackGiven]:
    """Create a response and its event. Raises Invalid."""
    check_answers(side, answers)
    response_id = build_response_id(school_id, match_id, side)
    given = FeedbackGiven(
        school_id=school_id,
        response_id=response_id,
        case_id=case_id,
        match_id=match_id,
        side=side,
        answers=dict(answers),
        given_at=now,
    )
    return Response(
        response_id, case_id, side, match_id, dict(answers), now, dirty_since=now
    ), given


def erase_response(response: Response, _now: datetime) -> tuple[Response, tuple[()]]:
    """Turn a response into a tombstone; the tombstone of its case has dirtied the month."""
    return Response(response.response_id, response.case_id, response.side, erased=True), ()


def mark_counted(response: Response, _now: datetime) -> tuple[Response, tuple[()]]:
    """Mark a response that was counted in the month of its case."""
    return replace(response, dirty_since=None), ()


def is_improved(response: Response) -> bool:
    """Tell whether a student says that they feel better."""
    return (
        response.side is Side.STUDENT
        and response.answers.get(IMPROVED_QUESTION, 0) >= IMPROVED_FROM
    )
