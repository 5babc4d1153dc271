"""An instrument's file: every fault at once with its line and field, licences, translations, and
what a tenant's copy may not change.
"""

from datetime import date

import pytest

from sebaya_evaluation.domain.instruments.asking import explain_refusal
from sebaya_evaluation.domain.instruments.check import check_instrument
from sebaya_evaluation.domain.instruments.instrument import Instrument
from sebaya_evaluation.domain.instruments.scoring import score_answers
from sebaya_evaluation.library import SHIPPED, load_shipped, read_file

TODAY = date(2026, 12, 1)

# Lines are counted in the tests: the first is `instrument_id`.
GOOD = """instrument_id: mood-check
version: 1
title: {en: Mood check}
respondent: student
source: written for this test
licence: {terms: own, says: CC0}
validated: false
texts_from: {en: this test}
scales:
  often:
    - {option_id: never, value: 0, text: {en: Never}}
    - {option_id: always, value: 2, text: {en: Always}}
items:
  - {item_id: glad, scale: often, reverse: true, text: {en: "Were you glad?"}}
  - {item_id: sad, scale: often, text: {en: "Were you sad?"}, sentinel: {always: amber}}
total: {higher: worse}
classes:
  - class_id: mood
    source: this test
    bands: [{band_id: low, least: 0}, {band_id: high, least: 3}]
"""


def faults_of(content: str) -> list[str]:
    return [str(fault) for fault in check_instrument(content, load_shipped()).faults]


def good(content: str) -> Instrument:
    checked = check_instrument(content, load_shipped())
    assert checked.faults == ()
    assert checked.instrument is not None
    return checked.instrument


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_has_no_fault(name: str) -> None:
    assert faults_of(read_file(name)) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_without_texts_says_where_they_come_from(name: str) -> None:
    instrument = load_shipped()[name]
    for language in ("en", "id"):
        refusal = explain_refusal(instrument, language, TODAY)
        if refusal is not None:
            assert "put your own in a copy" in refusal
        assert (refusal is None) == (language in instrument.list_languages())


def test_the_texts_that_ship_are_those_that_a_licence_lets_ship() -> None:
    """No text of an instrument whose licence is unclear, restricted, or bars other terms."""
    with_texts = {name: one.list_languages() for name, one in load_shipped().items()}
    assert with_texts == {
        "who-5": [],
        "phq-9": ["en", "id"],
        "phq-a": [],
        "gad-7": ["en", "id"],
        "k6": ["en"],
        "rses": ["en"],
        "ucla-3": [],
        "sebaya-student": ["en", "id"],
        "sebaya-supporter": ["en", "id"],
        "sebaya-school": ["en", "id"],
    }


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("version: 1", "version: 0", "line 2: version: `0` is below 1"),
        ("respondent: student", "respondent: pupil", "line 4: respondent: `pupil` is none of "),
        ("item_id: sad", "item_id: glad", "line 15: items[2].item_id: `glad` is there twice"),
        ("item_id: sad, ", "", "line 15: items[2].item_id: is missing"),
        ("item_id: sad", "itemid: sad", "line 15: items[2].itemid: there is no such field; did"),
        ("scale: often, text", "scale: offen, text", "there is no scale `offen`; did you mean"),
        ("option_id: always", "option_id: never", "line 12: scales.often[2].option_id: `never` is"),
        ("{always: amber}", "{allways: amber}", "no option `allways`; did you mean `always`?"),
        ("{always: amber}", "{always: none}", "line 15: items[2].sentinel.always: raises nothing"),
        ("{always: amber}", "{always: orange}", "`orange` is none of none, amber, red, imminent"),
        ("value: 2", "value: -2", "line 12: scales.often[2].value: `-2` is below 0"),
        ("value: 2", 'value: "2"', "line 12: scales.often[2].value: `2` is text: write it"),
        ("least: 3}", "least: 0}", "classes[1].bands[2].least: is not above the band before it"),
        ("least: 0}", "least: 1}", "classes[1].bands[1].least: leaves scores from 0 without a"),
        ("class_id: mood", "class_id: mood\n    of: calm", "there is no subscale `calm`"),
        ("total: {higher: worse}", "", "total: there is neither a total nor a subscale"),
        ("higher: worse", "higher: worse, table: [0, 1]", "the raw sums 0 to 4 need 5"),
        ("higher: worse", "higher: worse, least_answered: 3", "least_answered: there are 2 items"),
        ("Were you sad?", "", "line 15: items[2].text.en: is empty"),
        ("text: {en: Never}", "text: {en: Never, id: Tidak}", "no text in `id`, and others do"),
        ("texts_from: {en: this test}", "", "does not say where the texts in `en` come from"),
        ("validated: false", "validated: true", "line 7: validated: own items are not validated"),
        ("terms: own", "terms: restricted", "line 6: licence.record: is missing: your own licence"),
        (
            "instrument_id: mood-check",
            "instrument_id: Mood",
            "line 1: instrument_id: `Mood` is not",
        ),
        ("option_id: never", "option_id: no", '`no` must stand in quotes, "no": YAML reads it as'),
    ],
)
def test_a_fault_is_told_with_line_and_field(old: str, new: str, fault: str) -> None:
    content = GOOD.replace(old, new)
    assert content != GOOD
    found = faults_of(content)
    assert any(fault in one for one in found), found


