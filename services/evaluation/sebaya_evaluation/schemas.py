"""What the API takes and gives."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from sebaya_contracts.words import AlertOutcome, CaseTopic, Level, Side
from sebaya_evaluation.commands import ExactTotals, Report
from sebaya_evaluation.domain.counting import ALERT_STEPS, STAGES
from sebaya_evaluation.domain.feedback import FORM, QUESTIONS, SCALE, Question, Response
from sebaya_evaluation.domain.report import LEVELS, Figures

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Strict(BaseModel):
    """A value without any other field."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Hidden(Strict):
    """A number too small to be shown, or by which a small one could be computed. It is not zero."""

    hidden: Literal[True] = True


Count = int | Hidden


class Option(Strict):
    """One answer; `text` only at the ends of the scale."""

    option_id: int
    text: dict[str, str] | None = None


class QuestionView(Strict):
    """One question, with the texts at the ends of its scale."""

    question_id: str
    text: dict[str, str] = Field(description="By language: `id`, `en`")
    options: list[Option]

    @classmethod
    def of(cls, question: Question) -> Self:
        """Show a question."""
        ends = {SCALE[0]: dict(question.lowest), SCALE[-1]: dict(question.highest)}
        return cls(
            question_id=question.question_id,
            text=dict(question.text),
            options=[Option(option_id=option, text=ends.get(option)) for option in SCALE],
        )


class FormView(Strict):
    """The feedback form of each side. There is no free text."""

    form: str
    sides: dict[Side, list[QuestionView]]

    @classmethod
    def current(cls) -> Self:
        """Show the form that is in use."""
        return cls(
            form=FORM,
            sides={
                side: [QuestionView.of(question) for question in questions]
                for side, questions in QUESTIONS.items()
            },
        )


class FeedbackRequest(Strict):
    """Answers by question id; an answer is the id of an option."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "form": FORM,
                    "answers": {"heard": 5, "safe": 4, "better": 4, "cope": 3, "again": 5},
                }
            ]
        },
    )

    form: Literal["sebaya-feedback-1"] = Field(
        "sebaya-feedback-1", description="The form that was filled in; another coding is refused"
    )
    answers: dict[Identifier, Annotated[int, Field(ge=1, le=5, strict=True)]] = Field(
        min_length=1, max_length=10
    )
    match_id: Identifier | None = Field(
        None, description="Supporters name the match; a student's token does"
    )


class FeedbackView(Strict):
    """What is kept of the response."""

    response_id: str = Field(examples=["3f0c2b9a4e5d6f708192a3b4c5d6e7f8"])
    side: Side
    answers: dict[str, int]

    @classmethod
    def of(cls, response: Response) -> Self:
        """Show a response."""
        return cls(response_id=response.response_id, side=response.side, answers=response.answers)


class Wait(Strict):
    """Time between two steps, in seconds. `n` is the number of cases or alerts behind it; hidden
    with it is all the rest.
    """

    n: Count
    mean: float | None = None
    p50: float | None = None
    p90: float | None = None

    @classmethod
    def of(cls, name: str, figures: Figures) -> Self:
        """Show the wait of that name."""
        return cls(
            n=_count(figures, f"n/{name}"),
            **{m: figures.measures.get(f"{m}/{name}") for m in ("mean", "p50", "p90")},
        )


class Answered(Strict):
    """Answers to one question."""

    n: Count
    mean: float | None = None


class AlertsOf(Strict):
    """Alerts of one level, the highest that each reached."""

    raised: Count
    acknowledged: Count
    contacted: Count
    closed: Count
    to_acknowledgement: Wait
    to_contact: Wait


class SideView(Strict):
    """Feedback of one side."""

    given: Count
    questions: dict[str, Answered]


class ReportView(Strict):
    """All numbers are about the cases opened in these months, whenever the rest happened."""

    scope: str = Field(description="The school, or `district`", examples=["sma-1"])
    since: str = Field(examples=["2026-07"])
    until: str = Field(examples=["2026-11"])
    minimum_cell: int = Field(description="Smaller numbers are hidden", examples=[10])
    released_on: date = Field(
        description="These numbers stand until so much has changed that the difference reveals no "
        "student"
    )
    funnel: dict[str, Count] = Field(
        description=f"Cases that reached each stage: {', '.join(STAGES)}. "
        "Improved: `better` answered 4 or 5"
    )
    by_topic: dict[CaseTopic, Count] = Field(description="Cases asked, by topic")
    waits: dict[str, Wait] = Field(
        description="Opening to offer, opening to acceptance, acceptance to first meeting"
    )
    alerts: dict[Level, AlertsOf]
    outcomes: dict[AlertOutcome, Count]
    feedback: dict[Side, SideView]

    @classmethod
    def of(cls, scope: str, report: Report) -> Self:
        """Show a report; `scope` is the school's id, or `district`."""
        release, shown = report.release, report.release.figures
        return cls(
            scope=scope,
            since=release.months.since,
            until=release.months.until,
            minimum_cell=report.smallest,
            released_on=release.released_at.date(),
            funnel={stage: _count(shown, stage) for stage in STAGES},
            by_topic={topic: _count(shown, f"topic/{topic.value}") for topic in CaseTopic},
            waits={f"to_{name}": Wait.of(name, shown) for name in ("offer", "accept", "meet")},
            alerts={level: _alerts(level, shown) for level in LEVELS},
            outcomes={
                outcome: _count(shown, f"outcome/{outcome.value}") for outcome in AlertOutcome
            },
            feedback={side: _side(side, shown) for side in Side},
        )


class AlertTotals(Strict):
    """Alerts of one level over all schools."""

    raised: int
    acknowledged: int
    contacted: int
    closed: int


class Totals(Strict):
    """Exact numbers over all schools, for operators. No id, no school, no topic."""

    cases: int
    offered: int
    matched: int
    met: int
    closed: int
    improved: int
    withdrawn: int
    erased: int
    alerts: dict[Level, AlertTotals]
    feedback: dict[Side, int]
    months_to_count: int = Field(
        description="School months to count again, and responses not counted yet; "
        "0: the totals are up to date"
    )

    @classmethod
    def of(cls, totals: ExactTotals) -> Self:
        """Show the totals."""
        total = totals.sums
        return cls(
            cases=total.get_count("asked"),
            **{stage: total.get_count(stage) for stage in (*STAGES[1:], "erased")},
            alerts={
                level: AlertTotals(
                    **{step: total.get_count(f"alert/{level.value}/{step}") for step in ALERT_STEPS}
                )
                for level in LEVELS
            },
            feedback={side: total.get_count(f"feedback/{side.value}") for side in Side},
            months_to_count=totals.dirty,
        )


def _count(figures: Figures, name: str) -> Count:
    count = figures.cells[name]
    return Hidden() if count is None else count


def _alerts(level: Level, shown: Figures) -> AlertsOf:
    return AlertsOf(
        **{step: _count(shown, f"alert/{level.value}/{step}") for step in ALERT_STEPS},
        to_acknowledgement=Wait.of(f"alert/{level.value}/acknowledge", shown),
        to_contact=Wait.of(f"alert/{level.value}/contact", shown),
    )


def _side(side: Side, shown: Figures) -> SideView:
    names = {
        question.question_id: f"{side.value}/{question.question_id}" for question in QUESTIONS[side]
    }
    return SideView(
        given=_count(shown, f"feedback/{side.value}"),
        questions={
            key: Answered(n=_count(shown, f"n/{name}"), mean=shown.measures.get(f"mean/{name}"))
            for key, name in names.items()
        },
    )
