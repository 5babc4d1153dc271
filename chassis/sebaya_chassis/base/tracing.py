"""One W3C trace from the request through every topic.

With an OpenTelemetry SDK installed the spans are recorded; without one the trace is passed on.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("sebaya")


def current_traceparent() -> str | None:
    """Return the `traceparent` of the work at hand."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


def spans_are_recorded() -> bool:
    """Check whether spans are kept: with an OpenTelemetry SDK installed."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


@contextmanager
def continue_trace(traceparent: str | None, name: str) -> Iterator[None]:
    """Trace the work inside under a parent; start a new trace where it is absent or unreadable."""
    parent = _PROPAGATOR.extract({"traceparent": traceparent}) if traceparent else context.Context()
    if not trace.get_current_span(parent).get_span_context().is_valid:
        parent = trace.set_span_in_context(_root(), parent)
    token = context.attach(parent)
    try:
        if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            yield  # no SDK: there is no span to record, and the trace is passed on as it came
            return
        # An error's own words may quote what it was given; by themselves they would become the
        # span's status.
        with _TRACER.start_as_current_span(
            name, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except Exception as error:
                span.set_status(trace.StatusCode.ERROR, type(error).__name__)
                raise
    finally:
        context.detach(token)


def _root() -> NonRecordingSpan:
    return NonRecordingSpan(
        SpanContext(
            secrets.randbits(128) | 1,
            secrets.randbits(64) | 1,
            is_remote=False,
            trace_flags=TraceFlags(0),
        )
    )
