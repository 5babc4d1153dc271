"""The local stack on its real servers: it keeps data, refuses what would harm it before starting
anything, and leaves nothing behind.
"""

import asyncio
import functools
import http.server
import json
import os
import re
import signal
import smtplib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo import AsyncMongoClient

from sebaya_cli.stack import LocalStack, StackProblem, jars, preflight, services
from sebaya_cli.stack.folder import CACHE
from sebaya_cli.stack.mongo import Mongo, find_packaged_mongod, refuse_lookalikes
from sebaya_cli.stack.ports import free_port, keep_ports
from sebaya_cli.stack.process import Child, python

NOTHING_GIVEN: dict[str, str] = {}

# stands in for a service: ready at once, and tells how it was asked and what its environment says
PROBE = """
import http.server, json, os, time
class Probe(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(path=self.path)
    def do_POST(self):
        length = len(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(0.6)
        self.answer(length=length)
    def answer(self, **told):
        environment = {k: v for k, v in os.environ.items() if "SEBAYA" in k}
        body = json.dumps({**told, **environment}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
port = int(os.environ["SEBAYA_PORT"])
http.server.ThreadingHTTPServer(("127.0.0.1", port), Probe).serve_forever()
"""
SLOW_ANSWER = 0.6

# a stack in a process of its own, to be killed
OTHER_STACK = """
import asyncio, sys
from pathlib import Path
from sebaya_cli.stack import LocalStack
async def main():
    data, port = Path(sys.argv[1]), int(sys.argv[2])
    async with LocalStack(data, port=port, services=(), environ={}) as stack:
        print("up", flush=True)
        await stack.wait()
asyncio.run(main())
"""


def bare_stack(data: Path, port: int | None = None) -> LocalStack:
    return LocalStack(data, port=port or free_port(), services=(), environ=NOTHING_GIVEN)


def processes_in(folder: Path) -> list[int]:
    """Every child of a stack runs in a folder of its data, so this finds them all, whoever started
    them.
    """
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _runs_in(entry, folder)
    ]


def _runs_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink().is_relative_to(folder)
    except OSError:
        return False


async def eventually(true: Callable[[], bool], within: float = 10.0) -> None:
    async with asyncio.timeout(within):
        while not true():  # noqa: ASYNC110 (what is waited for happens in another process)
            await asyncio.sleep(0.02)


@asynccontextmanager
async def admin_of(kafka: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def test_it_starts_serves_stops_and_starts_again_with_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "probe_service.py").write_text(PROBE)
    monkeypatch.setitem(services.MODULES, "intake", "probe_service")
    extra_env = {"intake": {"PYTHONPATH": str(tmp_path), "SEBAYA_EXTRA": "given"}}
    stored = []

    async def make_topic(stack: LocalStack) -> None:
        async with admin_of(stack.kafka) as admin:
            await admin.create_topics([NewTopic("kept", 3, 1)])

    data = tmp_path / "José's data"
    async with LocalStack(
        data,
        port=free_port(),
        services=("issuer", "intake"),
        extra_env=extra_env,
        prepare=make_topic,
        environ=NOTHING_GIVEN,
    ) as stack:
        first_origin = stack.origin
        async with AsyncMongoClient[dict[str, Any]](stack.mongodb_uri) as client:
            stored.append((await client.kept.notes.insert_one({"text": "kept"})).inserted_id)
        await behind_one_origin(stack)
        await mail_is_kept(stack)
    assert processes_in(data) == []

    async with LocalStack(
        data, services=("intake",), extra_env=extra_env, environ=NOTHING_GIVEN
    ) as stack:
        assert stack.origin == first_origin
        async with AsyncMongoClient[dict[str, Any]](stack.mongodb_uri) as client:
            assert [note["_id"] async for note in client.kept.notes.find()] == stored
        async with admin_of(stack.kafka) as admin:
            assert len((await admin.describe_topics(["kept"]))[0]["partitions"]) == 3
        await a_lost_part_is_noticed(stack)
    assert processes_in(data) == []


