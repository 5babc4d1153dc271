"""Spans are read by whoever keeps them: they tell what went wrong, and never in the words of an
error, which may quote a student's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN_CONTEXT, NonRecordingSpan, Status, StatusCode
from pymongo.asynchronous.collection import AsyncCollection

from input_validation.doors import District
from input_validation.test_leaks import FAILURES, PLANT, fails_with
from sebaya_chassis.base import tracing


class Kept(NonRecordingSpan):
    """A span that keeps whatever it is told."""

    def __init__(self, told: list[str]) -> None:
        super().__init__(INVALID_SPAN_CONTEXT)
        self._told = told

    def is_recording(self) -> bool:
        return True

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        said = (
            (status.status_code, status.description)
            if isinstance(status, Status)
            else (status, description)
        )
        self._told.append(repr(said))

    def record_exception(self, exception: BaseException, *_given: Any, **_named: Any) -> None:
        self._told.append(repr(exception))

    def set_attribute(self, key: str, value: Any) -> None:
        self._told.append(f"{key}={value}")

    def add_event(self, name: str, *given: Any, **named: Any) -> None:
        self._told.append(repr((name, given, named)))


class Keeper(trace.NoOpTracerProvider, trace.NoOpTracer):
    """Stands where a district's OpenTelemetry SDK stands; a span is opened and ended by the library
    itself, as it does for the SDK.
    """

    def __init__(self) -> None:
        self.told: list[str] = []

    def get_tracer(self, *_given: Any, **_named: Any) -> trace.Tracer:
        return self

    @contextmanager
    def start_as_current_span(self, name: str, **how: Any) -> Iterator[trace.Span]:  # type: ignore[override]
        self.told.append(name)
        asked = {
            option: how[option]
            for option in ("record_exception", "set_status_on_exception")
            if option in how
        }
        with trace.use_span(Kept(self.told), end_on_exit=True, **asked) as span:
            yield span


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Keeper:
    keeper = Keeper()
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", keeper)
    monkeypatch.setattr(tracing, "_TRACER", keeper)
    return keeper


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_a_span_names_an_errors_kind_and_none_of_its_words(
    keeper: Keeper, failure: Exception
) -> None:
    with pytest.raises(type(failure)), tracing.continue_trace(None, "work"):
        raise failure
    assert keeper.told == ["work", repr((StatusCode.ERROR, type(failure).__name__))]


async def test_planted_words_are_in_no_span_of_a_request(
    place: District, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    for call in ("find_one", "aggregate"):
        monkeypatch.setattr(AsyncCollection, call, fails_with(RuntimeError(PLANT)))
    answers: list[httpx.Response] = []
    for operation in place.operations():
        answers.append(
            await place.send(
                operation, operation.example() if operation.body else None, params={"q": PLANT}
            )
        )
    assert [answer for answer in answers if answer.status_code >= 500]
    assert keeper.told and not [said for said in keeper.told if PLANT in said]
