"""Every nasty text through every free-text door: kept whole, in the answer and in the event, or
refused by the field's name.
"""

import secrets
from collections.abc import Awaitable, Callable
from itertools import product
from typing import Any

import httpx
import msgspec
import pytest

from input_validation.doors import SCHOOL, District, Operation, put
from input_validation.nasty import RAW, TEXTS, all_texts, encoded
from integration.escalation.harness import address_of, person, prepared_escalation
from integration.escalation.harness import school as escalation_school
from integration.escalation.receivers import mailbox, receiver
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_contracts.intake import MessagePosted
from sebaya_contracts.words import Role
from sebaya_escalation.domain.page import PageState
from sebaya_intake.domain.sealed_plan import PlanPart
from servers import Servers
from support import eventually

CASES, MINE = "/schools/{school_id}/cases", "/schools/{school_id}/me/messages"
THREAD, CLOSE = (
    "/schools/{school_id}/cases/{case_id}/messages",
    "/schools/{school_id}/alerts/{alert_id}/close",
)
SUPPORTERS, SUPPORTER = (
    "/schools/{school_id}/supporters",
    "/schools/{school_id}/supporters/{supporter_id}",
)
NOTES, REVIEWS, LOWER, REOPEN, PEER = (
    f"/schools/{{school_id}}/alerts/{{alert_id}}/{act}"
    for act in ("notes", "reviews", "lower", "reopen", "peer")
)
CLOSED = {
    "outcome": "unreachable",
    "note": "Called twice.",
    "peer_may_continue": False,
    "review_after": "day",
    "version": 1,
}
WORRY = "/schools/{school_id}/cases/{case_id}/worry"
PLAN = "/schools/{school_id}/cases/{case_id}/safety-plan"
TAG = "<here>"
Kept = Callable[[District, httpx.Response], Awaitable[list[str]]]


async def opening_kept(place: District, answer: httpx.Response) -> list[str]:
    opened = answer.json()
    thread = await place.intake.http.get(
        f"/schools/{SCHOOL}/me/messages", headers=place.intake.code_headers(opened)
    )
    return [thread.json()["messages"][0]["text"], await in_event(place, "cases", opened["case_id"])]


async def message_kept(place: District, answer: httpx.Response) -> list[str]:
    message_id = answer.json()["message_id"]
    thread = await place.intake.http.get(
        f"/schools/{SCHOOL}/me/messages", headers=place.intake.code_headers(place.opened)
    )
    shown = [
        message["text"]
        for message in thread.json()["messages"]
        if message["message_id"] == message_id
    ]
    return [*shown, await in_event(place, "messages", message_id)]


async def worry_kept(place: District, answer: httpx.Response) -> list[str]:
    case_id = answer.json()["case_id"]
    thread = await place.intake.http.get(
        f"/schools/{SCHOOL}/cases/{case_id}/messages", headers=place.headers("intake")
    )
    newest = [one for one in thread.json()["messages"] if one["for_staff"]][-1]
    return [newest["text"], await in_event(place, "messages", newest["message_id"])]


async def in_event(place: District, collection: str, identity: str) -> str:
    """The words as they wait to be published; escalation is told them, and must come to a
    verdict.
    """
    document = await place.intake.composed.runtime.database[collection].find_one({"_id": identity})
    assert document is not None
    told = next(entry for entry in document["outbox"] if entry["type"] == MessagePosted.kind())
    event = msgspec.json.decode(told["data"], type=MessagePosted)
    assert await place.escalation.receive(event) is Outcome.APPLIED
    await place.escalation.store.verdicts.load(event.message_id)
    return event.text


async def note_kept(place: District, answer: httpx.Response) -> list[str]:
    alert_id = answer.json()["alert_id"]
    kept = [(await place.escalation.store.alerts.load(alert_id)).state.note]
    read = await place.escalation.http.get(
        f"/schools/{SCHOOL}/alerts/{alert_id}", headers=place.headers("escalation")
    )
    return [*kept, read.json()["note"]]


async def entry_kept(place: District, answer: httpx.Response) -> list[str]:
    alert_id = answer.json()["alert_id"]
    kept = (await place.escalation.store.alerts.load(alert_id)).state.timeline[-1]
    read = await place.escalation.http.get(
        f"/schools/{SCHOOL}/alerts/{alert_id}", headers=place.headers("escalation")
    )
    shown = [one for one in read.json()["timeline"] if one["what"] == kept.what]
    return [kept.text, shown[-1]["text"]]


