"""The district's file: every fault is told with school and field, and nothing of a faulty file is
applied.
"""

from pathlib import Path

import pytest

from sebaya_cli import school_file, schools
from sebaya_cli.refusal import Refusal
from sebaya_cli.stack.folder import SETTINGS
from sebaya_contracts.envelope import Sequence

# Beside the file's other defaults, one a line.
STAFF = "staff: [{person_id: bk, name: BK, roles: [counsellor], email: bk@s.test}]"
GOOD = """
defaults: {time_zone: Asia/Jakarta, country: ID, languages: [id], policies: {minimum_cell: 12},
  STAFF}
schools:
  - {school_id: sma-1, name: One, policies: {offer_lapse_seconds: 60}}
  - {school_id: sma-2, name: Two, country: GB, time_zone: Europe/London, languages: [en]}
""".replace("STAFF", STAFF)


def written(folder: Path, content: str | bytes) -> Path:
    file = folder / "district.yaml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def test_a_school_wins_over_the_defaults_mapping_by_mapping(tmp_path: Path) -> None:
    one, two = school_file.read(written(tmp_path, GOOD))
    assert (one.policies.minimum_cell, one.policies.offer_lapse_seconds, one.country) == (
        12,
        60,
        "ID",
    )
    assert (two.policies.minimum_cell, two.country, two.languages) == (12, "GB", ("en",))


def test_a_byte_mark_changes_nothing(tmp_path: Path) -> None:
    """Silent misreading of real files: an editor that puts one in front does not hide the first
    word.
    """
    assert len(school_file.read(written(tmp_path, b"\xef\xbb\xbf" + GOOD.encode()))) == 2


ACCENTED = GOOD.replace("name: One", "name: SMA Café")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1252", "utf-32"])
def test_a_file_in_another_encoding_is_refused_and_never_damaged(
    tmp_path: Path, encoding: str
) -> None:
    """Silent misreading of real files: in words, before anything is written, and no replacement
    character stored.
    """
    with pytest.raises(Refusal, match="UTF-8"):
        school_file.read(written(tmp_path, ACCENTED.encode(encoding)))
    assert school_file.read(written(tmp_path, ACCENTED))[0].name == "SMA Café"


MISREAD = {
    "a tab": (GOOD.replace("  - {school_id: sma-1", "\t- {school_id: sma-1"), "line 5"),
    "a key twice": (GOOD.replace("name: One", "name: One, name: Two"), "name is there twice"),
    "two lists of schools": (GOOD + "schools: []\n", "schools is there twice"),
    "a word for a number": (GOOD.replace("minimum_cell: 12", "minimum_cell: '12'"), "minimum_cell"),
    "a line break in an id": (
        GOOD.replace("school_id: sma-1", 'school_id: "sma-1\\n"'),
        "school_id",
    ),
    "two addresses in one": (
        GOOD.replace(
            "name: One", "name: One, staff: [{person_id: p, name: P, email: 'a@b.c, d@e.f'}]"
        ),
        "email",
    ),
    "a spreadsheet": ("school_id;name\nsma-1;One\n", "schools"),
}


@pytest.mark.parametrize("case", MISREAD)
def test_what_an_editor_made_of_it_is_refused_with_its_place(tmp_path: Path, case: str) -> None:
    """Silent misreading of real files."""
    content, says = MISREAD[case]
    with pytest.raises(Refusal) as refusal:
        school_file.read(written(tmp_path, content))
    assert says in str(refusal.value), refusal.value


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    """Result depends on row order: schools, staff and keys may stand in any order, and a school
    named twice is refused, not overwritten.
    """
    lines = GOOD.strip().splitlines()
    turned = "\n".join([lines[2], lines[4], lines[3], lines[0], lines[1]])
    by_id = {school.school_id: school for school in school_file.read(written(tmp_path, GOOD))}
    assert {
        school.school_id: school for school in school_file.read(written(tmp_path, turned))
    } == by_id
    for rows in (("active: false", "active: true"), ("active: true", "active: false")):
        again = "".join(f"  - {{school_id: sma-9, name: N, {row}}}\n" for row in rows)
        with pytest.raises(Refusal, match="sma-9: is there 2 times"):
            school_file.read(written(tmp_path, GOOD + again))


def test_the_demo_district_is_a_valid_file() -> None:
    assert len(school_file.read(SETTINGS / "demo-district.yaml")) == 6


