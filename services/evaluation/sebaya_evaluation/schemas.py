"""What the API takes and gives."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from sebaya_contracts.words import AlertOutcome, CaseTopic, Level, Side, Wave
from sebaya_evaluation.commands import ExactTotals, Report
from sebaya_evaluation.domain.counting import ALERT_STEPS, STAGES
from sebaya_evaluation.domain.feedback import FORM, QUESTIONS, SCALE, Question, Response
from sebaya_evaluation.domain.instruments.instrument import Instrument
from sebaya_evaluation.domain.report import (
    HALF,
    LEVELS,
    NINE_IN_TEN,
    MeanBetween,
    Within,
)
from sebaya_evaluation.domain.scored import name_wave
from sebaya_evaluation.domain.sheet import list_parts
from sebaya_evaluation.domain.spans import Span, SpanKind
from sebaya_evaluation.domain.told_changes import ToldEffect, name_pair
from sebaya_evaluation.library import load_shipped

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Strict(BaseModel):
    """A value without any other field."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Hidden(Strict):
    """A number that is small, or could be. It is not zero."""

    hidden: Literal[True] = True


class Between(Strict):
    """A number is one of these, both ends included. No number is told more closely."""

    at_least: int
    at_most: int


Count = Between | Hidden


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


class Quantile(Strict):
    """A wait in seconds: longer than `above`, at most `within` (null: longer than two months). Of a
    district: from the fastest to the slowest of the schools that have enough waits.
    """

    above: int
    within: int | None

    @classmethod
    def of(cls, found: Within | None) -> Self | None:
        """Show a quantile; None where there is too little to tell."""
        return None if found is None else cls(above=found.above, within=found.within)


class Wait(Strict):
    """Time between two steps. `n` is the number of waits; `p50` and `p90` are told of a school
    year, where enough waits are behind them.
    """

    n: Count
    p50: Quantile | None = None
    p90: Quantile | None = None

    @classmethod
    def of(cls, name: str, report: Report) -> Self:
        """Show the wait of that name."""
        quantiles = report.figures.quantiles
        return cls(
            n=_count(report, f"n/{name}"),
            p50=Quantile.of(quantiles.get((name, HALF))),
            p90=Quantile.of(quantiles.get((name, NINE_IN_TEN))),
        )


class Mean(Strict):
    """The mean of the answers, from 1 to 5: at least `at_least`, less than `below` (or 5)."""

    at_least: float
    below: float

    @classmethod
    def of(cls, found: MeanBetween | None) -> Self | None:
        """Show a mean; None where there is too little to tell."""
        return None if found is None else cls(at_least=found.low, below=found.high)


class Answered(Strict):
    """Answers to one question; the mean is told of a school year. `better` has none: how many feel
    better is counted.
    """

    n: Count
    mean: Mean | None = None


class AlertsOf(Strict):
    """Alerts that reached one level."""

    raised: Count
    acknowledged: Count
    contacted: Count
    to_acknowledgement: Wait
    to_contact: Wait


class SideView(Strict):
    """Feedback of one side."""

    given: Count
    questions: dict[str, Answered]


class EffectView(Strict):
    """Hedges' g in tenths, with its 95 % interval, rounded outwards. Of a district: from the lowest
    to the highest of the schools that tell theirs.
    """

    at_least: float
    at_most: float
    interval: tuple[float, float]

    @classmethod
    def of(cls, told: ToldEffect | None) -> Self | None:
        """Show an effect; None where there is too little to tell."""
        if told is None:
            return None
        return cls(at_least=told.least, at_most=told.most, interval=(told.low, told.high))


class ChangeView(Strict):
    """The change of one score from `pre` to `post`, told of a school year.

    `both` is the number of students that have the score in both waves; `difference` that of their
    means, in points. `paired` is the effect in the same students, `unpaired` that between all of
    each wave.
    """

    both: Count
    difference: Mean | None = None
    paired: EffectView | None = None
    unpaired: EffectView | None = None

    @classmethod
    def of(cls, report: Report, instrument_id: str, part: str) -> Self:
        """Show the change of a part of an instrument."""
        both = _count(report, name_pair(instrument_id, part))
        told = report.figures.changes.get(f"{instrument_id}/{part}")
        if told is None:
            return cls(both=both)
        return cls(
            both=both,
            difference=Mean(at_least=told.low, below=told.high),
            paired=EffectView.of(told.paired),
            unpaired=EffectView.of(told.unpaired),
        )