async def behind_one_origin(stack: LocalStack) -> None:
    async with httpx.AsyncClient(base_url=stack.origin, trust_env=False) as browser:
        told = (await browser.get("/intake/cases?x=1")).json()
        assert told["path"] == "/cases?x=1"
        assert told["SEBAYA_ROOT_PATH"] == "/intake"
        assert told["SEBAYA_ORIGIN"] == stack.origin
        assert told["SEBAYA_EXTRA"] == "given"
        assert told["SEBAYA_SECRET_KEY"] == stack.folder.secret("secret_key")
        assert (await browser.get("/")).headers["location"] == "/intake/"
        assert (await browser.get("/matching/")).status_code == 503
        assert "emergency" in (await browser.get("/matching/")).text
        assert len((await browser.get("/issuer/jwks")).json()["keys"]) == 1
        assert (await browser.get(told["SEBAYA_OIDC_JWKS_URL"])).status_code == 200
    assert (stack.folder.root / "secret_key").stat().st_mode & 0o777 == 0o600


async def mail_is_kept(stack: LocalStack) -> None:
    def send() -> None:
        with smtplib.SMTP("127.0.0.1", stack.mail.port) as server:
            server.sendmail(
                "sebaya@example.org",
                ["duty@example.org"],
                b"Subject: An alert waits\r\n\r\nPlease look.",
            )

    await asyncio.to_thread(send)
    [mail] = stack.mail.read()
    assert mail["Subject"] == "An alert waits"


async def a_lost_part_is_noticed(stack: LocalStack) -> None:
    intake = stack.parts.services["intake"].child
    assert intake is not None
    assert intake.pid is not None
    os.kill(intake.pid, signal.SIGKILL)
    with pytest.raises(StackProblem, match="intake ended with code -9"):
        await asyncio.wait_for(stack.wait(), 5)
    await stack.start("intake")
    stack.kill("caddy")
    await stack.start("caddy")
    async with httpx.AsyncClient(base_url=stack.origin, trust_env=False) as browser:
        assert (await browser.get("/intake/")).status_code == 200


async def test_of_two_replicas_one_may_be_killed_drained_or_frozen_and_no_keyed_request_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "probe_service.py").write_text(PROBE)
    monkeypatch.setitem(services.MODULES, "intake", "probe_service")
    env = {"intake": {"PYTHONPATH": str(tmp_path)}}
    stack = LocalStack(
        tmp_path / "data",
        port=free_port(),
        services=("intake",),
        extra_env=env,
        environ=NOTHING_GIVEN,
        replicas=2,
    )
    async with (
        stack,
        httpx.AsyncClient(base_url=stack.origin, trust_env=False, timeout=10.0) as browser,
    ):
        first, second = (str(stack.parts.services[name].port) for name in ("intake-1", "intake-2"))
        assert await answered_by(browser) == {first, second}
        asked = asyncio.create_task(answered_by(browser))
        await asyncio.sleep(SLOW_ANSWER / 2)  # they are with a replica now
        stack.kill("intake-1")
        assert await asked == {second}
        await stack.start("intake-1")
        await until_answered_by(browser, {first, second})
        _, still = await asyncio.gather(stack.stop("intake-2"), answered_by(browser))
        assert first in still
        await stack.start("intake-2")
        await until_answered_by(browser, {first, second})
        stack.pause("intake-1")
        await until_answered_by(browser, {second})
        stack.resume("intake-1")
        await until_answered_by(browser, {first, second})


async def answered_by(browser: httpx.AsyncClient) -> set[str]:
    """The ports of the replicas that answer sixteen slow requests with a key and a body; each has
    to arrive whole and be answered well.
    """
    asked = [
        browser.post(
            "/intake/cases", content=b"x" * 20_000, headers={"Idempotency-Key": str(number)}
        )
        for number in range(16)
    ]
    answers = [answer.raise_for_status().json() for answer in await asyncio.gather(*asked)]
    assert {answer["length"] for answer in answers} == {20_000}
    return {answer["SEBAYA_PORT"] for answer in answers}


async def until_answered_by(browser: httpx.AsyncClient, replicas: set[str]) -> None:
    """A replica that froze holds what it had; it is asked nothing more once the entrance has
    noticed.
    """
    async with asyncio.timeout(20):
        while True:
            with suppress(TimeoutError):
                if await asyncio.wait_for(answered_by(browser), SLOW_ANSWER + 2) == replicas:
                    return