def test_all_faults_of_a_file_are_told_at_once_in_its_order() -> None:
    content = (
        GOOD.replace("version: 1", "version: one")
        .replace("scale: often, reverse", "scale: seldom, reverse")
        .replace("{always: amber}", "{ever: amber}")
        .replace("terms: own", "terms: restricted")
    )
    lines = [int(fault.split(":")[0].removeprefix("line ")) for fault in faults_of(content)]
    assert lines == sorted(lines)
    assert {2, 6, 14, 15} <= set(lines)


@pytest.mark.parametrize("content", ["", "a: [", "- 1", "instrument_id: x", b"\xff"])
def test_what_is_no_instrument_at_all_is_refused(content: str | bytes) -> None:
    checked = check_instrument(content)
    assert checked.instrument is None
    assert checked.faults


@pytest.mark.parametrize(
    ("name", "holder"),
    [
        ("sdq", "Youth in Mind"),
        ("sdq-self", "Youth in Mind"),
        ("csq-8", "CSQ Scales"),
        ("swemwbs", "Warwick"),
        ("wemwbs", "Warwick"),
    ],
)
def test_a_licensed_instrument_loads_only_with_the_tenants_record(name: str, holder: str) -> None:
    named = GOOD.replace("instrument_id: mood-check", f"instrument_id: {name}")
    named = named.replace("validated: false\n", "")
    for terms in ("free", "public-domain", "own", "unclear", "restricted"):
        found = faults_of(named.replace("terms: own", f"terms: {terms}"))
        assert any(holder in fault for fault in found), terms
    record = "record: {holder: SMA 1, number: A-17, until: 2026-11-30}"
    licensed = named.replace("terms: own", f"terms: restricted, {record}")
    instrument = good(licensed)
    assert explain_refusal(instrument, "en", date(2026, 11, 30)) is None
    ended = explain_refusal(instrument, "en", TODAY)
    assert ended == f"{name} version 1: licence A-17 of SMA 1 ended on 2026-11-30"


def with_own_texts(name: str) -> str:
    """Add texts to every item and option of a shipped file, as a tenant does."""
    lines = []
    for line in read_file(name).splitlines():
        is_part = line.lstrip().startswith(("- {item_id", "- {option_id"))
        lines.append(line[:-1] + ", text: {en: Ours}}" if is_part else line)
    return "\n".join(lines)


@pytest.mark.parametrize("name", ["who-5", "ucla-3"])
def test_a_tenants_texts_make_a_shipped_instrument_askable(name: str) -> None:
    own = good(with_own_texts(name))
    assert explain_refusal(own, "en", TODAY) is None
    refusal = explain_refusal(own, "id", TODAY)
    assert refusal is not None
    assert "no texts in `id`" in refusal


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("multiply: 4", "multiply: 5", "total"),
        ("band_id: low, least: 32", "band_id: low, least: 40", "classes"),
        ("at-no-time, value: 0", "at-no-time, value: 1", "scales"),
        ("{item_id: calm, scale", "{item_id: calm, reverse: true, scale", "items"),
    ],
)
def test_a_copy_of_the_same_version_has_the_same_rules(old: str, new: str, field: str) -> None:
    changed = read_file("who-5").replace(old, new)
    assert changed != read_file("who-5")
    found = faults_of(changed)
    assert any(f"{field}: is not as in who-5 version 1, which ships" in one for one in found), found
    follower = changed.replace("version: 1", "version: 2", 1)
    assert not any("which ships" in fault for fault in faults_of(follower))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sentinel: {several-days: amber, more-than-half: red, nearly-every-day: red}", ""),
        ("several-days: amber, more", "more"),
        ("more-than-half: red", "more-than-half: amber"),
    ],
)
@pytest.mark.parametrize("version", [1, 2])
def test_no_version_of_a_copy_loses_a_sentinel(old: str, new: str, version: int) -> None:
    changed = read_file("phq-9").replace(old, new).replace("version: 1", f"version: {version}", 1)
    found = faults_of(changed)
    assert any("phq-9 version 1 raises" in fault for fault in found), found


def test_no_version_of_a_copy_loses_a_sentinel_with_its_item() -> None:
    lines = read_file("phq-a").splitlines()
    kept = [line for line in lines if "attempt-ever" not in line]
    found = faults_of("\n".join(kept).replace("version: 1", "version: 2", 1))
    assert any("raises red on attempt-ever yes; keep it" in fault for fault in found), found


