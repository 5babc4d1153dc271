"""`sebaya doctor` on a healthy district, and on the same district with one thing damaged: exactly
that promise is wrong, and says where.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from integration.doctor.damage import (
    added,
    broken,
    changing,
    followed_by,
    later,
    rewritten,
    without,
)
from integration.doctor.healthy import District, healthy_district
from sebaya_cli.doctor import AT_REST, Finding, ForgedRecord, Interval, RequestLog, examine
from sebaya_cli.refusal import Refusal
from sebaya_contracts.audit import AuditChained
from sebaya_contracts.escalation import AlertAcknowledged, AlertPaged, MessageScreened
from sebaya_contracts.intake import CaseOpened
from sebaya_contracts.matching import MatchAccepted, SlotTaken, SupporterProfiled
from sebaya_contracts.topics import ALERTS, AUDIT, CASES, MATCHES, SUPPORTERS, VERDICTS
from sebaya_contracts.words import Level
from servers import Servers
from support import own_prefix

pytestmark = pytest.mark.asyncio(loop_scope="module")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
SCHOOL, OTHER = "lake", "hill"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def district(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[District]:
    async with (
        own_prefix(servers) as prefix,
        healthy_district(servers, prefix, tmp_path_factory.mktemp("doctor")) as made,
    ):
        yield made


def wrong(found: dict[str, Finding]) -> dict[str, tuple[str, ...]]:
    return {name: finding.wrong for name, finding in found.items() if finding.wrong}


async def is_wrong(district: District, names: set[str], named: str, **more: Any) -> None:
    """Exactly these promises, and each names what was damaged."""
    found = wrong(await district.examined(**more))
    assert set(found) == names, found
    assert any(named in one for ones in found.values() for one in ones), (named, found)


async def test_a_healthy_district_keeps_every_promise(district: District) -> None:
    found = await district.examined()
    assert wrong(found) == {}
    nothing_to_see = {"outboxes", "dead letters"}
    assert {name for name, finding in found.items() if not finding.looked_at} == nothing_to_see


# --- what a store holds: document, damage, and the promises that it breaks ---

IN_STORES: dict[str, tuple[str, str, str, dict[str, Any] | None, set[str]]] = {
    "a case is lost": ("intake", "cases", "helped", None, {"answered", "opened", "outcome"}),
    "a case that was sent twice is lost": (
        "intake",
        "cases",
        "risky",
        None,
        {"answered", "unclear", "opened", "outcome"},
    ),
    "a case is in no outcome": (
        "matching",
        "cases",
        "chosen",
        {"$set": {"state.stage": "pending"}},
        {"outcome"},
    ),
    "two services tell differently of a case": (
        "matching",
        "cases",
        "withdrawn",
        {"$set": {"state.stage": "matched"}},
        {"outcome"},
    ),
    "an erased case is back": (
        "intake",
        "cases",
        "erased",
        {"$set": {"state.erased_at": None}},
        {"answered", "opened", "outcome"},
    ),
    "evaluation forgot a meeting": (
        "evaluation",
        "facts",
        "helped",
        {"$set": {"state.matches.0.met_at": None}},
        {"facts", "totals", "totals answered"},
    ),
    "an event waits in an outbox": (
        "matching",
        "cases",
        "chosen",
        {"$push": {"outbox": {"id": "x", "time": LONG_AGO}}, "$set": {"outbox_since": LONG_AGO}},
        {"outboxes"},
    ),
    "an event is on no relay's list": (
        "matching",
        "cases",
        "chosen",
        {"$push": {"outbox": {"id": "x", "time": LONG_AGO}}},
        {"outboxes"},
    ),
    "a document wrote more than the topic holds": (
        "matching",
        "cases",
        "chosen",
        {"$inc": {"number": 1}},
        {"sequences"},
    ),
}


@pytest.mark.parametrize("what", IN_STORES)
async def test_a_damaged_case_document_is_found(district: District, what: str) -> None:
    service, collection, story, change, names = IN_STORES[what]
    case_id = district.case(f"{SCHOOL}/{story}")
    async with broken(district, service, collection, {"_id": case_id}, change):
        await is_wrong(district, names, case_id)


async def test_a_case_that_no_answer_named_is_found(district: District) -> None:
    like = {"_id": district.case(f"{SCHOOL}/chosen")}
    another = {
        "_id": "second-of-its-kind",
        "state.idempotency": "another",
        "state.code_hash": "another",
        "number": 0,
    }
    async with added(district, "intake", "cases", like, another) as new:
        await is_wrong(district, {"refused", "opened", "outcome"}, new["_id"])


async def test_a_refused_opening_that_ended_by_itself_is_no_fault(district: District) -> None:
    """Its student never had the code, so that a day later it was erased, here and by matching."""
    like = {"_id": district.case(f"{SCHOOL}/erased")}
    ended = {"_id": "refused-then-erased", "state.case_id": "refused-then-erased", "number": 0}
    key = {"state.idempotency": "another"}
    async with (
        added(district, "intake", "cases", like, ended | key),
        added(district, "matching", "cases", like, ended),
    ):
        assert wrong(await district.examined()) == {}


async def test_a_message_that_was_answered_and_is_gone_is_found(district: District) -> None:
    async with broken(district, "intake", "messages", of_risky(district), None) as message:
        await is_wrong(district, {"messages answered"}, message["_id"])


async def test_a_message_without_its_verdict_is_found(district: District) -> None:
    async with broken(
        district,
        "intake",
        "messages",
        of_risky(district),
        {"$set": {"state.screening.level": None}},
    ) as message:
        await is_wrong(district, {"verdicts"}, message["_id"])


def of_risky(district: District) -> dict[str, Any]:
    return {"state.case_id": district.case(f"{SCHOOL}/risky")}


async def test_a_lost_alert_is_found(district: District) -> None:
    async with broken(district, "escalation", "alerts", of_risky(district), None) as alert:
        await is_wrong(district, {"alerts kept"}, alert["_id"])


async def test_an_alert_that_does_not_name_its_message_is_found(district: District) -> None:
    async with broken(
        district,
        "escalation",
        "alerts",
        of_risky(district),
        {"$set": {"state.signals.0.signal_id": "another"}},
    ) as alert:
        await is_wrong(district, {"alerts kept"}, alert["_id"])


async def test_a_second_alert_in_one_episode_is_found(district: District) -> None:
    async with added(
        district,
        "escalation",
        "alerts",
        of_risky(district),
        {"_id": "second-alert", "number": 0, "due_at": None},
    ) as alert:
        await is_wrong(district, {"alerts single"}, alert["_id"])


async def test_an_alert_lowered_in_the_store_is_found(district: District) -> None:
    async with broken(
        district, "escalation", "alerts", of_risky(district), {"$set": {"state.level": "amber"}}
    ) as alert:
        await is_wrong(district, {"alerts never lowered"}, alert["_id"])


async def test_a_page_that_was_never_written_is_found(district: District) -> None:
    step = {"state.rung": 1, "school_id": SCHOOL}
    async with broken(district, "escalation", "pages", step, None) as page:
        await is_wrong(district, {"pages written", "pages sent once"}, page["state"]["alert_id"])


async def test_a_page_goes_to_whoever_agreed_to_stand_in_and_one_that_does_not_is_found(
    district: District,
) -> None:
    step = {"state.rung": 0, "state.kind": "step", "school_id": SCHOOL}
    async with broken(
        district, "escalation", "pages", step, {"$set": {"state.person_id": "counsellor"}}
    ) as page:
        assert page["state"]["person_id"] == "second", "the rota names the counsellor"
        await is_wrong(district, {"pages addressed"}, "rung 0 paged counsellor instead of second")


async def test_a_page_to_the_stand_in_of_an_agreement_that_nobody_made_is_found(
    district: District,
) -> None:
    step = {"state.rung": 0, "school_id": OTHER}
    async with broken(
        district, "escalation", "pages", step, {"$set": {"state.person_id": "second"}}
    ):
        await is_wrong(district, {"pages addressed"}, "rung 0 paged second instead of counsellor")


async def test_a_page_that_never_went_out_is_found(district: District) -> None:
    stuck = {"$set": {"state.state": "sending", "due_at": LONG_AGO}}
    async with broken(district, "escalation", "pages", {"school_id": SCHOOL}, stuck) as page:
        await is_wrong(district, {"pages written"}, page["_id"])


async def test_two_pages_under_one_message_id_are_found(district: District) -> None:
    like = {"school_id": SCHOOL, "state.rung": 1}
    async with added(
        district,
        "escalation",
        "pages",
        like,
        {"_id": "second-page", "state.alert_id": "none", "due_at": None},
    ) as page:
        await is_wrong(district, {"pages sent once"}, page["state"]["message_id"])


async def test_a_mail_is_repeated_only_for_a_kill_and_under_its_own_message_id(
    district: District, tmp_path: Path
) -> None:
    mails = shutil.copytree(district.mails, tmp_path / "mails")
    first = min(mails.glob("*.eml"))
    sent_at = datetime.fromtimestamp(int(first.name.split("-")[0]) / 1e9, UTC)
    again = mails / f"{time.time_ns()}-again.eml"
    shutil.copy(first, again)
    assert wrong(await district.examined(mails=mails)) == {}, "who knows of no kill cannot tell"
    elsewhere = Interval(LONG_AGO, LONG_AGO + timedelta(minutes=1))
    await is_wrong(
        district, {"pages sent once"}, "no kill or pause", mails=mails, kills=[elsewhere]
    )
    in_flight = Interval(sent_at, sent_at + timedelta(seconds=3))
    assert wrong(await district.examined(mails=mails, kills=[in_flight])) == {}
    again.write_bytes(first.read_bytes().replace(b"Message-ID: <", b"Message-ID: <another"))
    await is_wrong(district, {"pages sent once"}, "another", mails=mails)


async def test_a_slot_that_no_case_names_is_found(district: District) -> None:
    async with broken(
        district,
        "matching",
        "supporters",
        {"_id": f"{SCHOOL}:peer-0"},
        {"$set": {"state.slots.ghost": "no-case"}},
    ):
        await is_wrong(district, {"slots named"}, "ghost")


async def test_a_roll_up_that_is_not_the_sum_of_its_facts_is_found(district: District) -> None:
    client_change = {"$inc": {"strata.loneliness.counts.asked": 1}}
    async with broken(district, "evaluation", "rollups", {"school_id": SCHOOL}, client_change):
        await is_wrong(district, {"totals", "totals answered"}, f"{SCHOOL}: asked")


async def test_a_dead_letter_is_found_and_so_is_poison_that_was_not_parked(
    district: District,
) -> None:
    letter = {"at": "0:7", "state": "parked", "reason": "json", "dead": [0, 0]}
    note = {
        "_id": f"{CASES.name}/?",
        "topic": CASES.name,
        "subject": "?",
        "school_id": SCHOOL,
        "entries": [letter],
    }
    poison = ForgedRecord(CASES.name, 0, 7, ("matching",))
    forged = RequestLog(district.ledger.sent, [poison])
    await is_wrong(district, {"dead letters"}, "0:7: forged, and not parked", ledger=forged)
    async with added(district, "matching", "parked", None, note):
        await is_wrong(district, {"dead letters"}, f"{CASES.name}/?@0:7")
        found = await district.examined(ledger=forged)
        assert found["dead letters"].right


@pytest.mark.parametrize(
    ("service", "newest"), [("escalation", "alert_closed"), ("matching", "supporter_enrolled")]
)
async def test_a_changed_and_a_cut_off_audit_chain_are_told_apart(
    district: District, service: str, newest: str
) -> None:
    first = {"school_id": SCHOOL, "number": 1}
    async with broken(district, service, "audit", first, {"$set": {"who": "somebody-else"}}):
        await is_wrong(district, {"audit"}, f"{service}/{SCHOOL}: entry 1 was changed")
    chain = {"school_id": SCHOOL}
    async with broken(district, service, "audit", first, None):
        await is_wrong(district, {"audit"}, f"{service}/{SCHOOL}: entries 1 to 1 are missing")
    async with broken(district, service, "audit", {**chain, "what": newest}, None) as last:
        await is_wrong(district, {"audit"}, f"to {last['number']} were cut off")


# --- what the topics tell ---


def altered(district: District, what: str) -> tuple[AbstractAsyncContextManager[Any], set[str]]:
    """A topic in which one thing is not as it was, and the promises that it breaks."""
    chosen, risky = district.case(f"{SCHOOL}/chosen"), district.case(f"{SCHOOL}/risky")
    match what:
        case "a verdict was never given":
            change = without(
                lambda event: (
                    isinstance(event, MessageScreened)
                    and event.case_id == risky
                    and not event.opening
                )
            )
            return rewritten(district, VERDICTS, change), {"verdicts", "sequences"}
        case "a case was offered before its verdict":
            verdict = later(
                lambda event: isinstance(event, MessageScreened) and event.case_id == chosen,
                datetime.now(UTC),
            )
            return rewritten(district, VERDICTS, verdict), {"after the verdict"}
        case "an alert has no cause":
            calm = changing(
                lambda event: isinstance(event, MessageScreened) and event.case_id == risky,
                lambda event: msgspec.structs.replace(event, level=Level.NONE),
            )
            return rewritten(district, VERDICTS, calm), {"alerts caused"}
        case "a machine lowered an alert":
            lower = changing(
                lambda event: isinstance(event, AlertAcknowledged) and event.case_id == risky,
                lambda event: msgspec.structs.replace(event, level=Level.AMBER),
            )
            return rewritten(district, ALERTS, lower), {"alerts never lowered"}
        case "a step of the ladder was left out":
            passed = without(
                lambda event: (
                    isinstance(event, AlertPaged) and event.case_id == risky and event.rung == 1
                )
            )
            return rewritten(district, ALERTS, passed), {"page steps", "sequences"}
        case "a case was offered to somebody its student excluded":
            excluded = changing(
                lambda event: isinstance(event, CaseOpened) and event.case_id == chosen,
                lambda event: msgspec.structs.replace(
                    event,
                    preferences=msgspec.structs.replace(
                        event.preferences, excluded_supporters=("peer-1",)
                    ),
                ),
            )
            return rewritten(district, CASES, excluded), {"exclusions"}
        case "a case has two accepted matches":
            second = followed_by(
                lambda event: isinstance(event, MatchAccepted) and event.case_id == chosen,
                lambda event: msgspec.structs.replace(event, match_id="second-match"),
            )
            return rewritten(district, MATCHES, second), {"one match", "slots named"}
        case _:
            raise AssertionError(what)


IN_TOPICS = (
    "a verdict was never given",
    "a case was offered before its verdict",
    "an alert has no cause",
    "a machine lowered an alert",
    "a step of the ladder was left out",
    "a case was offered to somebody its student excluded",
    "a case has two accepted matches",
)


@pytest.mark.parametrize("what", IN_TOPICS)
async def test_a_history_that_must_not_be_is_found(district: District, what: str) -> None:
    damage, names = altered(district, what)
    async with damage as where:
        found = wrong(await district.examined(where))
        assert set(found) == names, found


async def test_a_supporter_over_the_cap_is_found(district: District) -> None:
    tight = changing(
        lambda event: (
            isinstance(event, SupporterProfiled)
            and event.supporter_id == "peer-1"
            and event.school_id == SCHOOL
        ),
        lambda event: msgspec.structs.replace(event, cap=0),
    )
    async with rewritten(district, SUPPORTERS, tight) as where:
        found = wrong(await district.examined(where))
        assert set(found) == {"caps"}
        assert f"{SCHOOL}:peer-1" in found["caps"][0]


async def test_a_slot_taken_for_no_offer_is_found(district: District) -> None:
    strange = changing(
        lambda event: (
            isinstance(event, SlotTaken) and event.case_id == district.case(f"{SCHOOL}/chosen")
        ),
        lambda event: msgspec.structs.replace(event, match_id="no-match"),
    )
    async with rewritten(district, SUPPORTERS, strange) as where:
        found = wrong(await district.examined(where))
        assert set(found) == {"slots named"}
        assert any("no-match" in one for one in found["slots named"])


async def test_a_gap_in_the_events_of_a_document_is_found(district: District) -> None:
    def gone(event: Any) -> bool:
        return isinstance(event, AuditChained) and (
            event.service,
            event.school_id,
            event.number,
        ) == ("escalation", SCHOOL, 2)

    async with rewritten(district, AUDIT, without(gone)) as where:
        found = wrong(await district.examined(where))
        assert set(found) == {"sequences"}
        assert f"audit-{SCHOOL}: without 2" in found["sequences"][0]


async def test_what_is_not_there_to_be_read_is_one_sentence(district: District) -> None:
    nowhere = replace(district.where, topic_prefix="nobody.")
    with pytest.raises(Refusal, match=r"nobody\..* is not there"):
        await examine(nowhere, bounds=AT_REST)


async def doctor(district: District, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as an operator types it."""
    where = district.where
    given = {
        "MONGODB_URI": where.mongodb_uri,
        "KAFKA_BOOTSTRAP_SERVERS": where.kafka,
        "SEBAYA_DATABASE_PREFIX": where.database_prefix,
        "SEBAYA_TOPIC_PREFIX": where.topic_prefix,
        "COLUMNS": "200",
    }
    command = [Path(sys.executable).with_name("sebaya"), "doctor", *words]
    return await asyncio.to_thread(
        subprocess.run,
        command,
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, **given},
    )


async def test_the_command_says_what_is_wrong_and_ends_with_0_or_1(district: District) -> None:
    origin = str(district.web.base_url)
    healthy = await doctor(district, "--json", "--origin", origin, "--mails", str(district.mails))
    assert healthy.returncode == 0, healthy.stdout + healthy.stderr
    assert json.loads(healthy.stdout)["right"]
    async with broken(district, "escalation", "alerts", of_risky(district), None) as alert:
        ill = await doctor(district)
    assert (ill.returncode, "Traceback" in ill.stderr) == (1, False)
    assert alert["_id"] in ill.stdout
    away = await doctor(district, "--origin", "http://127.0.0.1:9")
    assert (away.returncode, away.stdout) == (1, "")
    assert "http://127.0.0.1:9 does not answer" in away.stderr