async def test_a_second_stack_on_the_folder_is_refused_and_a_killed_one_leaves_no_child(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    other = await asyncio.create_subprocess_exec(
        *python("-c", OTHER_STACK, str(data), str(free_port())), stdout=asyncio.subprocess.PIPE
    )
    assert other.stdout is not None
    assert await other.stdout.readline() == b"up\n"
    children = processes_in(data)
    assert len(children) == 3  # Kafka, MongoDB, Caddy

    with pytest.raises(
        StackProblem, match=f"Another running stack uses the data folder {data}.*--data"
    ):
        await bare_stack(data).__aenter__()
    assert processes_in(data) == children

    other.kill()
    await other.wait()
    await eventually(lambda: processes_in(data) == [])
    async with bare_stack(data).folder.hold():
        pass  # and the folder is free again


async def test_a_port_in_use_is_named_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StackProblem, match=f"Port {port} is in use.*--port"):
            await bare_stack(tmp_path, port).__aenter__()
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("kafka/log/topic-0/00000000000000000000.log", "", "Kafka's data in .* is half written"),
        ("mongo/collection-0-1117666384578188090.wt", "", "MongoDB's data in .* is half written"),
        ("about.json", json.dumps({"layout": preflight.LAYOUT + 1}), "written by a newer Sebaya"),
        (
            "about.json",
            json.dumps({"layout": 1, "mongodb": "9.9.1"}),
            "written by MongoDB 9.9.1, and this is MongoDB",
        ),
        (
            "about.json",
            json.dumps({"layout": 1, "kafka": "5.0.0"}),
            "written by Kafka 5.0.0, and this is Kafka",
        ),
    ],
)
async def test_a_data_folder_that_cannot_be_used_is_left_as_it_is(
    tmp_path: Path, file: str, content: str, sentence: str
) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    with pytest.raises(StackProblem, match=sentence):
        await bare_stack(tmp_path).__aenter__()
    assert path.read_text() == content
    assert not (tmp_path / "logs").exists()


async def test_what_is_not_a_number_is_no_port(tmp_path: Path) -> None:
    with pytest.raises(StackProblem, match="SEBAYA_ORIGIN_PORT is 'eighty'"):
        await LocalStack(tmp_path, environ={"SEBAYA_ORIGIN_PORT": "eighty"}).__aenter__()


async def test_a_given_kafka_that_does_not_answer_is_said(tmp_path: Path) -> None:
    given = {"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}"}
    with pytest.raises(StackProblem, match="No Kafka answers"):
        await LocalStack(tmp_path, port=free_port(), environ=given).__aenter__()


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (preflight.platform_problem("Linux", "x86_64", "glibc"), None),
        (
            preflight.platform_problem("Darwin", "arm64", ""),
            "this is Darwin arm64: give a running MongoDB .* MONGODB_URI.*path.*Compose",
        ),
        (preflight.platform_problem("Linux", "x86_64", ""), "glibc"),
        (preflight.processor_problem(frozenset({"avx", "sse4_2"})), None),
        (preflight.processor_problem(frozenset({"sse4_2"})), "no AVX"),
        (preflight.library_problem([]), None),
        (
            preflight.library_problem(["libssl.so.3", "libcrypto.so.3", "libcurl.so.4"]),
            "apt install libssl3 libcurl4",
        ),
        (preflight.disk_problem(Path("/data"), 2 * preflight.GIGABYTE, first_start=True), None),
        (
            preflight.disk_problem(Path("/data"), preflight.GIGABYTE // 2, first_start=True),
            "0.5 GB free and 1.0 GB are needed",
        ),
        (preflight.disk_problem(Path("/data"), preflight.GIGABYTE // 2, first_start=False), None),
    ],
)
def test_the_machine_is_judged_with_a_remedy(problem: str | None, sentence: str | None) -> None:
    assert problem is None if sentence is None else re.search(sentence, str(problem))


REAL = {
    "version": "6.0.5",
    "versionArray": [6, 0, 5, 0],
    "gitVersion": "c9a9",
    "storageEngines": ["devnull", "wiredTiger"],
}


@pytest.mark.parametrize(
    ("build", "hello", "sentence"),
    [
        (REAL, {"setName": "rs0"}, None),
        ({**REAL, "storageEngines": []}, {"msg": "isdbgrid"}, None),
        ({**REAL, "ferretdbVersion": "v1.24.0"}, {"setName": "rs0"}, "look-alikes"),
        ({**REAL, "storageEngines": []}, {"setName": "rs0"}, "look-alikes"),
        (
            {**REAL, "version": "5.0.9", "versionArray": [5, 0, 9, 0]},
            {"setName": "rs0"},
            "6.0 is the lowest",
        ),
        (REAL, {}, "no replica set"),
    ],
)
def test_a_server_is_judged_by_what_it_says_of_itself(
    build: dict[str, Any], hello: dict[str, Any], sentence: str | None
) -> None:
    problem = preflight.lookalike_problem(build, hello)
    assert problem is None if sentence is None else sentence in str(problem)


async def test_a_first_start_that_was_killed_is_begun_anew(tmp_path: Path) -> None:
    mongo = Mongo(
        find_packaged_mongod() or Path(), tmp_path / "mongo", tmp_path / "mongo.log", free_port()
    )
    first = asyncio.create_task(mongo.start())
    await eventually((tmp_path / "mongo" / "journal").exists)
    assert mongo.child is not None
    mongo.child.kill()
    with pytest.raises(StackProblem, match="MongoDB ended with code -9"):
        await first

    assert preflight.mongo_folder_problem(tmp_path / "mongo") is None
    await mongo.start()
    assert await mongo.stop() is None


async def test_a_mongod_without_a_replica_set_is_refused(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "db").mkdir()
    command = [
        str(find_packaged_mongod()),
        "--dbpath",
        str(tmp_path / "db"),
        "--port",
        str(port),
        "--bind_ip",
        "127.0.0.1",
        "--nounixsocket",
    ]
    alone = Child("mongod", command, tmp_path / "mongod.log")
    alone.start()
    try:
        with pytest.raises(StackProblem, match="no replica set"):
            await refuse_lookalikes(f"mongodb://127.0.0.1:{port}")
    finally:
        alone.kill()


async def test_a_child_that_ends_early_is_said_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = Child(
        "the child",
        python("-c", "import sys; print('no such table'); sys.exit(3)"),
        tmp_path / "child.log",
    )
    child.start()
    with pytest.raises(StackProblem, match=r"the child ended with code 3\. .*\n  no such table"):
        await child.until(lambda: asyncio.sleep(0, False), within=10)


async def test_a_child_that_will_not_stop_is_killed_and_said(tmp_path: Path) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', "
        "flush=True); time.sleep(60)"
    )
    child = Child("the child", python("-c", deaf), tmp_path / "child.log", stop_within=0.2)
    child.start()
    await eventually(lambda: "deaf" in child.log.read_text())
    assert await child.stop() == "the child did not stop within 0.2 s and was killed."
    assert not child.running


