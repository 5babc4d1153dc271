"""Safe to publish: what all releases together tell of a number, attacked at both ends."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attack.bounds import Attack, Number
from attack.districts import District, make_district
from attack.run import attack_year
from examples import examples
from sebaya_evaluation.domain.bands import Band, find_band

counts = st.integers(0, 400)
minimum_cells = st.integers(3, 20)


def in_one_school(*topics: Sequence[int], smallest: int = 10) -> District:
    """A district of one school, whose other topics are never asked for."""
    totals = np.array([[np.sum(topics, axis=0), *topics]])
    return District(totals, (smallest,))


@given(counts, minimum_cells)
def test_a_band_holds_as_many_numbers_as_the_minimum_cell(count: int, smallest: int) -> None:
    band = find_band(count, smallest)

    assert band.low <= count <= band.high
    assert band.high - band.low + 1 == smallest
    assert (band.low == 0) == (count < smallest), "what is small is hidden, and nothing else"


@pytest.mark.parametrize("seed", range(6))
def test_no_small_number_follows_from_all_releases(seed: int) -> None:
    for finding in attack_year(seed):
        assert not finding.narrow, finding


def test_the_attack_finds_what_a_threshold_alone_gives_away() -> None:
    """Months of 27, 3 and 25 under a minimum cell of ten, told exactly, and their sum."""
    district = in_one_school([27, 30, 55])
    told = [[[Band(count, count) for count in (27, 30, 55)]] * 2]
    attack = Attack(told, [told[0][0], told[0][1]])

    assert attack.bound(Number((0, 1, 1), (0, 1, 0))) == (3, 3)
    banded = Attack(*district.bands()).bound(Number((0, 1, 1), (0, 1, 0)))
    assert banded == (1, 19)


def test_the_attack_finds_a_school_beside_its_district() -> None:
    """Two schools that hide 9 and 9 beside a district of 18, told exactly."""
    district = District(np.array([[[9], [0]], [[9], [0]]]), (10, 10))
    own, together = district.bands()
    told = [[Band(18, 18)], together[1]]

    assert Attack(own, told).bound(Number((0, 0, 0))) == (9, 9)
    assert Attack(own, together).bound(Number((0, 0, 0))) == (0, 9)


def test_one_more_between_two_releases_is_not_told() -> None:
    for before in range(40):
        for more in range(4):
            district = in_one_school([before, before + more])
            low, high = Attack(*district.bands()).bound(Number((0, 1, 1), (0, 1, 0)))
            assert high - low + 1 >= 10, (before, more)


def test_topics_do_not_add_up_to_a_hidden_one() -> None:
    """Ten topics of nine each in 90 requests: the eleventh is not told, and could be 90."""
    district = in_one_school(*[[9]] * 10)

    assert Attack(*district.bands()).bound(Number((0, 1, 0))) == (0, 9)


@examples(15)
@given(st.integers(0, 10_000))
def test_an_insider_learns_nothing_but_their_own_record(seed: int) -> None:
    """A student knows of their own request, and when it was made."""
    district = make_district(seed)
    district = replace(
        district, totals=district.totals[:2, :3, ::8], smallest=district.smallest[:2]
    )
    school, name, at = 0, 1, district.totals.shape[2] - 1
    if not 0 < district.totals[school, name, at] < district.smallest[school]:
        return
    attack = Attack(*district.bands())
    attack.know(Number((school, name, at)), 1)
    low, high = attack.bound(Number((school, name, at)))

    assert (low, high) == (1, district.smallest[school] - 1)


@pytest.mark.parametrize("cases", [100, 1000])
def test_as_much_is_shown_of_a_school_year_as_a_plain_threshold_shows(cases: int) -> None:
    chance = np.random.default_rng(cases)
    found = chance.poisson(cases * chance.dirichlet(np.full(11, 1.0), 200))

    assert [find_band(int(n), 10).low >= 10 for n in found.flat] == [n >= 10 for n in found.flat]
