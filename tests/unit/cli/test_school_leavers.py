"""Applying a file finds the people that it names no longer."""

from msgspec.structs import replace

from sebaya_chassis.web.district_file import check_district
from sebaya_cli.schools import Known, changes, find_leavers
from sebaya_contracts.district import Person, School
from sebaya_contracts.envelope import Sequence

SARI, DEWI = (Person(person_id=name, name=name) for name in ("sari", "dewi"))
SCHOOL = School(
    school_id="sma-1",
    name="SMA 1",
    time_zone="Asia/Jakarta",
    country="ID",
    languages=("id",),
    staff=(SARI, DEWI),
)


def known(school: School) -> dict[str, Known]:
    return {school.school_id: Known(school, Sequence(1, 1))}


def test_a_person_that_the_file_names_no_longer_has_left_until_it_names_them_again() -> None:
    without = replace(SCHOOL, staff=(SARI,))
    (change,) = changes([without], known(SCHOOL))
    assert (change.school.leavers, change.kind) == (("dewi",), "changed")
    (same,) = changes([without], known(change.school))
    assert (same.school.leavers, same.kind) == (("dewi",), "same"), "the file says nothing new"
    (back,) = changes([SCHOOL], known(same.school))
    assert back.school.leavers == ()


def test_a_new_school_has_no_leavers() -> None:
    assert changes([SCHOOL], {})[0].school.leavers == ()
    assert find_leavers(SCHOOL, SCHOOL) == ()


def test_leavers_are_written_in_no_file() -> None:
    checked = check_district(b"schools:\n  - school_id: sma-1\n    leavers: [sari]\n", ())
    assert any("leavers" in str(fault) for fault in checked.faults)