def test_a_folder_keeps_its_ports_but_for_one_that_was_taken(tmp_path: Path) -> None:
    before = keep_ports(tmp_path / "ports.json", ("one", "two"))
    with socket.create_server(("127.0.0.1", before["one"])):
        after = keep_ports(tmp_path / "ports.json", ("one", "two"))
    assert after["one"] != before["one"]
    assert after["two"] == before["two"]


async def test_a_jar_that_is_not_whole_is_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = next(jar for jar in jars.locked_jars() if jar.artifact == "slf4j-api")
    await jars.class_path(print)
    whole = (CACHE / jars.KAFKA / jar.name).read_bytes()
    monkeypatch.setattr(jars, "locked_jars", lambda: [jar])
    cached = tmp_path / "cache" / jars.KAFKA / jar.name
    cached.parent.mkdir(parents=True)
    cached.write_bytes(whole[:1000])

    with mirror(tmp_path / "mirror", jar, whole) as address:
        monkeypatch.setenv(jars.REPOSITORY, address)
        assert await jars.class_path(print, tmp_path / "cache") == str(cached)
    assert cached.read_bytes() == whole


async def test_a_jar_that_is_not_the_locked_one_is_never_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = jars.locked_jars()[0]
    monkeypatch.setattr(jars, "locked_jars", lambda: [jar])
    with mirror(tmp_path / "mirror", jar, b"something else") as address:
        monkeypatch.setenv(jars.REPOSITORY, address)
        with pytest.raises(StackProblem, match="differs from its checksum"):
            await jars.class_path(print, tmp_path / "cache")
    assert list((tmp_path / "cache" / jars.KAFKA).iterdir()) == []


async def test_a_jar_that_cannot_be_fetched_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(jars.REPOSITORY, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(
        StackProblem, match=r"Could not fetch .*HTTPS_PROXY.*KAFKA_BOOTSTRAP_SERVERS"
    ):
        await jars.class_path(print, tmp_path / "cache")


@contextmanager
def mirror(folder: Path, jar: jars.Jar, content: bytes) -> Iterator[str]:
    """A Maven repository with one jar."""
    path = folder / jar.group.replace(".", "/") / jar.artifact / jar.version / jar.name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
