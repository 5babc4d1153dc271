"""What leaves the house: marked as a machine's, signed, without a word of a student; and where it
may go.
"""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sebaya_contracts.district import Person, School
from sebaya_contracts.words import AlertCause, Level, Role
from sebaya_escalation.domain import alert as domain
from sebaya_escalation.domain import page as pages
from sebaya_escalation.domain.alert import Status
from sebaya_escalation.domain.barring import BarReason, add_bars
from sebaya_escalation.domain.ladder import call_coordinators, is_wanted
from sebaya_escalation.domain.page import Channel, Page, PageKind, PageState
from sebaya_escalation.domain.signal import Signal
from sebaya_escalation.paging.notice import Notice
from sebaya_escalation.paging.webhook import sign_body, webhook_key

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
PAGE = Page("s1", "al/1/0/a/email", "al", 1, 0, "a", Channel.EMAIL, "<m@s.test>", NOW)
ALERT = domain.raise_alert(
    "s1",
    "al",
    "case-of-somebody",
    1,
    Signal("m1", Level.RED, AlertCause.MESSAGE, NOW, text="PLANTED words"),
    NOW,
).alert


@pytest.mark.parametrize("languages", [("id",), ("en", "id"), ("fr",)])
@pytest.mark.parametrize("level", [Level.AMBER, Level.RED, Level.IMMINENT])
def test_a_page_says_how_urgent_and_where_and_nothing_of_the_student(
    languages: tuple[str, ...], level: Level
) -> None:
    notice = Notice(PAGE, replace(ALERT, level=level), "https://d.test", languages)
    mail = notice.mail("sebaya@d.test", "a@s.test")
    for text in (mail.as_string(), notice.body().decode()):
        assert "PLANTED" not in text
        assert "https://d.test/escalation/s/s1/alerts/al" in text
        assert "case-of-somebody" not in text
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Precedence"] == "bulk"
    assert mail["Message-ID"] == "<m@s.test>"


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_kind_of_page_has_a_text_of_its_own(language: str) -> None:
    texts = set()
    about_alerts = [kind for kind in PageKind if not kind.startswith("duty")]
    for kind in about_alerts:
        notice = Notice(replace(PAGE, kind=kind), ALERT, "https://d.test", (language,))
        text = notice.mail("f@d.test", "a@s.test").get_content()
        leads_nowhere = kind is PageKind.UNANSWERED
        assert (notice.link in text) is not leads_nowhere
        assert "http" not in text or not leads_nowhere
        assert "PLANTED" not in text
        texts.add(text.replace(notice.link, ""))
    assert len(texts) == len(about_alerts)


def test_urgent_and_not_urgent_read_differently() -> None:
    subjects = {
        Notice(PAGE, replace(ALERT, level=level), "o", ("id",)).mail("f@d.test", "a@s.test")[
            "Subject"
        ]
        for level in list(Level)[1:]
    }
    assert len(subjects) == 3


def test_two_alerts_a_minute_apart_are_told_apart_and_repeats_are_one_thread() -> None:
    other = domain.raise_alert("s1", "al2", "c2", 1, ALERT.signals[0], NOW).alert
    mails = [
        Notice(PAGE, alert, "o", ("id",), first).mail("f@d.test", "a@s.test")
        for alert, first in ((ALERT, ""), (ALERT, "<first@d.test>"), (other, ""))
    ]
    assert len({mail["Subject"] for mail in mails}) == 2
    assert [mail["References"] for mail in mails] == [None, "<first@d.test>", None]
    assert ALERT.code in mails[0]["Subject"]
    assert set(ALERT.code) <= set(domain.CODE_ALPHABET)


def test_news_for_a_holder_ask_nobody_to_take_the_alert() -> None:
    news = Notice(replace(PAGE, kind=PageKind.NEWS), ALERT, "https://d.test", ("en",))
    text = news.mail("f@d.test", "a@s.test").get_content()
    assert "something new" in text
    assert "next person" not in text
    assert "PLANTED" not in text


def test_a_receiver_can_verify_the_signature_with_the_schools_key() -> None:
    key = webhook_key("secret", "s1")
    assert key != webhook_key("secret", "s2")
    expected = hmac.new(key.encode(), b'1764000000.{"a":1}', hashlib.sha256).hexdigest()
    assert sign_body(key, "1764000000", b'{"a":1}') == f"v1={expected}"
    assert sign_body(key, "1764000001", b'{"a":1}') != f"v1={expected}"


def test_a_page_is_tried_a_few_times_and_then_has_failed() -> None:
    page, now, attempts = PAGE, NOW, 0
    while page.state is PageState.PENDING:
        assert page.due_at is not None
        now = page.due_at
        page = pages.retry_or_fail(
            pages.claim_page(page, "t", timedelta(seconds=20), now), "smtp_451", now
        )
        attempts += 1
    assert page.state is PageState.FAILED
    assert attempts == 4
    assert (now - NOW).total_seconds() < 60
    assert page.due_at == now  # until the ladder knows
    assert replace(page, told=True).due_at is None


def test_a_page_on_the_wire_is_due_again_only_after_its_lease() -> None:
    page = pages.claim_page(PAGE, "t", timedelta(seconds=20), NOW)
    assert not page.sendable(NOW + timedelta(seconds=19))
    assert page.sendable(NOW + timedelta(seconds=20))
    assert page.message_id == PAGE.message_id


def test_a_coordinator_is_told_of_opened_contact_details_without_a_word_of_the_student() -> None:
    def person(name: str, *roles: Role) -> Person:
        return Person(person_id=name, name=name, roles=roles, email=f"{name}@s.test")

    school = School(
        school_id="s1",
        name="SMA 1",
        time_zone="Asia/Jakarta",
        country="ID",
        languages=("id",),
        staff=(
            person("ko", Role.COORDINATOR),
            person("bk", Role.COUNSELLOR),
            person("accused", Role.COORDINATOR),
        ),
    )
    barred = replace(ALERT, bars=add_bars((), ["accused"], BarReason.NAMED))
    (page,) = call_coordinators(barred, "al/details/1", school, "s.test", NOW)
    assert (page.person_id, page.kind) == ("ko", PageKind.DETAILS)
    assert (page.turn, page.rung) == (pages.NO_TURN, 0), "of no rung that could be left"
    assert is_wanted(page, replace(barred, status=Status.ACKNOWLEDGED, holder="bk"))
    notice = Notice(page, barred, "https://d.test", ("id",))
    mail = notice.mail("sebaya@d.test", "ko@s.test")
    assert "dibuka" in mail["Subject"] and "https://d.test/escalation/s/s1/questions" in str(mail)
    for text in (mail.as_string(), notice.body().decode()):
        assert "PLANTED" not in text and "case-of-somebody" not in text
