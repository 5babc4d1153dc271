"""SSRF: what a school's file names as a webhook never reaches inside the district's network, unless
that network is allowed by name.
"""

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from integration.escalation.harness import (
    HIGH,
    EscalationHarness,
    person,
    prepared_escalation,
    school,
)
from integration.escalation.receivers import Mailbox, Receiver, mailbox
from sebaya_chassis.web import egress_guard
from sebaya_chassis.web.egress_guard import EgressRefused, check_literal, is_public, resolve
from sebaya_cli import school_file
from sebaya_cli.refusal import Refusal
from sebaya_escalation.domain.page import PageState
from servers import Servers
from support import eventually

HERE = (ipaddress.ip_network("127.0.0.1/32"),)


INSIDE = """
    127.0.0.1 10.1.2.3 172.16.0.1 192.168.0.1 169.254.169.254 100.64.0.1 100.100.100.200
    192.0.0.192 0.0.0.0 224.0.0.1
    255.255.255.255 240.0.0.1 198.18.0.1 192.88.99.1 203.0.113.1
    :: ::1 fe80::1%eth0 fc00::1 fd00:ec2::254 fec0::1 ff02::1 2001:db8::1 3fff::1 4000::1
    ::7f00:1 ::ffff:0:a01:203
    ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::1
    2002:7f00:1:: 2002:a9fe:a9fe::
    2001:0:4136:e378:8000:63bf:f5ff:fffe
"""
OUTSIDE = (
    "93.184.215.14 2606:2800:21f:cb07:6820:80da:af6b:8b2c 64:ff9b::5db8:d70e ::ffff:93.184.215.14"
)


