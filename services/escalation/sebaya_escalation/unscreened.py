"""A message that cannot be screened is never only parked: a human hears of it (DESIGN 4.4).

Called before the record is parked, and again after a crash in between; the record's own name makes
that harmless.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.consuming.dead_letters import Record, position
from sebaya_chassis.storage.documents import Conflict, OfAnotherSchool
from sebaya_contracts.topics import MESSAGES, Topic
from sebaya_contracts.words import AlertCause, Level
from sebaya_escalation import metrics
from sebaya_escalation.domain.signal import Signal
from sebaya_escalation.signals import SignalOfErased, Tell, signal_without_verdict
from sebaya_escalation.store import UNSCREENED, EscalationStore

log = get_logger()

_SCHOOL = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_IDENTITY = re.compile(r"[A-Za-z0-9_-]{1,64}")
BURST = timedelta(minutes=1)


class Unscreened:
    """The hook that the consumer awaits before it parks a record."""

    def __init__(self, store_of: Callable[[str], EscalationStore], singly: int, tell: Tell) -> None:
        self._store_of = store_of
        self._singly = singly
        self._tell_placed = tell

    async def on_parked(self, topic: Topic, record: Record, school_id: str, _reason: str) -> None:
        """One red alert for the case; one for the school when the case cannot be read or is not its
        own, or when there are many at once.
        """
        if topic.name != MESSAGES.name:
            return
        data = _data(record)
        schools = _schools(school_id or _header(record, "ce_schoolid"), _text(data, "school_id"))
        if not schools:
            # Nobody to tell but the operators: the dead letter, and this series, have alerts of
            # their own.
            metrics.UNSCREENED.labels("nowhere").inc()
            log.error(
                "unscreened_nowhere",
                topic=topic.name,
                partition=record.partition,
                offset=record.offset,
            )
            return
        # Where header and body name two schools, either may be wrong: a human of each hears of it,
        # and neither of a case.
        case_id = _case(record, data) if len(schools) == 1 else None
        for school in schools:
            await self._tell(self._store_of(school), case_id, _message(record, data))

    async def _tell(self, store: EscalationStore, case_id: str | None, message_id: str) -> None:
        try:
            await self._raise(store, case_id, message_id)
        except (Conflict, OfAnotherSchool):
            if case_id is None:
                raise
            # This school hears of a message, and of no case.
            await self._raise(store, None, message_id)

    async def _raise(self, store: EscalationStore, case_id: str | None, message_id: str) -> None:
        if case_id is not None and await self._many(store):
            case_id = None
        posted_at = store.store.now()
        signal = Signal(f"unscreened-{message_id}", Level.RED, AlertCause.UNSCREENED, posted_at)
        try:
            placed = await signal_without_verdict(store, message_id, case_id, signal)
        except SignalOfErased:
            metrics.UNSCREENED.labels("erased").inc()
            return
        metrics.UNSCREENED.labels("case" if case_id else "school").inc()
        if placed:
            self._tell_placed(placed)

    async def _many(self, store: EscalationStore) -> bool:
        since = store.store.now() - BURST
        return (
            await store.store.collection(UNSCREENED).count({"at": {"$gt": since}}) >= self._singly
        )


def _schools(*named: str) -> list[str]:
    """The different ones that can be a school's name, in their order."""
    return list(dict.fromkeys(name for name in named if _SCHOOL.fullmatch(name)))


def _data(record: Record) -> dict[str, Any]:
    """What can still be read of a record that nobody else could."""
    try:
        read = msgspec.json.decode(record.value or b"")
    except msgspec.DecodeError:
        return {}
    return read if isinstance(read, dict) else {}


def _text(data: dict[str, Any], name: str) -> str:
    found = data.get(name)
    return found if isinstance(found, str) else ""


def _header(record: Record, name: str) -> str:
    return next(
        (value.decode(errors="replace") for key, value in record.headers if key == name and value),
        "",
    )


def _case(record: Record, data: dict[str, Any]) -> str | None:
    """The topic is keyed by case."""
    keyed = (record.key or b"").decode(errors="replace") or _text(data, "case_id")
    return keyed if _IDENTITY.fullmatch(keyed) else None


def _message(record: Record, data: dict[str, Any]) -> str:
    """Intake publishes again what has no verdict: by its own id a message raises one signal,
    however often it comes.
    """
    named = _text(data, "message_id")
    return named if _IDENTITY.fullmatch(named) else position(record)
