"""All that everybody can open, where everything has happened: whose words stand there, what a look
changes, who may frame it.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from bson import decode

from authorization.crawler import (
    Seen,
    Visitor,
    Walk,
    everything_stored,
    for_programs,
    one_origin,
    routes,
    signed_in,
    visitors,
)
from authorization.district_fixture import OURS, World, world_of
from authorization.seeded_school import HOUR, PLACES, Lived
from browser.people import HEAVIEST_FIRST_LOAD, MOST_REQUESTS
from sebaya_chassis.storage import audit
from sebaya_chassis.storage.database import Document
from sebaya_contracts.words import Role
from sebaya_escalation.collections import ALERTS
from sebaya_escalation.domain.timeline import Happening
from sebaya_evaluation.collections import RELEASES
from servers import Servers
from support import own_prefix

pytestmark = pytest.mark.asyncio(loop_scope="module")

PUBLIC = {"nobody", "student", "student with a new code", *(role.value for role in Role)}
WITH_CODE = {"student", "student with a new code"}
MAIL, AT_THE_TOP = "zq-mail", "zqmyself"
# Who may read what was written where. A supporter reads from their own match on; a student names
# supporters inside the own case.
READERS = {
    "opening": WITH_CODE | {"counsellor"},
    "student": WITH_CODE | {"supporter", "counsellor"},
    "supporter": WITH_CODE | {"supporter", "counsellor"},
    "counsellor": WITH_CODE | {"supporter", "counsellor"},
    "note": {"counsellor"},
    # A counsellor to whose school's supporters a talk is owed, and there alone.
    "display_name": WITH_CODE | {"coordinator", "counsellor"},
    "school": PUBLIC,
    "staff": {"counsellor", "coordinator", "operator"},
}
# A reading of words is noted; a release is counted by the first that asks for it, where the worker
# was slower.
KEPT_OF_A_LOOK = {audit.ENTRIES, audit.HEADS.collection, RELEASES}
ALERTS_OF_ESCALATION = f"escalation.{ALERTS.collection}."
LOOKS = 3


def planted(place: str) -> str:
    return f"zq{place}zq"


@dataclass(slots=True)
class Walked:
    """What was seen, and the stores before, after everybody without a name had looked three times,
    and after all had.
    """

    world: World
    seen: list[Seen]
    before: dict[str, bytes]
    strangers_looked: dict[str, bytes]
    all_looked: dict[str, bytes]

    def of(self, *who: str) -> list[Seen]:
        return [one for one in self.seen if one.who in who]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walked(servers: Servers) -> AsyncIterator[Walked]:
    async with (
        own_prefix(servers) as prefix,
        world_of(servers, prefix) as world,
        one_origin(world) as web,
    ):
        lived = Lived(world, planted)
        await lived.live()
        walk = Walk(web, [*routes(world, lived.things), *lived.addresses()])
        nobody, *others = visitors(world, lived.things)
        # A case is announced once its student has come back with the code.
        for visitor in others:
            if visitor.who in WITH_CODE:
                await walk.look(visitor, f"/intake/s/{OURS}/me")
        await world.settle()
        before = await everything_stored(world)
        seen = await looked(walk, nobody)
        strangers_looked = await everything_stored(world)
        for visitor in others:
            seen += await looked(walk, visitor)
        yield Walked(world, seen, before, strangers_looked, await everything_stored(world))


async def looked(walk: Walk, visitor: Visitor) -> list[Seen]:
    """Three times at everything that opens, as a scanner of mails or an eager browser does."""
    seen = await walk.of(visitor)
    for one in seen:
        for _ in range(LOOKS - 1 if one.status < 400 else 0):
            await walk.look(visitor, one.address)
    return seen


async def test_the_walk_comes_to_every_page_of_each(walked: Walked) -> None:
    """Or it would find nothing because it saw nothing."""
    opened = Counter(one.who for one in walked.seen if one.status == 200)
    assert all(opened[who] >= 10 for who in PUBLIC), opened
    assert [one.address for one in walked.seen if one.status >= 500] == []
    for place in PLACES:
        for who in READERS[place]:
            mine = [one for one in walked.of(who) if planted(place) in one.text]
            assert mine, f"{who} may read what was written as {place}, and finds it nowhere"


async def test_nobody_finds_words_or_names_that_are_not_theirs_to_read(walked: Walked) -> None:
    wrong = [
        (one.who, one.address, place)
        for one in walked.seen
        for place in PLACES
        if planted(place) in one.text + str(one.headers) and one.who not in READERS[place]
    ]
    assert wrong == []


async def test_what_nobody_needs_is_shown_to_nobody(walked: Walked) -> None:
    """The address of a mail box, the hours that a student typed beyond their own wishes, a return
    code on a page of staff.
    """
    code = walked.world.things[OURS].return_code
    for one in walked.seen:
        assert MAIL not in one.text, one.address
        own_wishes = one.who in WITH_CODE and one.address.endswith("/me/wishes")
        assert own_wishes or HOUR not in one.text, one.address
        assert code not in one.text or one.who in WITH_CODE, (one.who, one.address)
    assert any(code in one.text for one in walked.of("student with a new code"))


async def test_a_supporters_name_stands_where_supporters_are_chosen_and_looked_after(
    walked: Walked,
) -> None:
    """Not in an offer, a thread, an alert or a report."""
    named = [
        one
        for one in walked.of(*(role.value for role in Role))
        if planted("display_name") in one.text
    ]
    assert {one.who for one in named} == {Role.COORDINATOR.value, Role.COUNSELLOR.value}
    for one in named:
        assert one.address.startswith("/matching/"), one.address
        assert one.address.endswith("/debriefs") is (one.who == Role.COUNSELLOR.value), one.address


async def test_an_offer_and_the_waiting_list_tell_no_words(walked: Walked) -> None:
    words = [planted(place) for place in ("opening", "student", "supporter", "counsellor", "note")]
    for one in walked.of("supporter", "coordinator", "district_lead", "operator"):
        if not one.address.startswith("/intake/"):
            assert not any(word in one.text for word in words), (one.who, one.address)


async def test_ones_own_name_at_the_top_is_ones_own(walked: Walked) -> None:
    async with one_origin(walked.world) as web:
        me = signed_in(walked.world, Role.COORDINATOR, OURS, name=AT_THE_TOP)
        shown = await Walk(web, []).look(me, f"/matching/s/{OURS}/waiting")
    assert AT_THE_TOP in shown.text
    assert not any(AT_THE_TOP in one.text for one in walked.seen)


async def test_a_look_of_a_stranger_changes_nothing(walked: Walked) -> None:
    assert sum(one.status < 400 for one in walked.of("nobody")) > 10
    assert walked.strangers_looked == walked.before


async def test_a_look_of_whoever_may_leaves_its_audit_entry_and_nothing_else(
    walked: Walked,
) -> None:
    """Three times at every page of every role; in an alert stands who has read it, once."""
    changed = {
        name
        for name in walked.all_looked.keys() | walked.before.keys()
        if walked.all_looked.get(name) != walked.before.get(name)
    }
    read = {name for name in changed if name.startswith(ALERTS_OF_ESCALATION)}
    assert {name.split(".")[1] for name in changed - read} == KEPT_OF_A_LOOK
    assert read
    for name in read:
        assert_only_read(decode(walked.before[name]), decode(walked.all_looked[name]))


def assert_only_read(before: Document, after: Document) -> None:
    """Each new reader has one line of the timeline, by one write; all else is as it was."""
    was, now = before["state"], after["state"]
    readers = now["read_by"][len(was["read_by"]) :]
    lines = now["timeline"][len(was["timeline"]) :]
    assert readers and len(set(now["read_by"])) == len(now["read_by"])
    assert [(line["what"], line["person_id"]) for line in lines] == [
        (Happening.READ, reader) for reader in readers
    ]
    as_it_was = was | {
        "read_by": [*was["read_by"], *readers],
        "timeline": [*was["timeline"], *lines],
    }
    assert after == before | {"state": as_it_was, "version": before["version"] + len(readers)}


async def test_no_page_can_be_framed_or_kept(walked: Walked) -> None:
    """Clickjacking, and a cache between: of every page, of each refusal too."""
    pages = [one for one in walked.seen if one.is_page]
    assert {one.status for one in pages} >= {200, 401, 403, 404}
    for one in pages:
        assert "frame-ancestors 'none'" in one.headers["content-security-policy"], one.address
        assert one.headers["x-frame-options"] == "DENY"
        assert "unsafe" not in one.headers["content-security-policy"]
    for one in walked.seen:
        assert one.headers["cache-control"] == "no-store", one.address
        assert one.headers["x-content-type-options"] == "nosniff"


async def test_no_page_holds_anything_that_runs_but_our_own_files(walked: Walked) -> None:
    for one in walked.seen:
        if one.is_page:
            assert one.read.runs == [], (one.who, one.address)


async def test_a_first_visit_of_a_student_is_light(walked: Walked) -> None:
    """Every page that a student may come to: with all it loads, uncompressed, 100 KB and five
    requests at most.
    """
    sizes: dict[str, int] = {}
    async with one_origin(walked.world) as web:
        for one in walked.of("nobody", *WITH_CODE):
            if "<html" in one.text and one.address.startswith(("/intake/", "/evaluation/s/")):
                files = set(one.read.loads)
                for file in files - sizes.keys():
                    sizes[file] = len((await web.get(file)).raise_for_status().content)
                assert 3 <= 1 + len(files) <= MOST_REQUESTS, (one.address, files)
                assert (
                    len(one.text.encode()) + sum(sizes[file] for file in files)
                    <= HEAVIEST_FIRST_LOAD
                ), one.address


async def test_each_download_is_one(walked: Walked) -> None:
    """What is meant for programs is never read as a page."""
    assert any(for_programs(one.address) for one in walked.seen)
    for one in walked.seen:
        assert not (for_programs(one.address) and one.is_page), one.address
