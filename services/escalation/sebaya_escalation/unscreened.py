"""A message that cannot be screened is never only parked: it raises an alert, for a human to read
it.

Called before the record is parked, and again after a crash in between; the record's own name makes
that harmless.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.consuming.delivery import Delivery, Record, position
from sebaya_chassis.storage.documents import Conflict
from sebaya_contracts.envelope import type_of
from sebaya_contracts.intake import AdultRequestedWithoutCase
from sebaya_contracts.topics import MESSAGES
from sebaya_contracts.words import AlertCause, Level
from sebaya_escalation import metrics
from sebaya_escalation.commands.paging import PagingTimers
from sebaya_escalation.commands.signals import NotRecorded, UnscreenedReceipt, record_signal
from sebaya_escalation.domain.signal import Signal
from sebaya_escalation.store import EscalationStore

log = get_logger()

_SCHOOL_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_IDENTITY = re.compile(r"[A-Za-z0-9_-]{1,64}")
BURST = timedelta(minutes=1)


class UnscreenedMessages:
    """The hook that the consumer awaits before it parks a record.

    Past `singly` such messages of one school within a minute, the school gets one alert for all.
    """

    def __init__(
        self, store_of: Callable[[str], EscalationStore], singly: int, timers: PagingTimers
    ) -> None:
        self._store_of = store_of
        self._singly = singly
        self._timers = timers

    async def on_parked(self, delivery: Delivery, _reason: str) -> None:
        """Raise one red alert for the case; one for the school when the case cannot be read or is
        not its own, or when there are many at once.
        """
        topic, record = delivery.topic, delivery.record
        if topic.name != MESSAGES.name:
            return
        data = _decode(record)
        schools = _school_ids(
            delivery.school_id or _header(record, "ce_schoolid"), _text(data, "school_id")
        )
        if not schools:
            # Only the operators can be told: the dead letter, and this series, have alerts of
            # their own.
            metrics.UNSCREENED.labels("nowhere").inc()
            log.error(
                "unscreened_nowhere",
                topic=topic.name,
                partition=record.partition,
                offset=record.offset,
            )
            return
        # Where header and body name two schools, either may be wrong: each gets an alert, and
        # neither of a case.
        case_id = _case_id(record, data) if len(schools) == 1 else None
        for school in schools:
            await self._signal_school(self._store_of(school), case_id, _message_id(record, data))

    async def _signal_school(
        self, store: EscalationStore, case_id: str | None, message_id: str
    ) -> None:
        try:
            await self._signal(store, case_id, message_id)
        except Conflict:
            if case_id is None:
                raise
            # The case may be another school's: this one hears of a message, and of no case.
            await self._signal(store, None, message_id)

    async def _signal(self, store: EscalationStore, case_id: str | None, message_id: str) -> None:
        if case_id is not None and await self._are_many(store):
            case_id = None
        signal = Signal(
            f"unscreened-{message_id}", Level.RED, AlertCause.UNSCREENED, posted_at=store.now()
        )
        receipt = UnscreenedReceipt(message_id)
        recorded = await record_signal(store, self._timers, case_id, signal, receipt)
        if recorded is NotRecorded.CASE_ERASED:
            metrics.UNSCREENED.labels("erased").inc()
        elif recorded is not NotRecorded.REPEATED:
            metrics.UNSCREENED.labels("case" if case_id else "school").inc()

    async def _are_many(self, store: EscalationStore) -> bool:
        return await store.unscreened.count({"at": {"$gt": store.now() - BURST}}) >= self._singly


def _school_ids(*named: str) -> list[str]:
    """The different ones that can be a school's id, in their order."""
    return list(dict.fromkeys(name for name in named if _SCHOOL_ID.fullmatch(name)))


def _decode(record: Record) -> dict[str, Any]:
    """What can still be read of a record that has no handler."""
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


def _case_id(record: Record, data: dict[str, Any]) -> str | None:
    """The topic is keyed by case, but for requests without one."""
    if type_of(record.headers) == AdultRequestedWithoutCase.kind():
        return None
    keyed = (record.key or b"").decode(errors="replace") or _text(data, "case_id")
    return keyed if _IDENTITY.fullmatch(keyed) else None


def _message_id(record: Record, data: dict[str, Any]) -> str:
    """Intake publishes again what has no verdict: by its own id a message raises one signal,
    however often it comes.
    """
    named = _text(data, "message_id")
    return named if _IDENTITY.fullmatch(named) else position(record)