class QuestionnaireView(Strict):
    """How many students answered an instrument in each wave, and what changed by each score."""

    answered: dict[Wave, Count]
    changes: dict[str, ChangeView]

    @classmethod
    def of(cls, report: Report, instrument: Instrument) -> Self:
        """Show an instrument."""
        name = instrument.instrument_id
        return cls(
            answered={wave: _count(report, name_wave(name, wave)) for wave in Wave},
            changes={part: ChangeView.of(report, name, part) for part in list_parts(instrument)},
        )


class SpanView(Strict):
    """A span that there is a report of: whole months, both included."""

    span: str = Field(examples=["2026-2027", "2026-2027.1", "2026-11"])
    kind: SpanKind
    since: str = Field(examples=["2026-07"])
    until: str = Field(examples=["2027-06"])

    @classmethod
    def of(cls, span: Span) -> Self:
        """Show a span."""
        return cls(span=span.name, kind=span.kind, since=span.since, until=span.until)


class ReportView(SpanView):
    """All numbers are of what happened in the span, to whatever request it belongs."""

    scope: str = Field(description="The school, or `district`", examples=["sma-1"])
    spans: list[SpanView] = Field(description="The spans that there are reports of")
    minimum_cell: int = Field(description="Smaller numbers are hidden", examples=[10])
    released_on: date = Field(
        description="A Monday. The numbers hold what happened before it, and stand for a week"
    )
    next_release_on: date
    funnel: dict[str, Count] = Field(
        description=f"How often each stage was reached: {', '.join(STAGES)}. "
        "Improved: `better` answered 4 or 5"
    )
    by_topic: dict[CaseTopic, Count] = Field(description="Cases asked, by topic")
    waits: dict[str, Wait] = Field(
        description="Opening to offer, opening to acceptance, acceptance to first meeting"
    )
    alerts: dict[Level, AlertsOf]
    outcomes: dict[AlertOutcome, Count]
    feedback: dict[Side, SideView]
    questionnaires: dict[str, QuestionnaireView] = Field(
        {},
        description="By instrument, where a school asks one. An effect does not show that support "
        "was its cause",
    )

    @classmethod
    def of_report(cls, scope: str, report: Report) -> Self:
        """Show a report; `scope` is the school's id, or `district`."""
        return cls(
            **SpanView.of(report.span).model_dump(),
            scope=scope,
            spans=[SpanView.of(span) for span in report.spans],
            minimum_cell=report.smallest,
            released_on=report.released_on,
            next_release_on=report.next_on,
            funnel={stage: _count(report, stage) for stage in STAGES},
            by_topic={topic: _count(report, f"topic/{topic.value}") for topic in CaseTopic},
            waits={f"to_{name}": Wait.of(name, report) for name in ("offer", "accept", "meet")},
            alerts={level: _alerts(level, report) for level in LEVELS},
            outcomes={
                outcome: _count(report, f"outcome/{outcome.value}") for outcome in AlertOutcome
            },
            feedback={side: _side(side, report) for side in Side},
            questionnaires={
                instrument.instrument_id: QuestionnaireView.of(report, instrument)
                for instrument in load_shipped().values()
                if name_wave(instrument.instrument_id, Wave.PRE) in report.figures.bands
            },
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


def _count(report: Report, name: str) -> Count:
    band = report.figures.bands[name]
    if band.high > 0 and band.low < report.smallest:
        return Hidden()
    return Between(at_least=band.low, at_most=band.high)


def _alerts(level: Level, report: Report) -> AlertsOf:
    prefix = f"alert/{level.value}"
    return AlertsOf(
        **{
            step: _count(report, f"{prefix}/{step}")
            for step in ("raised", "acknowledged", "contacted")
        },
        to_acknowledgement=Wait.of(f"{prefix}/acknowledge", report),
        to_contact=Wait.of(f"{prefix}/contact", report),
    )


def _side(side: Side, report: Report) -> SideView:
    names = {
        question.question_id: f"{side.value}/{question.question_id}" for question in QUESTIONS[side]
    }
    return SideView(
        given=_count(report, f"feedback/{side.value}"),
        questions={
            key: Answered(
                n=_count(report, f"n/{name}"), mean=Mean.of(report.figures.means.get(name))
            )
            for key, name in names.items()
        },
    )
