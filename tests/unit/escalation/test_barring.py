"""The accused is never called, and no stranger to the words is barred by them."""

import pytest

from sebaya_contracts.district import Person, School
from sebaya_contracts.words import Role
from sebaya_escalation.domain.barring import BarReason, add_bars, find_named, list_barred


def of_staff(*names: str) -> School:
    return School(
        school_id="s1",
        name="S",
        time_zone="UTC",
        country="ID",
        languages=("id",),
        staff=tuple(
            Person(person_id=name.split()[0].lower(), name=name, roles=(Role.COUNSELLOR,))
            for name in names
        ),
    )


SCHOOL = of_staff("Ratna Dewi, S.Pd", "Budi Santoso", "Sri Lestari")


@pytest.mark.parametrize(
    "text",
    [
        "Bu Ratna di ruang BK memegang aku",
        "bu ratnaaa pegang2 aku",
        "ibu  Dewi itu jahat",
        "BU RATNA!!",
        "namanya Ratna Dewi",
        "it was Miss Ratna",
    ],
)
def test_a_member_of_staff_is_found_as_pupils_write_the_name(text: str) -> None:
    assert find_named(SCHOOL, text) == ("ratna",)


@pytest.mark.parametrize(
    "text",
    ["aku mau mati", "temanku Dewi pergi", "budi pekerti", "bu guru", "lestari alamku", "bubudi"],
)
def test_a_word_that_only_looks_like_a_name_bars_no_one(text: str) -> None:
    assert find_named(SCHOOL, text) == ()


def test_all_that_are_named_are_found() -> None:
    assert find_named(SCHOOL, "Pak Budi sama Bu Sri tahu") == ("budi", "sri")


def test_a_person_without_a_usable_name_is_never_found() -> None:
    nameless = School(
        school_id="s1",
        name="S",
        time_zone="UTC",
        country="ID",
        languages=("id",),
        staff=tuple(Person(person_id=name, name=name) for name in ("", "Bu", "A B", ", S.Pd")),
    )
    assert find_named(nameless, "bu a b, s.pd") == ()


def test_who_stepped_out_stays_out_whatever_the_words_say() -> None:
    bars = add_bars((), ("a",), BarReason.STEPPED_OUT)
    bars = add_bars(bars, ("a", "b"), BarReason.NAMED)
    assert {bar.person_id: bar.why for bar in bars} == {
        "a": BarReason.STEPPED_OUT,
        "b": BarReason.NAMED,
    }
    assert list_barred(bars) == {"a", "b"}