@pytest.mark.parametrize("address", INSIDE.split())
def test_no_way_of_writing_an_inside_address_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE.split())
def test_outside_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://10.0.0.1/p", "address_private"),
        ("https://127.1/p", "address_private"),
        ("https://2130706433/p", "address_private"),
        ("https://0x7f000001/p", "address_private"),
        ("https://0177.0.0.1/p", "url_invalid"),
        ("https://[::ffff:a9fe:a9fe]/latest", "address_private"),
        ("https://localhost/p", "address_private"),
        ("https://LOCALHOST./p", "address_private"),
        ("https://printer.local/p", "address_private"),
        ("https://metadata.google.internal/p", "address_private"),
        ("https://intranet/p", "address_private"),
        ("http://hook.example/p", "url_invalid"),
        ("ftp://hook.example/p", "url_invalid"),
        ("file:///etc/passwd", "url_invalid"),
        ("https://user:word@hook.example/p", "url_invalid"),
        ("https:///p", "url_invalid"),
        ("https://hook.example:22/p", "port_refused"),
        ("https://93.184.215.14:6379/", "port_refused"),
    ],
)
def test_a_file_with_such_an_address_is_not_applied(url: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(EgressRefused) as refused:
        check_literal(url)
    assert refused.value.reason == reason
    with pytest.raises(Refusal, match="webhook_url of sari"):
        school_file.read(written(tmp_path, url), {})


def written(folder: Path, url: str) -> Path:
    file = folder / "district.yaml"
    file.write_text(
        "schools:\n  - {school_id: s1, name: S, time_zone: Asia/Jakarta, country: ID, "
        "languages: [id],"
        f' staff: [{{person_id: sari, name: Sari, roles: [counsellor], webhook_url: "{url}"}}]}}\n'
    )
    return file


def test_a_public_or_allowed_address_is_applied(tmp_path: Path) -> None:
    allowed = {"SEBAYA_WEBHOOK_ALLOWED_NETWORKS": '["10.20.0.0/16"]'}
    assert school_file.read(written(tmp_path, "https://hook.example:8443/p"), {})
    assert school_file.read(written(tmp_path, "http://10.20.3.4:9000/p"), allowed)
    with pytest.raises(Refusal, match="not public"):
        school_file.read(written(tmp_path, "http://10.21.3.4:9000/p"), allowed)
    with pytest.raises(Refusal, match="not a list of networks"):
        school_file.read(
            written(tmp_path, "https://hook.example/p"),
            {"SEBAYA_WEBHOOK_ALLOWED_NETWORKS": "10.20.0.0/16"},
        )


@asynccontextmanager
async def listening(host: str, port: int = 0) -> AsyncIterator[Receiver]:
    box = Receiver()
    server = await asyncio.start_server(box.answer, host, port)
    box.url = f"http://{host}:{server.sockets[0].getsockname()[1]}/pages"
    try:
        yield box
    finally:
        server.close()


class Names:
    """A name server whose owner changes the answer from one look-up to the next."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, ...]] = []
        self.asked: list[str] = []

    def say(self, *answers: tuple[str, ...]) -> None:
        self.answers = list(answers)

    async def looked_up(self, host: str, _port: int) -> list[egress_guard.Address]:
        self.asked.append(host)
        given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [ipaddress.ip_address(address) for address in given]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    made = Names()
    monkeypatch.setattr(egress_guard, "_looked_up", made.looked_up)
    return made


async def test_each_address_of_a_name_is_judged(names: Names) -> None:
    names.say(("93.184.215.14", "10.0.0.7"))
    with pytest.raises(EgressRefused):
        await resolve("https://hook.example/p")
    names.say(("127.0.0.1", "10.0.0.7"))
    with pytest.raises(EgressRefused):
        await resolve("https://hook.example/p", HERE)


async def test_an_allowed_network_allows_nothing_more(names: Names) -> None:
    names.say(("127.0.0.2",))
    with pytest.raises(EgressRefused, match="address_private"):
        await resolve("http://hook.example/p", HERE)
    names.say(("93.184.215.14",))
    with pytest.raises(EgressRefused, match="url_invalid"):
        await resolve("http://hook.example/p", HERE)
    with pytest.raises(EgressRefused, match="port_refused"):
        await resolve("https://hook.example:25/p", HERE)


async def test_a_name_that_changes_its_answer_meets_one_look_up(
    servers: Servers, prefix: str, names: Names
) -> None:
    """DNS rebinding: the page goes to the address that was judged, under the name."""
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(mailbox())
        judged = await stack.enter_async_context(listening("127.0.0.1"))
        port = int(judged.url.rsplit(":", 1)[1].split("/")[0])
        other = await stack.enter_async_context(listening("127.0.0.2", port))
        harness = await stack.enter_async_context(
            prepared_escalation(servers, prefix, box, webhook_allowed_networks=("127.0.0.1/32",))
        )
        await hooked(harness, f"http://hook.example:{port}/pages")
        names.say(("127.0.0.1",), ("127.0.0.2",))
        async with harness.running_jobs():
            await harness.post_message(HIGH)
            await eventually(lambda: harness.list_pages(PageState.SENT))
        assert len(judged.calls) == 1
        assert judged.calls[0].headers["host"] == f"hook.example:{port}"
        assert other.calls == []
        assert names.asked == ["hook.example"]


async def hooked(harness: EscalationHarness, url: str) -> None:
    await harness.define_school(
        school(staff=(person("sari", email=None, webhook_url=url), person("budi")))
    )


async def test_a_redirect_inside_is_not_followed_and_the_ladder_moves_at_once(
    servers: Servers, prefix: str
) -> None:
    async with AsyncExitStack() as stack:
        box: Mailbox = await stack.enter_async_context(mailbox())
        inside = await stack.enter_async_context(listening("127.0.0.1"))
        outside = await stack.enter_async_context(redirecting(inside.url))
        harness = await stack.enter_async_context(
            prepared_escalation(servers, prefix, box, webhook_allowed_networks=("127.0.0.0/8",))
        )
        await hooked(harness, outside.url)
        async with harness.running_jobs():
            await harness.post_message(HIGH)
            await eventually(lambda: reached(box, "budi"))
        assert len(outside.calls) == 1
        assert inside.calls == []
        assert [page.reason for page in await harness.list_pages(PageState.FAILED)] == ["http_307"]


async def reached(box: Mailbox, name: str) -> bool:
    return bool(box.to(f"{name}@s1.test"))


@asynccontextmanager
async def redirecting(to: str) -> AsyncIterator[Receiver]:
    box = Receiver(status=307)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        box.calls.append(None)  # type: ignore[arg-type]
        writer.write(
            f"HTTP/1.1 307 X\r\nLocation: {to}\r\n"
            "Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    box.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/pages"
    try:
        yield box
    finally:
        server.close()


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/latest",
        "https://10.0.0.1/p",
        "https://93.184.215.14:6379/",
        "http://93.184.215.14/",
    ],
)
async def test_an_inside_address_that_got_past_the_file_fails_at_sending(
    servers: Servers, prefix: str, url: str
) -> None:
    """The ladder does not wait its rung's minute for what can never arrive."""
    async with mailbox() as box, prepared_escalation(servers, prefix, box) as harness:
        await hooked(harness, url)
        async with harness.running_jobs():
            await harness.post_message(HIGH)
            await eventually(lambda: reached(box, "budi"), within=30)
        (failed,) = await harness.list_pages(PageState.FAILED)
        assert failed.reason in {"address_private", "port_refused", "url_invalid"}
        assert failed.attempts == 1


def test_the_pin_carries_the_name_for_the_certificate() -> None:
    made = asyncio.run(egress_guard.resolve("https://93.184.215.14/p"))
    assert (str(made.url), made.host, made.server_name) == (
        "https://93.184.215.14/p",
        "93.184.215.14",
        "93.184.215.14",
    )
