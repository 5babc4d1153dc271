"""The accused is never called, and no stranger to the words is barred by them."""

from typing import Any

import msgspec
import pytest

from sebaya_contracts.district import Person, School
from sebaya_contracts.words import Role
from sebaya_escalation.domain.barring import (
    BarReason,
    add_bars,
    choose_barred,
    find_named,
    list_barred,
)


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


def reachable(*names: str) -> School:
    school = of_staff(*names)
    return replace(
        school,
        staff=tuple(replace(person, email=f"{person.person_id}@s.test") for person in school.staff),
    )


def replace(struct: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(struct, **changes)


def test_a_name_bars_where_a_colleague_can_be_called() -> None:
    school = reachable("Ratna Dewi", "Budi Santoso")
    assert choose_barred(school, ("ratna",), tells_of_harm=False) == ("ratna",)


def test_the_one_counsellor_is_barred_by_words_of_harm_alone() -> None:
    """Or a student that asks for her by name would be left with nobody."""
    school = reachable("Ratna Dewi")
    assert choose_barred(school, ("ratna",), tells_of_harm=False) == ()
    assert choose_barred(school, ("ratna",), tells_of_harm=True) == ("ratna",)


def test_a_colleague_without_an_address_is_no_colleague_to_call() -> None:
    school = replace(
        reachable("Ratna Dewi"), staff=(*reachable("Ratna Dewi").staff, *of_staff("Budi S").staff)
    )
    assert choose_barred(school, ("ratna",), tells_of_harm=False) == ()
    assert choose_barred(school, ("budi",), tells_of_harm=False) == ("budi",)
