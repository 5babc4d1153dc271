"""The district's file: every fault at once, each with its line, its field, what was read, and what
was meant; a person that may not or cannot answer an alert has no place on rota or ladder.
"""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from sebaya_chassis.web.district_file import check_district
from sebaya_contracts.district import Day, Rotation, School
from sebaya_contracts.words import Level

# Line 8 and what follows are a case's own.
GOOD = """\
defaults: {time_zone: Asia/Jakarta, country: ID, languages: [id]}
x-people:
  - &bk {person_id: bk, name: BK, roles: [counsellor], email: bk@s.test}
  - &second {person_id: second, name: S, roles: [counsellor], webhook_url: "https://s.test/p"}
  - &head {person_id: head, name: H, roles: [coordinator], email: head@s.test}
  - &peer {person_id: peer, name: P, roles: [supporter], email: peer@s.test}
schools:
  - school_id: sma-1
    name: One
    staff: [*bk, *second, *head, *peer, {person_id: mute, name: M, roles: [counsellor]},
            {person_id: bare, name: B, email: bare@s.test}]
    rota: [{person_id: bk, days: [mon], since: "07:00", until: "16:00"}]
"""


def faults_of(content: str) -> list[str]:
    checked = check_district(content)
    assert not (checked.schools and checked.faults), "a faulty file gives no school"
    return [str(fault) for fault in checked.faults]


def school_of(content: str) -> School:
    checked = check_district(content)
    assert checked.faults == ()
    return checked.schools[0]


def with_line(line: str, content: str = GOOD) -> str:
    return f"{content}    {line}\n"


def ladder(
    level: str = "red", who: str = "[bk]", wait: str = "60", contact: str = "contact_within: 1 h"
) -> str:
    return f"{level}: {{{contact}, rungs: [{{who: {who}, wait_seconds: {wait}}}]}}"


def test_a_good_file_has_no_fault() -> None:
    assert school_of(GOOD).staff[0].person_id == "bk"


