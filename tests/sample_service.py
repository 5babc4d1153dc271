"""The smallest service: counts how often each case was asked about. What the chassis promises is
tested on it.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.storage.layout import AppliedSequence, CollectionSpec
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.district import School, SchoolDefined
from sebaya_contracts.envelope import Sequence
from sebaya_contracts.intake import AdultRequested
from servers import Servers
from support import chassis_settings

SCHOOL = School(school_id="s1", name="S", time_zone="Asia/Jakarta", country="ID", languages=("id",))


@dataclass(frozen=True, slots=True)
class Counted:
    case_id: str
    times: int = 0
    due_at: datetime | None = None


COUNTED = CollectionSpec(
    "counted", Counted, identity=lambda counted: counted.case_id, due=lambda counted: counted.due_at
)


def asked(case_id: str) -> AdultRequested:
    return AdultRequested(school_id="s1", case_id=case_id, requested_at=datetime.now(UTC))


async def count_request(event: AdultRequested, mark: AppliedSequence, store: SchoolStore) -> None:
    await store.documents(COUNTED).upsert(
        event.case_id,
        lambda _now: Counted(event.case_id),
        lambda c, _now: (replace(c, times=c.times + 1), ()),
        mark,
    )


def handlers() -> Handlers[SchoolStore]:
    found = Handlers[SchoolStore]()
    found.on(AdultRequested)(count_request)
    return found


def sender(servers: Servers, prefix: str, **more: Any) -> Runtime:
    """Writes and publishes, as intake does."""
    return Runtime("intake", chassis_settings(servers, prefix, **more), [COUNTED], {})


def reader(
    servers: Servers, prefix: str, with_handlers: Handlers[SchoolStore] | None = None, **more: Any
) -> Runtime:
    """Consumes intake.cases.v1, as matching does."""
    runtime = Runtime("matching", chassis_settings(servers, prefix, **more), [COUNTED], {})
    runtime.consume(with_handlers or handlers(), runtime.store)
    return runtime


async def knows_the_school(runtime: Runtime) -> None:
    await runtime.prepared.wait()
    await runtime.schools.apply(
        SchoolDefined(school_id="s1", school=SCHOOL),
        AppliedSequence("district_schools_v1/s1", Sequence(1, 1)),
    )


async def times(runtime: Runtime) -> dict[str, int]:
    """How often each case was counted."""
    return {
        found.state.case_id: found.state.times
        for found in await runtime.store("s1").documents(COUNTED).find({})
    }