FAULTS = {
    "no such zone": (
        "{school_id: a, name: A, time_zone: Asia/Nowhere}",
        ["school a", "time_zone", "Asia/Nowhere"],
    ),
    "a wrong type": ("{school_id: a, name: A, youngest: many}", ["school a", "youngest"]),
    "a bad id": ("{school_id: A b, name: A}", ["school A b", "school_id"]),
    "nobody of that name on the rota": (
        "{school_id: a, name: A, rota: [{person_id: ghost, days: [mon], since: '08:00', "
        "until: '16:00'}]}",
        ["school a", "rota", "ghost"],
    ),
    "nobody of that name on a rung": (
        "{school_id: a, name: A, ladders: {red: {contact_within_seconds: 9, rungs: [{who: "
        "[ghost], wait_seconds: 5}]}}}",
        ["school a", "ladders.red", "ghost"],
    ),
    "a rung that waits for ever": (
        "{school_id: a, name: A, ladders: {red: {contact_within_seconds: 9, rungs: [{who: "
        "[on_call], wait_seconds: .inf}]}}}",
        ["school a", "wait_seconds"],
    ),
    "an offer that never lapses": (
        "{school_id: a, name: A, policies: {offer_lapse_seconds: 1e12}}",
        ["school a", "offer_lapse_seconds"],
    ),
    "words kept past every calendar": (
        "{school_id: a, name: A, policies: {retention_days: 10000000}}",
        ["school a", "retention_days"],
    ),
    "a wave that never comes": (
        "{school_id: a, name: A, policies: {mid_wave_days: 10000000000}}",
        ["school a", "mid_wave_days", "longer than a year"],
    ),
    "a time that is none": (
        "{school_id: a, name: A, rota: [{person_id: bk, "
        "days: [mon], since: '25:00', until: '16:00'}]}",
        ["school a", "since"],
    ),
    "ages the wrong way round": ("{school_id: a, name: A, youngest: 19}", ["school a", "youngest"]),
    "an instrument whose answers can tell of danger": (
        "{school_id: a, name: A, policies: {wave_instruments: [sebaya-student, phq-9]}}",
        ["school a", "wave_instruments", "`phq-9`", "self-harm can tell of danger", "no answer"],
    ),
    "an instrument that does not ship": (
        "{school_id: a, name: A, policies: {wave_instruments: [sebaya-student, gad7]}}",
        ["school a", "wave_instruments", "did you mean `gad-7`?"],
    ),
    "an instrument that is asked twice": (
        "{school_id: a, name: A, policies: {wave_instruments: [gad-7, gad-7]}}",
        ["school a", "wave_instruments", "is there twice"],
    ),
    "a cell that hides nobody": (
        "{school_id: a, name: A, policies: {minimum_cell: 1}}",
        ["school a", "minimum_cell"],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_names_school_and_field(tmp_path: Path, fault: str) -> None:
    entry, names = FAULTS[fault]
    content = (
        f"defaults: {{time_zone: Asia/Jakarta, country: ID, languages: [id], {STAFF}}}\n"
        f"schools:\n  - {entry}\n"
    )
    with pytest.raises(Refusal) as refusal:
        school_file.read(written(tmp_path, content))
    faults = str(refusal.value).splitlines()[1:]
    assert any(all(name in one for name in names) for one in faults), faults


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    content = (
        GOOD
        + "  - {school_id: sma-1, name: Again}\n  - {school_id: x, name: X, time_zone: Nowhere}\n"
    )
    with pytest.raises(Refusal) as refusal:
        school_file.read(written(tmp_path, content))
    assert "sma-1: is there 2 times" in str(refusal.value)
    assert "Nowhere" in str(refusal.value)


@pytest.mark.parametrize(
    "content", [b"schools: [", b"\xff\xfe\x00", b"just words", b"schools: {a: 1}", b""]
)
def test_what_is_no_district_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Refusal, match=r"district\.yaml"):
        school_file.read(written(tmp_path, content))


def test_the_difference_names_the_fields(tmp_path: Path) -> None:
    one, two = school_file.read(written(tmp_path, GOOD))
    changed, _ = school_file.read(written(tmp_path, GOOD.replace("name: One", "name: Uno")))
    present = {"sma-1": schools.Known(one, Sequence(1, 1))}
    assert [
        (c.school.school_id, c.kind, c.fields) for c in schools.changes([changed, two], present)
    ] == [
        ("sma-1", "changed", ("name",)),
        ("sma-2", "new", ()),
    ]
    assert schools.changes([one], present)[0].kind == "same"
