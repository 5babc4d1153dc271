"""The faults that take their time, one after another: each makes its alerts fire, and when it is
over they clear (`make test-alarms`).
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from alerting.faults import Fault, all_at_once
from alerting.prometheus import clears, fires
from alerting.slow_faults import SLOW, TOGETHER
from alerting.town import Town, town
from support import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

# A verdict is overdue after a minute; here a test waits for it.
SOON = {"intake": {"SEBAYA_VERDICT_DUE_SECONDS": "5", "SEBAYA_WATCH_SECONDS": "5"}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with town(tmp_path_factory.mktemp("town"), **SOON) as made:
        door = f"/intake/schools/{made.district[-1].school_id}"

        async def last_school_is_known() -> bool:
            return (await made.web.get(door)).is_success

        await eventually(last_school_is_known, every=0.5)
        yield made


@pytest.mark.parametrize("fault", SLOW, ids=lambda fault: fault.name)
async def test_it_alarms_until_it_is_over(watched: Town, fault: Fault) -> None:
    await clears(watched.prometheus, fault.alerts, within=120)
    async with fault.on(watched):
        await fires(watched.prometheus, fault.alerts | fault.also, within=240)
    await clears(watched.prometheus, fault.alerts, within=240)


async def test_those_that_hide_no_other_alarm_together(watched: Town) -> None:
    async with all_at_once(TOGETHER, watched) as alerts:
        await fires(
            watched.prometheus, alerts.union(*(fault.also for fault in TOGETHER)), within=240
        )
    await clears(watched.prometheus, alerts, within=240)
