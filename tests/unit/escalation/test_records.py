"""What escalation keeps beside its alerts: the case, people barred, verdicts, changes of duty."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sebaya_chassis.base.problems import NotFound
from sebaya_contracts.district import Person
from sebaya_contracts.intake import MessagePosted
from sebaya_contracts.words import (
    AlertCause,
    Author,
    CaseTopic,
    Level,
)
from sebaya_escalation.domain import case as cases
from sebaya_escalation.domain import shifts
from sebaya_escalation.domain.barring import BarReason, choose_barred, find_named
from sebaya_escalation.domain.case import Case
from sebaya_escalation.domain.coverage import compute_coverage
from sebaya_escalation.domain.judgement import Judgement
from sebaya_escalation.domain.rota import HORIZON, find_zone
from sebaya_escalation.domain.shifts import ShiftChange, ShiftChanges
from sebaya_escalation.domain.verdict import Verdict, erase_verdict, make_verdict, raise_verdict
from unit.escalation.examples import a_school

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


SCHOOL = a_school()


def test_a_case_counts_its_signals_and_keeps_nothing_once_it_is_erased() -> None:
    case = Case("s1", "c1")
    assert case.identity == "c1" and Case("s1", None).identity == "school-s1"
    one = cases.add_signal(case, begins_episode=True)
    two = cases.add_signal(one, begins_episode=False)
    assert (two.signals, two.episodes) == (2, 1)
    friend = cases.add_signal(case, begins_episode=True, by_friend=True)
    assert (one.by_friend, friend.by_friend) == (False, True)
    assert cases.add_signal(friend, begins_episode=True).by_friend, "whatever is heard later"
    gone = cases.erase(two)
    assert gone == Case("s1", "c1", erased=True, episodes=1)
    assert cases.add_signal(gone, begins_episode=True) == gone
    assert cases.note_withdrawal(gone, NOW) == gone
    assert cases.note_withdrawal(case, NOW).withdrawn_at == NOW
    assert cases.latest_activity(None, NOW, NOW - SECOND) == NOW
    assert cases.latest_activity(None) is None


def test_who_is_barred_is_told_once_and_of_a_case_alone() -> None:
    barred, (event,) = cases.bar_people(Case("s1", "c1"), ("b", "a"), BarReason.NAMED, NOW)
    assert (event.person_ids, event.changed_at) == (("a", "b"), NOW)
    assert cases.bar_people(barred, ("a",), BarReason.NAMED, NOW)[1] == ()
    assert cases.bar_people(Case("s1", None), ("a",), BarReason.NAMED, NOW)[1] == ()


def test_names_of_three_letters_are_found_and_degrees_are_none() -> None:
    staff = (Person(person_id="sri", name="Dr. Sri Ayu, S.Pd"), Person(person_id="li", name="Li"))
    school = a_school(staff=staff)
    assert find_named(school, "bu sri tahu") == find_named(school, "sri ayu tahu") == ("sri",)
    assert find_named(school, "kata sri") == find_named(school, "pak li") == ()
    one_name = a_school(staff=(Person(person_id="budi", name="Budi"),))
    assert find_named(one_name, "pak budi tahu") == ("budi",)
    assert find_named(one_name, "budi teman sekelasku") == (), "a name alone is anybody's"
    assert choose_barred(SCHOOL, ("a",), tells_of_harm=False) == ("a",)
    assert choose_barred(SCHOOL, ("a", "b", "h"), tells_of_harm=False) == ("h",)
    assert choose_barred(SCHOOL, ("a", "b"), tells_of_harm=True) == ("a", "b")


def posted(author: Author = Author.STUDENT, *, opening: bool = False) -> MessagePosted:
    return MessagePosted(
        school_id="s1",
        message_id="m1",
        case_id="c1",
        author=author,
        text="words",
        posted_at=NOW,
        opening=opening,
        topic=CaseTopic.GRIEF,
    )


@pytest.mark.parametrize(
    ("author", "opening", "level", "calls", "may_rise"),
    [
        (Author.STUDENT, False, Level.NONE, False, True),
        (Author.STUDENT, False, Level.AMBER, True, True),
        (Author.STUDENT, False, Level.IMMINENT, True, False),
        (Author.SUPPORTER, False, Level.RED, True, True),
        (Author.COUNSELLOR, False, Level.RED, False, False),
        (Author.COUNSELLOR, True, Level.RED, True, True),
    ],
)
def test_all_words_but_a_counsellors_own_call_for_a_human(
    author: Author, opening: bool, level: Level, calls: bool, may_rise: bool
) -> None:
    judgement = Judgement(level, AlertCause.MESSAGE, ())
    message = posted(author, opening=opening)
    assert judgement.calls_for_a_human(message) is calls
    assert judgement.may_be_raised(message) is may_rise


def test_a_verdict_is_raised_and_never_lowered_and_an_erased_one_stays_so() -> None:
    def verdict(level: Level) -> Verdict:
        judgement = Judgement(level, AlertCause.MESSAGE, (), meaning="w1")
        return make_verdict(posted(), judgement, NOW, ("a",))

    amber, red = verdict(Level.AMBER), replace(verdict(Level.RED), alert_id="al")
    raised = raise_verdict(amber, red)
    assert (raised.level, raised.alert_id) == (Level.RED, "al")
    for lower in (replace(amber, alert_id="x"), replace(red, alert_id="x")):
        assert raise_verdict(red, lower) == red
    gone = erase_verdict(red)
    assert raise_verdict(gone, red) == gone
    assert (gone.named, gone.topic, gone.author, gone.alert_id) == ((), None, None, None)
    assert (red.named, red.topic, red.meaning_version) == (("a",), CaseTopic.GRIEF, "w1")


def test_coverage_reaches_two_weeks_and_says_how_long_it_is_true() -> None:
    found = compute_coverage(SCHOOL, 6 * MINUTE, 20 * MINUTE, NOW)
    assert (found.next_at, found.expires_at) == (NOW + 6 * MINUTE, NOW + 20 * MINUTE)
    assert found.covered == () and timedelta(days=14) == HORIZON
    assert (found.event().published_at, found.event().expires_at) == (NOW, NOW + 20 * MINUTE)
    assert str(find_zone("Asia/Jakarta")) == "Asia/Jakarta" and str(find_zone("No/Where")) == "UTC"


def change(name: str, since: int, until: int, *, agreed: bool = False) -> ShiftChange:
    accepted = NOW if agreed else None
    return ShiftChange(name, "a", "b", NOW + since * MINUTE, NOW + until * MINUTE, NOW, accepted)


def test_changes_are_found_by_their_id_and_forgotten_a_day_after_their_end() -> None:
    old, day = change("old", -3000, -1440), change("day", -3000, -1439)
    changes = ShiftChanges("s1", (old, day, change("x", 0, 60)))
    assert changes.find("x").change_id == "x"
    with pytest.raises(NotFound):
        changes.find("y")
    left = shifts.decline(changes, "x", "b", NOW)
    assert [one.change_id for one in left.changes] == ["day"]
    assert change("x", 0, 60).hours == f"a {NOW.isoformat()}/{(NOW + 60 * MINUTE).isoformat()}"


def test_only_agreed_changes_stand_in_in_the_order_of_their_agreements() -> None:
    late = replace(change("late", 0, 60, agreed=True), accepted_at=NOW + MINUTE)
    first = replace(change("first", 0, 60, agreed=True), substitute_id="c")
    changes = ShiftChanges("s1", (late, change("open", 0, 60), first))
    assert [one.substitute_id for one in changes.stand_ins] == ["c", "b"]
    assert shifts.apply_stand_ins(SCHOOL, ()) is SCHOOL
