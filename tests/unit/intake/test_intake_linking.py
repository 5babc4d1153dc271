"""Two cases of one student: linked for a reason, read together, separated again."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sebaya_chassis.base.problems import NotFound
from sebaya_intake.domain.case import Case, tombstone
from sebaya_intake.domain.case_link import LinkReason
from sebaya_intake.domain.linking import (
    LINKS_AT_MOST,
    link_case,
    list_linked,
    may_join,
    unlink_case,
)
from sebaya_intake.errors import CannotLink

T = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
MINE, OTHER = Case("c1", "s1"), Case("c2", "s1")


def linked(reason: LinkReason) -> Case:
    return link_case(MINE, OTHER, reason, "bk-1", T)


def test_staff_read_both_and_the_student_only_what_they_showed_the_code_of() -> None:
    by_staff = linked(LinkReason.CODE_LOST)
    assert list_linked(by_staff, for_student=False) == ("c2",)
    assert list_linked(by_staff, for_student=True) == ()
    by_codes = link_case(by_staff, OTHER, LinkReason.BOTH_CODES, None, T)
    assert list_linked(by_codes, for_student=True) == ("c2",)
    assert [one.linked_by for one in by_codes.links] == [None]


@pytest.mark.parametrize("again", [LinkReason.SAME_EVENTS, LinkReason.CODE_LOST])
def test_what_is_linked_stays_as_it_is(again: LinkReason) -> None:
    for known in (LinkReason.CODE_LOST, LinkReason.BOTH_CODES):
        assert link_case(linked(known), OTHER, again, "bk-2", T) == linked(known)


def test_what_is_separated_leaves_nothing() -> None:
    assert unlink_case(linked(LinkReason.SAME_EVENTS), "c2") == MINE
    assert unlink_case(MINE, "c2") == MINE


def test_no_case_is_linked_to_itself_or_to_more_than_a_few() -> None:
    with pytest.raises(CannotLink):
        link_case(MINE, MINE, LinkReason.SAME_EVENTS, "bk-1", T)
    full = MINE
    for number in range(LINKS_AT_MOST):
        full = link_case(full, Case(f"o{number}", "s1"), LinkReason.SAME_EVENTS, "bk-1", T)
    with pytest.raises(CannotLink):
        link_case(full, OTHER, LinkReason.SAME_EVENTS, "bk-1", T)
    same = link_case(full, Case("o0", "s1"), LinkReason.BOTH_CODES, None, T)
    assert len(same.links) == LINKS_AT_MOST


@pytest.mark.parametrize("swapped", [False, True])
def test_an_erased_case_is_linked_to_nothing(swapped: bool) -> None:
    pair = (MINE, tombstone(OTHER, T))
    with pytest.raises(NotFound):
        link_case(*(reversed(pair) if swapped else pair), LinkReason.SAME_EVENTS, "bk-1", T)


def test_a_counsellor_that_is_barred_from_a_linked_case_does_not_read_it() -> None:
    accused = replace(OTHER, view=replace(OTHER.view, barred=("bk-2",)))
    assert [may_join(accused, person) for person in ("bk-1", "bk-2")] == [True, False]
