"""The gate before a store: shut by a comparison, and opened by nothing else afterwards."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import CoordinatorLoadInProgressError, KafkaConnectionError

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.service import store_gate
from sebaya_chassis.service.store_check import StoreBehind
from sebaya_chassis.service.store_gate import StoreGate

BEHIND = StoreBehind("matching", "intake.cases.v1", SimpleNamespace(subject="c1"))  # type: ignore[arg-type]
WHOLE = None


class Told:
    """Stands for the check: each look has the next of these ends."""

    service = "matching"

    def __init__(self, *ends: Exception | None) -> None:
        self.ends = list(ends)

    async def ensure_whole(self, _epoch: int) -> None:
        end = self.ends.pop(0)
        if end is not None:
            raise end


def gate(*ends: Exception | None) -> StoreGate:
    check: Any = Told(*ends)
    return StoreGate(check, SimpleNamespace(epoch=1))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_gate, "TRIED_AGAIN", 0.0)


async def test_a_store_that_was_found_behind_is_not_opened_by_a_broker_that_went_away(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tried = gate(BEHIND, KafkaConnectionError(), TimeoutError(), BEHIND, WHOLE)
    for _ in range(4):
        with pytest.raises(StoreBehind) as behind:
            await tried.compare()
        await tried.shut(behind.value)
        assert not tried.compared
    await tried.compare()
    assert tried.compared
    assert capsys.readouterr().err == f"{BEHIND}\n", "said once"


async def test_help_goes_first_and_the_comparison_follows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tried = gate(KafkaConnectionError(), KafkaConnectionError(), BEHIND)
    await tried.compare()
    assert not tried.compared
    with pytest.raises(StoreBehind):
        await tried.compare_later(Heartbeat("matching", "gate"))
    assert capsys.readouterr().err == f"{BEHIND}\n"


async def test_a_broker_that_has_just_started_is_asked_again() -> None:
    tried = gate(CoordinatorLoadInProgressError(), BEHIND)
    with pytest.raises(StoreBehind):
        await tried.compare()