async def name_kept(place: District, answer: httpx.Response) -> list[str]:
    supporter_id = answer.json()["supporter_id"]
    return [
        answer.json()["display_name"],
        (await place.matching.supporter(supporter_id)).profile.display_name,
    ]


def kept_in_plan(step: str) -> Kept:
    async def plan_kept(place: District, _answer: httpx.Response) -> list[str]:
        path = f"/schools/{SCHOOL}/cases/{place.opened['case_id']}/safety-plan"
        read = await place.intake.http.get(path, headers=place.headers("intake"))
        return [read.json()[step]]

    return plan_kept


# What is found in the OpenAPI documents must be exactly this: whoever adds a door says here how its
# words are read back.
DOORS: dict[tuple[str, str, str], Kept] = {
    ("intake", CASES, "text"): opening_kept,
    ("intake", MINE, "text"): message_kept,
    ("intake", THREAD, "text"): message_kept,
    ("intake", WORRY, "text"): worry_kept,
    **{("intake", PLAN, part.value): kept_in_plan(part.value) for part in PlanPart},
    ("escalation", CLOSE, "note"): note_kept,
    ("escalation", NOTES, "text"): entry_kept,
    ("escalation", REVIEWS, "text"): entry_kept,
    ("escalation", LOWER, "reason"): entry_kept,
    ("escalation", REOPEN, "reason"): entry_kept,
    ("escalation", PEER, "text"): entry_kept,
    ("matching", SUPPORTERS, "display_name"): name_kept,
    ("matching", SUPPORTER, "display_name"): name_kept,
}


def doors_of(place: District) -> list[tuple[Operation, str]]:
    return [
        (operation, str(at[0])) for operation in place.operations() for at in operation.free_text()
    ]


def kept_by(operation: Operation, field: str) -> Kept:
    return DOORS[operation.service, operation.path, field]


async def a_new_subject(place: District, operation: Operation) -> dict[str, Any]:
    """What the door needs so that this text is not taken for a repetition of the one before."""
    if operation.path in {CLOSE, NOTES, REVIEWS, LOWER, REOPEN, PEER}:
        message = await place.escalation.post_message(
            "Aku mau bunuh diri malam ini", case_id=f"c{secrets.token_hex(6)}"
        )
        (alert,) = await place.escalation.list_alerts(**{"state.case_id": message.case_id})
        before = {REVIEWS: ("contact", None), LOWER: ("contact", None), CLOSE: ("contact", None)}
        before |= {REOPEN: ("close", CLOSED), PEER: ("close", CLOSED)}
        if act := before.get(operation.path):
            done = await place.escalation.http.post(
                f"/schools/{SCHOOL}/alerts/{alert.alert_id}/{act[0]}",
                headers=place.headers("escalation"),
                json=act[1],
            )
            assert done.status_code == 200, done.text
        return {"url": place.address(operation, alert_id=alert.alert_id)}
    return {}


def body_for(operation: Operation) -> Any:
    body = operation.example()
    if "supporter_id" in body:
        body["supporter_id"] = f"s{secrets.token_hex(6)}"
    return body


async def test_every_door_for_words_is_known(place: District) -> None:
    """Only one way in is guarded: a door for text that is not in this list is one that nobody
    tries.
    """
    assert {
        (operation.service, operation.path, field) for operation, field in doors_of(place)
    } == set(DOORS)


async def test_every_text_is_kept_whole_or_refused_by_name(place: District) -> None:
    await place.matching.enrol("sari")
    kept = refused = 0
    for operation, field in doors_of(place):
        for kind, text in all_texts():
            more = await a_new_subject(place, operation)
            answer = await place.send(operation, put(body_for(operation), (field,), text), **more)
            said = (
                f"{operation} with {kind} {text[:40]!a}: {answer.status_code} {answer.text[:200]}"
            )
            if answer.is_success:
                wanted = text.strip() if field == "display_name" else text
                found = await kept_by(operation, field)(place, answer)
                assert found and set(found) == {wanted}, said
                kept += 1
            else:
                assert answer.status_code == 422 and [
                    error["field"] for error in answer.json()["errors"]
                ] == [field], said
                refused += 1
    assert kept > 3 * refused > 0


