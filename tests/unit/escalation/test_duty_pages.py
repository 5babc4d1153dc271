"""Changes of duty are told to the people that they concern, and to no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import msgspec
import pytest

from sebaya_contracts.district import School
from sebaya_contracts.words import Role
from sebaya_escalation.commands.paging import is_wanted
from sebaya_escalation.domain.duty_pages import list_duty_pages
from sebaya_escalation.domain.page import Channel, Page, PageKind
from sebaya_escalation.domain.shifts import ShiftChange
from sebaya_escalation.paging.duty_notice import DutyNotice
from unit.escalation.examples import a_person, a_school

NOW = datetime(2026, 11, 25, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCHOOL = a_school(
    time_zone="Asia/Jakarta",
    staff=(
        a_person("sari", Role.COUNSELLOR),
        a_person("budi", Role.COUNSELLOR, webhook_url="https://hook.test/"),
        a_person("other", Role.COUNSELLOR),
        a_person("kepala", Role.COORDINATOR),
        a_person("mute", Role.COORDINATOR, email=None),
    ),
)
OFFER = ShiftChange("x1", "sari", "budi", NOW, NOW + 8 * HOUR, NOW)
TAKEN = replace(OFFER, accepted_at=NOW + HOUR)


def told(change: ShiftChange, school: School = SCHOOL) -> set[tuple[str, PageKind, Channel]]:
    pages = list_duty_pages(change, school, "s.test", NOW)
    assert len({page.page_id for page in pages} | {one.message_id for one in pages}) == 2 * len(
        pages
    )
    return {(page.person_id, page.kind, page.channel) for page in pages}


def test_a_colleague_that_is_asked_hears_of_it_by_each_channel() -> None:
    assert told(OFFER) == {
        ("budi", PageKind.DUTY_ASKED, Channel.EMAIL),
        ("budi", PageKind.DUTY_ASKED, Channel.WEBHOOK),
    }


def test_of_a_duty_that_was_taken_hear_the_one_that_had_it_and_the_coordinators() -> None:
    assert told(TAKEN) == {
        ("sari", PageKind.DUTY_TAKEN, Channel.EMAIL),
        ("kepala", PageKind.DUTY_MOVED, Channel.EMAIL),
    }


def test_a_coordinator_that_is_a_counsellor_too_hears_once_and_of_the_own_act_not_at_all() -> None:
    both = (Role.COUNSELLOR, Role.COORDINATOR)
    gives = a_school(staff=(a_person("sari", *both), a_person("budi", Role.COUNSELLOR)))
    assert told(TAKEN, gives) == {("sari", PageKind.DUTY_TAKEN, Channel.EMAIL)}
    takes = a_school(staff=(a_person("sari", Role.COUNSELLOR), a_person("budi", *both)))
    assert told(TAKEN, takes) == {("sari", PageKind.DUTY_TAKEN, Channel.EMAIL)}


def page_of(kind: PageKind) -> Page:
    change = OFFER if kind is PageKind.DUTY_ASKED else TAKEN
    pages = list_duty_pages(change, SCHOOL, "s.test", NOW)
    return next(one for one in pages if one.kind is kind)


def test_what_is_no_longer_true_is_not_sent() -> None:
    asked, taken = page_of(PageKind.DUTY_ASKED), page_of(PageKind.DUTY_TAKEN)
    assert is_wanted(asked, OFFER)
    assert not is_wanted(asked, TAKEN)
    assert not is_wanted(asked, None), "taken back, or declined"
    assert is_wanted(taken, TAKEN)


@pytest.mark.parametrize("language", ["id", "en", "fr"])
def test_a_mail_says_the_colleague_and_the_hours_by_the_schools_clock(language: str) -> None:
    school = msgspec.structs.replace(SCHOOL, languages=(language,))
    texts = set()
    for kind in (PageKind.DUTY_ASKED, PageKind.DUTY_TAKEN, PageKind.DUTY_MOVED):
        notice = DutyNotice(page_of(kind), TAKEN, "https://d.test", school)
        mail = message_from_bytes(
            notice.mail("sebaya@d.test", "x@s.test").as_bytes(), policy=policy.default
        )
        text = mail.get_content()
        assert "2026-11-25 08:00" in text and "2026-11-25 16:00 (Asia/Jakarta)" in text
        assert ("Bu sari" in text) is (kind is not PageKind.DUTY_TAKEN)
        assert ("Bu budi" in text) is (kind is not PageKind.DUTY_ASKED)
        leads = "https://d.test/escalation/s/s1/shifts" in text
        assert leads is (kind is not PageKind.DUTY_MOVED), "a coordinator may not open the duties"
        assert (mail["Auto-Submitted"], mail["Message-ID"]) == (
            "auto-generated",
            notice.page.message_id,
        )
        texts.add((mail["Subject"], text))
    assert len(texts) == 3


def test_a_receiver_gets_the_hours_and_the_people() -> None:
    body = msgspec.json.decode(
        DutyNotice(page_of(PageKind.DUTY_ASKED), OFFER, "https://d.test", SCHOOL).body()
    )
    assert body == {
        "page_id": "x1/duty_asked/budi/email",
        "school_id": "s1",
        "kind": "duty_asked",
        "person_id": "sari",
        "substitute_id": "budi",
        "since": "2026-11-25T01:00:00Z",
        "until": "2026-11-25T09:00:00Z",
        "link": "https://d.test/escalation/s/s1/shifts",
    }