WRONG = {
    "a name with a slip": (
        GOOD.replace("webhook_url:", "webhok_url:"),
        "line 4: school sma-1: staff.second.webhok_url: there is no such field; did you mean "
        "`webhook_url`?",
    ),
    "a name at another place": (
        with_line("minimum_cell: 12"),
        "line 13: school sma-1: minimum_cell: there is no such field; it belongs in `policies`",
    ),
    "an instrument where none is known": (
        with_line("policies: {wave_instruments: [gad-7]}"),
        "line 13: school sma-1: policies.wave_instruments[1]: `gad-7` cannot be judged here: "
        "no instrument is known",
    ),
    "a slip in a policy": (
        with_line("policies: {minimum_cel: 30}"),
        "line 13: school sma-1: policies.minimum_cel: there is no such field; did you mean "
        "`minimum_cell`?",
    ),
    "minutes and seconds": (
        with_line(f"ladders: {{{ladder(wait='1:30')}}}"),
        "line 13: school sma-1: ladders.red.rungs[1].wait_seconds: `1:30` is not a plain number: "
        "YAML reads it as 90; write a number of seconds, or words such as `15 min`",
    ),
    "a time without quotes": (
        GOOD.replace('"16:00"', "16:00"),
        'line 12: school sma-1: rota[1].until: `16:00` must stand in quotes, "16:00": YAML reads '
        "it as 960",
    ),
    "a time without quotes or nought": (
        GOOD.replace('"07:00"', "7:00"),
        'line 12: school sma-1: rota[1].since: `7:00` must stand in quotes, "07:00": YAML reads it '
        "as 420",
    ),
    "a time with a dot": (
        GOOD.replace('"07:00"', '"7.00"'),
        "line 12: school sma-1: rota[1].since: `7.00` is not a time of day such as 07:30; did you "
        'mean "07:00"?',
    ),
    "Norway": (
        GOOD.replace("country: ID", "country: NO"),
        'line 1: defaults: country: `NO` must stand in quotes, "NO": YAML reads it as false',
    ),
    "Norwegian": (
        GOOD.replace("[id]", "[no]"),
        'line 1: defaults: languages[1]: `no` must stand in quotes, "no": YAML reads it as false',
    ),
    "a country in small letters": (
        GOOD.replace("country: ID", "country: id"),
        "line 1: defaults: country: `id` is not two capital letters such as ID; did you mean `ID`?",
    ),
    "an octal number": (
        with_line("policies: {minimum_cell: 010}"),
        "line 13: school sma-1: policies.minimum_cell: `010` is not a plain whole number: YAML "
        "reads it as 8",
    ),
    "a cell that hides no person": (
        with_line("policies: {minimum_cell: 1}"),
        "line 13: school sma-1: policies.minimum_cell: `1` is below 3: a smaller group tells of "
        "single students",
    ),
    "one value for a list": (
        GOOD.replace("[id]", "id"),
        "line 1: defaults: languages: `id` must stand in a list: [id]",
    ),
    "a role with a slip": (
        GOOD.replace("[coordinator]", "[koordinator]"),
        "line 5: school sma-1: staff.head.roles[1]: `koordinator` is none of supporter, "
        "counsellor, coordinator, district_lead, operator; did you mean `coordinator`?",
    ),
    "a zone with a slip": (
        GOOD.replace("Asia/Jakarta", "Asia/Jakata"),
        "line 1: defaults: time_zone: there is no time zone `Asia/Jakata`; did you mean "
        "`Asia/Jakarta`?",
    ),
    "what is missing": (
        GOOD.replace("    name: One\n", ""),
        "line 8: school sma-1: name: is missing",
    ),
    "the top": (
        GOOD.replace("defaults:", "default:"),
        "line 1: default: there is no such field; did you mean `defaults`?",
    ),
    "a stand-in without a zone": (
        with_line(
            "substitutions: [{person_id: bk, substitute_id: second, since: 2026-12-01 08:00:00, "
            "until: 2026-12-02T08:00:00+07:00}]"
        ),
        "line 13: school sma-1: substitutions[1].since: `2026-12-01 08:00:00` is not a day and "
        "time with its time zone, such as 2026-12-01T08:00:00+07:00",
    ),
    "words and seconds at once": (
        with_line(
            "ladders: {red: {contact_within: 1 h, contact_within_seconds: 3600, "
            "rungs: [{who: [bk], wait: 5 min}]}}"
        ),
        "line 13: school sma-1: ladders.red.contact_within_seconds: is there twice, as "
        "`contact_within` too",
    ),
    "words without a unit": (
        with_line(f"ladders: {{{ladder(contact='contact_within: 60')}}}"),
        "line 13: school sma-1: ladders.red.contact_within: `60` is no length of time: write words "
        "such as `15 min`, `2 h` or `90 days`",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_fault_says_its_line_its_field_what_was_read_and_what_was_meant(case: str) -> None:
    content, says = WRONG[case]
    assert says in faults_of(content)


def test_what_only_follows_from_a_fault_is_no_fault_of_its_own() -> None:
    """A counsellor whose address has a slip in its name is not called unreachable as well."""
    for slip in ("emial: bk@s.test", "email: 12"):
        (fault,) = faults_of(GOOD.replace("email: bk@s.test", slip))
        assert "line 3" in fault


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    content = GOOD.replace("country: ID", "country: NO").replace("[mon]", "[monday]")
    content = with_line("active: perhaps", content.replace('"16:00"', "16:00"))
    assert [fault.split(":")[0] for fault in faults_of(content)] == [
        "line 1",
        "line 12",
        "line 12",
        "line 13",
    ]


def test_a_fault_of_the_defaults_is_told_once_for_all_schools() -> None:
    more = "".join(f"  - {{school_id: s{n}, name: N, staff: [*bk]}}\n" for n in range(9))
    (fault,) = faults_of(GOOD.replace("country: ID", "country: NO") + more)
    assert fault.startswith("line 1: defaults: country")


REFUSED = {
    "a coordinator": ("head", "`head` has the role coordinator, and only a counsellor may answer"),
    "a student": ("peer", "`peer` has the role supporter, and only a counsellor may answer"),
    "a person without a role": ("bare", "`bare` has no role, and only a counsellor may answer"),
    "a person without an address": ("mute", "`mute` has neither email nor webhook_url"),
    "a stranger": ("secnd", "`secnd` is not among the staff; did you mean `second`?"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize(
    "place",
    [
        'rota: [{person_id: WHO, days: [mon], since: "07:00", until: "16:00"}]',
        'rotations: [{people: [second, WHO], starts_on: 2026-11-30, days: [mon], since: "07:00", '
        'until: "16:00"}]',
        "ladders: {red: {contact_within: 1 h, rungs: [{who: [bk, WHO], wait: 5 min}]}}",
        "substitutions: [{person_id: bk, substitute_id: WHO, since: 2026-12-01T08:00:00+07:00, "
        "until: 2026-12-02T08:00:00+07:00}]",
    ],
)
def test_who_may_not_or_cannot_answer_has_no_place_on_rota_or_ladder(place: str, case: str) -> None:
    who, says = REFUSED[case]
    content = with_line(place.replace("WHO", who), GOOD.replace("    rota:", "    # rota:", 1))
    (fault,) = faults_of(content)
    assert fault.startswith("line 13: school sma-1") and says in fault


LADDERS = {
    "a rung of nobody": (ladder(who="[]"), "a rung of nobody"),
    "an imminent wait of 31 days": (
        ladder("imminent", wait="31 days", contact="contact_within: 5 min"),
        "31 days is longer than 1 h at level imminent: a life may be in danger now",
    ),
    "a contact after a month": (
        ladder("amber", contact="contact_within: 31 days"),
        "31 days is longer than 7 days at level amber",
    ),
    "red slower than amber": (
        f"{ladder('red', contact='contact_within: 3 h')}, "
        f"{ladder('amber', contact='contact_within: 2 h')}",
        "red is slower than amber: contact after 3 h, and amber 2 h",
    ),
    "imminent waits longer than red": (
        f"{ladder('imminent', wait='10 min')}, {ladder('red', wait='300')}",
        "imminent is slower than red: waits 10 min, and red 5 min",
    ),
    "a wait that never ends": (ladder(wait=".inf"), "`.inf` is not a plain number"),
    "a wait of nothing": (ladder(wait="0"), "`0` is not above 0"),
    "a level that is none": (ladder("none"), "no alert has this level"),
}


@pytest.mark.parametrize("case", LADDERS)
def test_a_ladder_that_leaves_a_child_waiting_is_refused_with_the_reason(case: str) -> None:
    ladders, says = LADDERS[case]
    faults = faults_of(with_line(f"ladders: {{{ladders}}}"))
    assert [fault for fault in faults if says in fault], faults


def test_equal_levels_and_the_longest_allowed_are_taken() -> None:
    levels = ", ".join(
        ladder(level, wait="1 h", contact="contact_within: 2 h")
        for level in ("amber", "red", "imminent")
    )
    assert school_of(with_line(f"ladders: {{{levels}}}")).ladders[Level.IMMINENT].rungs


def test_a_ladder_of_the_rota_needs_a_rota() -> None:
    without = GOOD.replace("    rota:", "    # rota:", 1)
    (fault,) = faults_of(with_line(f"ladders: {{{ladder(who='[on_call]')}}}", without))
    assert "`on_call` calls nobody: there is neither `rota` nor `rotations`" in fault


def test_a_school_without_any_counsellor_is_refused_unless_it_is_closed() -> None:
    bare = GOOD.partition("    staff:")[0]
    (fault,) = faults_of(bare)
    assert "there is no counsellor, so no alert of this school could be answered" in fault
    assert not school_of(f"{bare}    active: false\n").active


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("900", 900.0),
        ("15 min", 900.0),
        ("0.25 h", 900.0),
        ("1 h 30 min", 5400.0),
        ("2 jam", 7200.0),
        ("90s", 90.0),
        ("1.5", 1.5),
    ],
)
def test_a_length_of_time_is_a_number_or_words(words: str, seconds: float) -> None:
    school = school_of(with_line(f"ladders: {{{ladder(wait=words)}}}"))
    assert school.ladders[Level.RED].rungs[0].wait_seconds == seconds
    assert school.ladders[Level.RED].contact_within_seconds == 3600


def test_days_are_kept_in_words_too() -> None:
    policies = school_of(with_line("policies: {retention: 1 year, offer_lapse: 12 h}")).policies
    assert (policies.retention_days, policies.offer_lapse_seconds) == (365, 43_200)
    (fault,) = faults_of(with_line("policies: {retention: 12 h}"))
    assert "`12 h` is no whole number of 1 days" in fault


def test_a_rotation_is_read_with_its_first_day() -> None:
    line = (
        'rotations: [{people: [bk, second], starts_on: 2026-11-30, days: [mon, sun], since: "16:00"'
        ', until: "07:00"}]'
    )
    assert school_of(with_line(line)).rotations == (
        Rotation(
            people=("bk", "second"),
            starts_on=date(2026, 11, 30),
            days=(Day.MON, Day.SUN),
            since="16:00",
            until="07:00",
        ),
    )
    (fault,) = faults_of(with_line(line.replace("bk, second", "bk")))
    assert "needs two people at least" in fault


def test_a_stand_in_is_read_with_its_zone() -> None:
    line = (
        "substitutions: [{person_id: bk, substitute_id: second, since: 2026-12-01T08:00:00+07:00, "
        'until: "2026-12-02T08:00+07:00"}]'
    )
    (swap,) = school_of(with_line(line)).substitutions
    assert (swap.since, swap.until) == (
        datetime(2026, 12, 1, 1, tzinfo=UTC),
        datetime(2026, 12, 2, 1, tzinfo=UTC),
    )


def test_aliases_and_merged_fields_are_followed_and_a_circle_ends() -> None:
    merged = GOOD.replace("*second", "{<<: *second, person_id: third}")
    assert school_of(merged).staff[1].webhook_url == "https://s.test/p"
    assert school_of(merged).staff[1].person_id == "third"
    (fault,) = faults_of("schools: &all [*all]")
    assert "without an end" in fault


PIECES = st.sampled_from(
    [
        *("schools", "defaults", ":", " ", "\n", "- ", "{", "}", "[", "]", "&a", "*a", "<<", "'"),
        *('"', "staff", "rota", "16:00", "NO", "~", "1", "!!int x", "\t", "person_id", ",", "|"),
        *("é", "\0"),
    ]
)


@examples(200)
@given(st.lists(PIECES, max_size=40).map("".join) | st.binary(max_size=60))
def test_whatever_a_file_holds_is_answered_by_faults_or_schools(content: str | bytes) -> None:
    checked = check_district(content)
    assert all(str(fault).startswith("line ") for fault in checked.faults)
    assert not (checked.schools and checked.faults)


@examples(100)
@given(st.data())
def test_any_value_at_any_place_is_answered(data: st.DataObject) -> None:
    lines = GOOD.splitlines()
    at = data.draw(st.integers(7, len(lines) - 1))
    name = lines[at].partition(":")[0]
    value = data.draw(
        st.sampled_from(["", "~", "[]", "{}", "[[]]", "[{}]", "{a: b}", "1", "x", "[1, ~]", "- x"])
    )
    changed = "\n".join([*lines[:at], f"{name}: {value}", *lines[at + 1 :]])
    checked = check_district(changed)
    assert not (checked.schools and checked.faults)