async def test_what_no_text_can_hold_is_refused_by_name(place: District) -> None:
    await place.matching.enrol("sari")
    for raw, (operation, field) in product(RAW, doors_of(place)):
        body = msgspec.json.encode(put(body_for(operation), (field,), TAG)).replace(
            encoded(TAG), raw.json
        )
        answer = await place.send(
            operation, content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 422, (
            f"{operation} with {raw.name}: {answer.status_code} {answer.text[:200]}"
        )
        assert {error["field"] for error in answer.json()["errors"]} <= {field, "body"}


async def test_no_text_adds_a_header_to_a_page(servers: Servers, prefix: str) -> None:
    """A signal made of anything at all pages as any other, by mail and by webhook, and carries none
    of it.
    """
    async with (
        mailbox() as box,
        receiver() as hook,
        prepared_escalation(
            servers, prefix, box, webhook_allowed_networks=("127.0.0.0/8",)
        ) as escalation,
    ):
        await escalation.define_school(
            escalation_school(staff=(person("sari", webhook_url=hook.url), person("budi")))
        )
        texts = [texts[0] for texts in TEXTS.values()] + list(TEXTS["header injection"])
        for number, text in enumerate(texts):
            await escalation.post_message(
                f"Aku mau bunuh diri malam ini. {text}"[:8000], case_id=f"c{number}"
            )
        async with escalation.running_jobs():

            async def all_sent() -> bool:
                return len(box.mails) >= len(texts) and len(hook.calls) >= len(texts)

            await eventually(all_sent, within=90, says="a page for every signal on both ways")
    known = {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "Precedence",
        "X-Auto-Response-Suppress",
        "X-Priority",
    }
    mime = {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
    for mail in box.mails:
        assert set(mail.keys()) <= known | mime
        assert mail["To"] == address_of("sari")
    assert {frozenset(call.data) for call in hook.calls} == {frozenset(hook.calls[0].data)}
    assert (
        len(
            {
                mail.get_content().replace(mail["Message-ID"], "").partition("alerts/")[0]
                for mail in box.mails
            }
        )
        == 1
    )


ODD_ADDRESSES = [
    "a@s1.test\r\nBcc: x@y.test",
    "a@s1.test\nX: y",
    "a@s1.test, b@s1.test",
    "a b@s1.test",
    "",
    "a@s1.test\x00",
    "<a@s1.test>\r\n",
]


@pytest.mark.parametrize("address", ODD_ADDRESSES)
async def test_an_address_that_is_more_than_an_address_reaches_nobody_else(
    servers: Servers, prefix: str, address: str
) -> None:
    """A file with a line break in an address: that page fails by name, and the next person is
    paged.
    """
    async with mailbox() as box, prepared_escalation(servers, prefix, box) as escalation:
        await escalation.define_school(
            escalation_school(staff=(person("sari", email=address), person("budi")))
        )
        await escalation.post_message("Aku mau bunuh diri malam ini")
        async with escalation.running_jobs():

            async def budi_called() -> bool:
                return bool(box.to(address_of("budi")))

            await eventually(budi_called, within=40)
        assert [
            page.state for page in await escalation.list_pages() if page.person_id == "sari"
        ] in (
            [],
            [PageState.FAILED],
        )
    assert {mail["To"] for mail in box.mails} == {address_of("budi")}
    assert all("Bcc" not in mail and "X" not in mail for mail in box.mails)


async def test_a_peers_name_cannot_show_as_another(place: District) -> None:
    for name in ("Sari\u202eiduB", "\u200b\u200b", "Bu Sari\u2028Kepala", "\u2066Budi"):
        body = body_for(
            next(
                one for one in place.operations() if one.path == SUPPORTERS and one.method == "post"
            )
        ) | {"display_name": name}
        answer = await place.matching.post("supporters", "c", body, Role.COORDINATOR)
        assert answer.status_code == 422, name
    for name in ("Siti Nur‘aini", "D\u200cZ", "👩\u200d👩\u200d👧", "نور", "O'Neil-Ng", "=Sari"):
        body = body_for(
            next(
                one for one in place.operations() if one.path == SUPPORTERS and one.method == "post"
            )
        ) | {"display_name": name}
        assert (
            await place.matching.post("supporters", "c", body, Role.COORDINATOR)
        ).status_code == 201, name
