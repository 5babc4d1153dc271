"""A text that kills or hangs the process that reads it is found, and costs no other text its
answer. The processes are real.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pebble import ProcessPool

import poisoned_screen
from poisoned_screen import FAILS, HANGS, KILLS
from sebaya_chassis.consuming.handlers import ProcessLost
from sebaya_escalation import screen
from sebaya_escalation.screening.inside import ReadingFailed
from sebaya_escalation.screening.reading_process import ReadingProcess, Terms
from support import eventually

CALM = [f"aku suka main bola {number}" for number in range(20)]
TESTS = Path(__file__).parents[2]


def is_running(pid: int) -> bool:
    """Whether a process is there, and no mere entry that nobody has asked for."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


@pytest.fixture
async def process() -> AsyncIterator[ReadingProcess[screen.Screening]]:
    # Far above what twenty texts take on a busy machine, far below an hour.
    reading = ReadingProcess(poisoned_screen.screen_text, Terms(within=1.0))
    yield reading
    await reading.close()


@pytest.fixture
async def telling() -> AsyncIterator[ReadingProcess[int]]:
    reading = ReadingProcess(poisoned_screen.own_process, Terms(within=5.0, together=32))
    yield reading
    await reading.close()


@pytest.mark.parametrize(("harm", "reason"), [(KILLS, "kills_process"), (HANGS, "timeout")])
async def test_a_poisonous_text_is_found_and_all_others_are_answered(
    process: ReadingProcess[screen.Screening], harm: str, reason: str
) -> None:
    texts = [*CALM[:10], harm, *CALM[10:]]
    answers = await asyncio.gather(*(process.read(text) for text in texts), return_exceptions=True)
    (lost,) = [answer for answer in answers if isinstance(answer, BaseException)]
    assert isinstance(lost, ProcessLost)
    assert lost.reason == reason
    assert answers[10] is lost
    assert [answer for answer in answers if answer is not lost] == [
        screen.screen(text) for text in CALM
    ]


async def test_an_error_leaves_its_process_without_a_word_of_the_text(
    process: ReadingProcess[screen.Screening],
) -> None:
    calm, failed = await asyncio.gather(
        process.read(CALM[0]), process.read(f"{FAILS} PLANTED"), return_exceptions=True
    )
    assert calm == screen.screen(CALM[0])
    assert isinstance(failed, ReadingFailed)
    assert str(failed) == "ValueError"


async def test_a_process_that_dies_at_rest_is_replaced_and_no_text_is_blamed(
    telling: ReadingProcess[int],
) -> None:
    first = await telling.read("")
    os.kill(first, signal.SIGKILL)
    assert await telling.read("") != first


async def test_texts_that_wait_go_together(
    telling: ReadingProcess[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes, schedule = [], ProcessPool.schedule

    def counted(self: ProcessPool, *given: object, **more: object) -> object:
        sizes.append(len(more["args"][1]))  # type: ignore[index]
        return schedule(self, *given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(ProcessPool, "schedule", counted)
    await asyncio.gather(*(telling.read(text) for text in CALM + CALM))
    assert sizes == [32, 8]


async def test_a_text_that_nobody_waits_for_any_more_is_not_read(
    telling: ReadingProcess[int],
) -> None:
    given_up = asyncio.create_task(telling.read("first"))
    await asyncio.sleep(0)
    given_up.cancel()
    assert await telling.read("second")
    with pytest.raises(asyncio.CancelledError):
        await given_up


async def test_a_closed_process_is_gone(telling: ReadingProcess[int]) -> None:
    pid = await telling.read("")
    await telling.close()
    assert not is_running(pid)


ORPHAN = """
import asyncio, os, poisoned_screen
from sebaya_escalation.screening.reading_process import ReadingProcess, Terms

async def main():
    print(await ReadingProcess(poisoned_screen.own_process, Terms(5.0)).read(""), flush=True)
    os.kill(os.getpid(), 9)

if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_it_does_not_outlive_a_service_that_was_killed() -> None:
    service = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        ORPHAN,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(TESTS)},
    )
    said, _ = await service.communicate()
    pid = int(said)

    async def gone() -> bool:
        return not is_running(pid)

    await eventually(gone, says="the process that read for it has ended")
