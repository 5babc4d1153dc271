"""Whatever is thrown, logged by a library or put into a field by mistake: no student's words reach
the log; ids and closed words do.
"""

import asyncio
import errno
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from sebaya_chassis.base.health import Health
from sebaya_chassis.base.logs import configure, get_logger

WORDS = "Saya tidak mau hidup lagi"


@pytest.fixture(autouse=True)
def logged() -> Iterator[None]:
    """The real configuration, on whatever stdout is at the moment."""
    root, level = logging.getLogger(), logging.getLogger().level
    handlers = list(root.handlers)
    configure("toy", "local")
    yield
    root.handlers, root.level = handlers, level
    structlog.contextvars.clear_contextvars()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Each line of the log; fails where one is not JSON or where a planted word got through, on
    either stream.
    """
    out, err = capsys.readouterr()
    assert err == ""
    for word in WORDS.split():
        assert word not in out
    return [json.loads(line) for line in out.splitlines()]


class Told(Exception):
    """An error that quotes what it was given, as those of libraries do."""


def quoting(text: str) -> None:
    try:
        int(text)
    except ValueError as inner:
        raise Told(f"could not read {text}", text) from inner


def failing(text: str) -> Exception:
    try:
        quoting(text)
    except Told as told:
        return told
    raise AssertionError("nothing was thrown")


def test_ids_closed_words_and_numbers_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    get_logger().warning(
        "record_parked",
        topic="intake.cases.v1",
        subject="c1",
        event_id="0190-ab",
        sequence="000001.000000000002",
        count=3,
        seconds=0.5,
    )
    (line,) = lines(capsys)
    kept = {name: value for name, value in line.items() if name != "timestamp"}
    assert kept == {
        "event": "record_parked",
        "level": "warning",
        "service": "toy",
        "environment": "local",
        "topic": "intake.cases.v1",
        "subject": "c1",
        "event_id": "0190-ab",
        "sequence": "000001.000000000002",
        "count": 3,
        "seconds": 0.5,
    }


@pytest.mark.parametrize(
    "name", ["text", "message", "body", "note", "detail", "Reason", "positional_args"]
)
def test_unknown_fields_are_dropped(capsys: pytest.CaptureFixture[str], name: str) -> None:
    get_logger().warning("seen", **{name: "hidup"}, count=1)
    (line,) = lines(capsys)
    assert name not in line
    assert line["count"] == 1


@pytest.mark.parametrize(
    "value",
    [
        WORDS,
        WORDS.split(),
        {"said": WORDS},
        WORDS.encode(),
        "x" * 129,
        "hidup!",
        "ok\n",
        failing(WORDS),
    ],
    ids=repr,
)
@pytest.mark.parametrize("field", ["reason", "subject", "error", "where", "school_id"])
def test_known_fields_withhold_what_is_no_id_and_no_word(
    capsys: pytest.CaptureFixture[str], field: str, value: object
) -> None:
    get_logger().warning("seen", **{field: value})
    (line,) = lines(capsys)
    assert line[field] == "(withheld)"


def test_the_events_name_is_a_word_too(capsys: pytest.CaptureFixture[str]) -> None:
    get_logger().error(f"could not screen: {WORDS}")
    get_logger().error(f"{WORDS} %s", WORDS)
    assert {line["event"] for line in lines(capsys)} == {"(withheld)"}


def test_an_exception_is_its_type_and_place_alone(capsys: pytest.CaptureFixture[str]) -> None:
    get_logger().error("request_failed", exc_info=failing(WORDS))
    (line,) = lines(capsys)
    assert line["error"] == "Told"
    assert line["where"].startswith("failing:")
    assert "/quoting:" in line["where"]


def test_an_exception_at_hand_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise failing(WORDS)
    except Told:
        get_logger().exception("request_failed")
        get_logger().error("request_failed", exc_info=True, stack_info=True)
    assert [line["event"] for line in lines(capsys)] == ["request_failed"] * 2


def test_bound_context_is_no_way_around(capsys: pytest.CaptureFixture[str]) -> None:
    with structlog.contextvars.bound_contextvars(text=WORDS, reason=WORDS, school_id="s1"):
        get_logger().bind(note=WORDS).warning("seen")
    (line,) = lines(capsys)
    assert (line["reason"], line["school_id"]) == ("(withheld)", "s1")
    assert not {"text", "note"} & set(line)


def test_libraries_say_where_and_never_what(capsys: pytest.CaptureFixture[str]) -> None:
    library = logging.getLogger("some.library")
    library.warning("could not handle %s", WORDS)
    library.error(
        f"could not handle {WORDS}", exc_info=failing(WORDS), extra={"said": WORDS}, stack_info=True
    )
    first, second = lines(capsys)
    assert first["event"] == second["event"] == "library"
    assert first["where"].startswith("some.library:test_libraries_say_where_and_never_what:")
    assert second["error"] == "Told"


def test_an_error_that_a_library_gives_as_its_words_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logging.getLogger("some.library").error(OSError(errno.EADDRINUSE, WORDS))
    (line,) = lines(capsys)
    assert line["error"] == "OSError:EADDRINUSE"


def test_a_library_that_repeats_itself_is_heard_once(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(500):
        logging.getLogger("some.library").warning("again %s", WORDS)
    assert len(lines(capsys)) == 1


def test_chatter_below_a_warning_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("httpx").info("GET /me?code=%s", WORDS)
    logging.getLogger("pymongo").debug(WORDS)
    assert lines(capsys) == []


async def test_where_a_stuck_loop_stands_is_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever restarts the process takes the only witness away: the log must say what it was
    waiting for.
    """
    health, never = Health("toy", live_seconds=60), asyncio.Event()
    beat, other = health.register("consumer"), health.register("relay")

    async def loop() -> None:
        beat.turn()
        await hangs_here()

    async def hangs_here() -> None:
        await never.wait()

    task = asyncio.create_task(loop())
    await asyncio.sleep(0)
    beat.turned_at -= 61
    health.log_stuck()
    other.turned_at -= 61
    health.log_stuck()
    told = lines(capsys)
    assert [(one["event"], one["loop"]) for one in told] == [
        ("loop_stuck", name) for name in ("consumer", "consumer", "relay")
    ]
    assert [part.split(":")[0] for part in told[0]["where"].split("/")] == [
        "loop",
        "hangs_here",
        "wait",
    ]
    assert told[2]["where"] == "", "it has not turned yet"
    task.cancel()
