"""Logs that cannot hold a student's words: an event's name and named fields of a closed list,
nothing else.

Another field is added to FIELDS. The text of exceptions is dropped, since libraries put values in
it.
"""

import asyncio
import errno
import logging
import re
import sys
import time
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

# Ids, closed words, numbers. Anything longer or with spaces is not one of these and is dropped.
FIELDS = frozenset(
    {
        *(
            "service",
            "environment",
            "version",
            "instance",
            "role",
            "port",
            "loop",
            "seconds",
            "count",
            "attempt",
        ),
        *("school_id", "subject", "event_id", "type", "sequence", "trace_id", "person_id"),
        *("topic", "partition", "offset", "group", "collection", "timer", "state", "epoch"),
        *("reason", "error", "where", "status", "method", "route"),
        *("roles_claim", "roles_shape", "roles_known", "roles_ignored"),
        *("schools_claim", "schools_shape", "schools_known", "schools_ignored"),
    }
)
_SAFE = re.compile(r"[A-Za-z0-9_.:/{}\-+]{0,128}")
_LIBRARY_INTERVAL = 10.0


def get_logger() -> FilteringBoundLogger:
    """Return the logger of a module."""
    logger: FilteringBoundLogger = structlog.get_logger()
    return logger


def configure(service: str, environment: str) -> None:
    """Set up logging, once a process, before anything logs."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _safe_error,
            only_known_fields,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    structlog.contextvars.bind_contextvars(service=service, environment=environment)
    root = logging.getLogger()
    root.handlers = [LibraryHandler()]
    root.setLevel(logging.WARNING)
    # aiokafka logs a failed connection seventy times a second during an outage; metrics and health
    # report it once.
    logging.getLogger("aiokafka").setLevel(logging.ERROR)


def _safe_error(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """An exception becomes its type and the place in the code; never its message."""
    failure = event.pop("exc_info", None)
    if isinstance(failure, BaseException):
        event["error"] = type(failure).__name__
        event["where"] = _place(failure.__traceback__)
    return event


def _place(trace: TracebackType | None) -> str:
    """Names and line numbers alone: the lines themselves would be read from the disk, while the
    event loop waits.
    """
    frames = list(traceback.walk_tb(trace))
    return (
        "/".join(f"{frame.f_code.co_name}:{line}" for frame, line in frames[-3:])[-128:]
        .replace("<", "")
        .replace(">", "")
    )


def describe_task(task: "asyncio.Task[Any]") -> str:
    """Describe where a task stands: the last functions that wait for one another, outermost first.

    Empty once it has ended.
    """
    frames: list[str] = []
    waits: Any = task.get_coro()
    while waits is not None:
        frame = getattr(waits, "cr_frame", None) or getattr(waits, "gi_frame", None)
        if frame is not None:
            frames.append(f"{frame.f_code.co_name}:{frame.f_lineno}")
        waits = getattr(waits, "cr_await", None) or getattr(waits, "gi_yieldfrom", None)
    return "/".join(frames[-5:])[-128:].replace("<", "").replace(">", "")


def only_known_fields(
    _logger: WrappedLogger, _method: str, event: Mapping[str, object]
) -> EventDict:
    """Keep the name of the event, and fields of the closed list with values that look like ids,
    words or numbers.
    """
    kept: EventDict = {name: event[name] for name in ("level", "timestamp") if name in event}
    kept["event"] = _value(event.get("event"))
    for name, value in event.items():
        if name in FIELDS:
            kept[name] = value if isinstance(value, int | float) else _value(value)
    return kept


def _value(value: object) -> str:
    text = str(value)
    return text if _SAFE.fullmatch(text) else "(withheld)"


class LibraryHandler(logging.Handler):
    """Logs of a library's record where it comes from, never its arguments.

    Each place logs at most once in ten seconds.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple[str, int], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Log the record's place and the type of its error."""
        place, now = (record.name, record.lineno), time.monotonic()
        if now - self._last.get(place, -_LIBRARY_INTERVAL) < _LIBRARY_INTERVAL:
            return
        self._last[place] = now
        get_logger().warning(
            "library",
            where=f"{record.name}:{record.funcName}:{record.lineno}",
            error=_name_error(record),
        )


def _name_error(record: logging.LogRecord) -> str:
    """Name the error that a record carries or is: its type, and the system's name of its number."""
    carried = record.exc_info[1] if record.exc_info else record.msg
    if not isinstance(carried, BaseException):
        return ""
    number = carried.errno if isinstance(carried, OSError) else None
    return ":".join(filter(None, (type(carried).__name__, errno.errorcode.get(number or 0))))