def test_a_cut_off_may_not_be_there_twice_for_one_age() -> None:
    again = GOOD + GOOD[GOOD.index("  - class_id: mood") :]
    assert any("classes[2].class_id: `mood` is there twice" in one for one in faults_of(again))


SDQ_ITEMS = {scale: [f"{scale}-{number}" for number in range(1, 6)] for scale in "abcdp"}


def sdq() -> Instrument:
    """Build 25 items of one's own in the SDQ's form: five scales, four of them in the total."""
    items = [name for names in SDQ_ITEMS.values() for name in names]
    lines = [
        "instrument_id: sdq",
        "version: 1",
        "title: {en: Five scales}",
        "respondent: student",
        "source: this test",
        "licence: {terms: restricted, says: ours, record: {holder: SMA 1, number: A-17}}",
        "scales:",
        "  true:",
        "    - {option_id: not-true, value: 0}",
        "    - {option_id: somewhat, value: 1}",
        "    - {option_id: certainly, value: 2}",
        "items:",
        *(
            f'  - {{item_id: {name}, scale: "true", reverse: {str(name == "a-5").lower()}}}'
            for name in items
        ),
        "subscales:",
        *(
            f"  - {{subscale_id: {scale}, title: {{en: {scale}}}, items: [{', '.join(names)}], "
            f"higher: {'better' if scale == 'p' else 'worse'}, least_answered: 3, "
            f"in_total: {str(scale != 'p').lower()}}}"
            for scale, names in SDQ_ITEMS.items()
        ),
        "total: {higher: worse, adds: subscales}",
        "classes:",
        "  - class_id: four-bands",
        "    source: this test",
        "    bands: [{band_id: average, least: 0}, {band_id: raised, least: 15}, "
        "{band_id: high, least: 18}, {band_id: very-high, least: 20}]",
    ]
    return good("\n".join(lines).replace("  true:", '  "true":'))


@pytest.mark.parametrize(
    ("answered", "value"), [(5, 5.0), (4, 5.0), (3, 5.0), (2, None), (0, None)]
)
def test_a_subscale_is_prorated_from_three_of_five(answered: int, value: float | None) -> None:
    """The SDQ's rule: the mean of what was answered stands for the rest, from three on."""
    answers = dict.fromkeys(SDQ_ITEMS["b"][:answered], "somewhat")
    score = score_answers(sdq(), answers).subscales["b"]
    assert (score.value, score.prorated) == (value, value is not None and answered < 5)
    assert len(score.missing) == 5 - answered


@pytest.mark.parametrize(("twos", "value"), [(0, 0.0), (1, 3.0), (2, 7.0), (3, 10.0)])
def test_a_prorated_sum_is_rounded_half_up(twos: int, value: float) -> None:
    """Of three answers 2 × 5 / 3 is 3.33, 4 × 5 / 3 is 6.67."""
    given = ["certainly"] * twos + ["not-true"] * (3 - twos)
    answers = dict(zip(SDQ_ITEMS["b"], given, strict=False))
    assert score_answers(sdq(), answers).subscales["b"].value == value


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (0, "average"),
        (14, "average"),
        (15, "raised"),
        (17, "raised"),
        (18, "high"),
        (19, "high"),
        (20, "very-high"),
        (40, "very-high"),
    ],
)
def test_a_total_adds_its_subscales_and_never_the_prosocial_one(total: int, band: str) -> None:
    names = [name for scale in "bcda" for name in SDQ_ITEMS[scale]]
    answers, left = {}, total
    for name in names:
        value = min(2, left)
        left -= value
        # `a-5` is reversed.
        value = 2 - value if name == "a-5" else value
        answers[name] = ("not-true", "somewhat", "certainly")[value]
    answers |= dict.fromkeys(SDQ_ITEMS["p"], "certainly")
    scored = score_answers(sdq(), answers)
    assert scored.total is not None
    assert (scored.total.value, scored.total.classes) == (float(total), {"four-bands": band})
    del answers["d-1"], answers["d-2"], answers["d-3"]
    short = score_answers(sdq(), answers).total
    assert short is not None
    assert (short.value, short.classes, short.missing) == (None, {}, ("d-1", "d-2", "d-3"))


def test_a_raw_sum_becomes_a_score_by_its_table() -> None:
    """As a metric score does: 7 to 35 raw become what the holder's table says of each."""
    table = [0.0, 1.5, 2.25, 7.0, 9.75]
    instrument = good(GOOD.replace("higher: worse", f"higher: better, table: {table}"))
    found = []
    for glad in ("always", "never"):
        for sad in ("never", "always"):
            score = score_answers(instrument, {"glad": glad, "sad": sad}).total
            assert score is not None
            found.append(score.value)
    assert found == [0.0, 2.25, 2.25, 9.75]
