"""What intake keeps of the other services' events, one event at a time."""

from datetime import UTC, datetime, timedelta

import pytest

from sebaya_contracts.escalation import (
    AlertAcknowledged,
    AlertClosed,
    AlertOpenedAgain,
    AlertPaged,
    AlertRaised,
    AlertRose,
    ContactRecorded,
)
from sebaya_contracts.matching import (
    CaseHeld,
    CaseReferred,
    CaseReleased,
    CaseWaited,
    MatchAccepted,
    MatchClosed,
    MatchLapsed,
    MatchOffered,
    MatchQuiet,
    MatchWithdrawn,
)
from sebaya_contracts.words import (
    AlertCause,
    AlertOutcome,
    Author,
    Level,
    MatchEnd,
    OpenAgainCause,
    WaitDetail,
    WaitReason,
)
from sebaya_intake.domain.case import Case, record_message
from sebaya_intake.domain.projection import (
    AlertFacts,
    AlertState,
    CaseProjection,
    Match,
    Phase,
    SearchNews,
    after_alert,
    after_matching,
)

T = datetime(2026, 3, 2, 8, tzinfo=UTC)
LATER = T + timedelta(hours=1)
CASE = {"school_id": "s1", "case_id": "c1"}
MATCH = {**CASE, "match_id": "m", "supporter_id": "sup-1"}
ALERT = {**CASE, "alert_id": "a"}
ACCEPTED = MatchAccepted(**MATCH, accepted_at=T, waited_seconds=1.0)
MATCHED = after_matching(CaseProjection(), ACCEPTED)


def closed(end: MatchEnd, *, case_closed: bool, match_id: str = "m") -> MatchClosed:
    return MatchClosed(
        **MATCH | {"match_id": match_id}, end=end, closed_at=LATER, case_closed=case_closed
    )


def test_a_wait_has_its_reason_until_there_is_an_offer() -> None:
    waits = CaseWaited(**CASE, reason=WaitReason.ALL_BUSY, detail=WaitDetail.ALL_RESTING)
    view = after_matching(CaseProjection(), waits)
    assert (view.phase, view.wait_reason, view.wait_detail) == (
        Phase.WAITING,
        WaitReason.ALL_BUSY,
        WaitDetail.ALL_RESTING,
    )
    offered = after_matching(view, MatchOffered(**MATCH, offered_at=T, lapses_at=LATER))
    assert (offered.phase, offered.wait_reason, offered.wait_detail) == (Phase.OFFERED, None, None)
    assert not offered.held and not offered.referred and not offered.needed_adult


def test_an_acceptance_ends_the_news_and_names_the_peer() -> None:
    lapsed = after_matching(CaseProjection(), MatchLapsed(**MATCH))
    assert (lapsed.phase, lapsed.news) == (Phase.WAITING, SearchNews.ASKED_IN_VAIN)
    taken = after_matching(lapsed, ACCEPTED)
    assert (taken.phase, taken.news) == (Phase.MATCHED, None)
    assert taken.match == Match("m", "sup-1", T) and taken.match.active
    back = after_matching(CaseProjection(), MatchWithdrawn(**MATCH))
    assert (back.phase, back.news) == (Phase.WAITING, None), "nothing that the student should hear"


@pytest.mark.parametrize(
    ("end", "case_closed", "phase", "news"),
    [
        (MatchEnd.SUPPORTER_LEFT, False, Phase.WAITING, SearchNews.HANDED_ON),
        (MatchEnd.NO_SHOW, False, Phase.WAITING, SearchNews.MISSED),
        (MatchEnd.STUDENT_LEFT, False, Phase.WAITING, None),
        (MatchEnd.COMPLETED, True, Phase.CLOSED, None),
        (MatchEnd.SUPPORTER_LEFT, True, Phase.CLOSED, None),
    ],
)
def test_the_end_of_a_match_is_told_in_kind_words_where_the_search_goes_on(
    end: MatchEnd, case_closed: bool, phase: Phase, news: SearchNews | None
) -> None:
    view = after_matching(MATCHED, closed(end, case_closed=case_closed))
    assert (view.phase, view.news) == (phase, news)
    assert view.match == Match("m", "sup-1", T, LATER) and not view.match.active


def test_the_end_of_a_match_that_was_not_known_gives_nobody_the_thread() -> None:
    for before in (CaseProjection(), MATCHED):
        view = after_matching(before, closed(MatchEnd.COMPLETED, case_closed=True, match_id="n"))
        assert view.match == Match("n", "sup-1", None, LATER) and not view.match.active


@pytest.mark.parametrize(("school_days", "news"), [(2, None), (3, SearchNews.QUIET)])
def test_the_student_hears_of_silence_on_its_third_school_day(
    school_days: int, news: SearchNews | None
) -> None:
    view = after_matching(MATCHED, MatchQuiet(**MATCH, school_days=school_days))
    assert (view.news, view.match) == (news, MATCHED.match)
    case = record_message(Case("c1", "s1", view=view), Author.SUPPORTER, LATER)
    assert case.view.news is None, "the supporter's word ends it"
    other = record_message(Case("c1", "s1", view=view), Author.COUNSELLOR, LATER)
    assert other.view.news is news


def test_only_the_word_of_the_supporter_ends_the_silence_and_no_other_news() -> None:
    lapsed = after_matching(CaseProjection(), MatchLapsed(**MATCH))
    case = record_message(Case("c1", "s1", view=lapsed), Author.SUPPORTER, LATER)
    assert case.view.news is SearchNews.ASKED_IN_VAIN


def test_a_counsellor_holds_gives_back_or_keeps_a_case() -> None:
    held = after_matching(CaseProjection(), CaseHeld(**ALERT))
    assert held.held and held.needed_adult and not held.referred
    kept = after_matching(held, CaseReferred(**ALERT))
    assert kept.referred and kept.needed_adult and not kept.held
    back = after_matching(kept, CaseReleased(**ALERT))
    assert not (back.held or back.referred or back.needed_adult)


RAISED = AlertRaised(**ALERT, episode=1, level=Level.AMBER, cause=AlertCause.MESSAGE, raised_at=T)
PAGED = AlertPaged(**ALERT, turn=1, rung=0, recipients=1, level=Level.AMBER)
TAKEN = AlertAcknowledged(
    **ALERT,
    level=Level.AMBER,
    person_id="bk",
    person_name="Bu Ratna",
    acknowledged_at=T,
    waited_seconds=1.0,
)
CONTACTED = ContactRecorded(**ALERT, level=Level.AMBER, contacted_at=T, waited_seconds=1.0)
ROSE = AlertRose(**ALERT, level=Level.RED, cause=AlertCause.MESSAGE, rose_at=LATER)
AGAIN = AlertOpenedAgain(
    **ALERT, level=Level.RED, cause=OpenAgainCause.HANDED_OVER, opened_at=LATER
)
ENDED = AlertClosed(
    **ALERT,
    level=Level.AMBER,
    outcome=AlertOutcome.SUPPORTED,
    peer_may_continue=True,
    closed_at=LATER,
)


def alert_after(*events: object) -> tuple[AlertState, AlertFacts]:
    view = CaseProjection()
    for event in events:
        view = after_alert(view, event)  # type: ignore[arg-type]
    return view.alerts["a"], view.alert_facts["a"]


def test_an_alert_is_followed_from_its_raise_to_its_close() -> None:
    open_, taken = AlertState.OPEN, AlertState.ACKNOWLEDGED
    facts = AlertFacts(Level.AMBER, changed_at=T)
    assert alert_after(RAISED) == (open_, facts)
    called = AlertFacts(Level.AMBER, called=True, changed_at=T)
    assert alert_after(RAISED, PAGED) == (open_, called)
    held = AlertFacts(Level.AMBER, called=True, counsellor="Bu Ratna", changed_at=T)
    assert alert_after(RAISED, PAGED, TAKEN) == (taken, held)
    state, met = alert_after(RAISED, PAGED, TAKEN, CONTACTED)
    assert (state, met.contacted, met.counsellor) == (taken, True, "Bu Ratna")
    state, over = alert_after(RAISED, TAKEN, ENDED)
    assert (state, over.changed_at) == (AlertState.CLOSED, LATER)


@pytest.mark.parametrize("again", [ROSE, AGAIN])
def test_what_opens_an_alert_again_ends_what_was_said_of_its_counsellor(again: object) -> None:
    state, facts = alert_after(RAISED, PAGED, TAKEN, CONTACTED, again)
    assert (state, facts) == (AlertState.OPEN, AlertFacts(Level.RED, changed_at=T))


def test_an_alert_is_called_only_where_a_person_was_paged_and_stays_so() -> None:
    none_paged = AlertPaged(**ALERT, turn=1, rung=0, recipients=0, level=Level.AMBER)
    assert not alert_after(RAISED, none_paged)[1].called
    assert alert_after(RAISED, PAGED, none_paged)[1].called
    assert alert_after(none_paged) == (AlertState.OPEN, AlertFacts(Level.AMBER))


def test_a_contact_of_which_the_alert_is_not_known_is_of_one_that_was_taken() -> None:
    state, facts = alert_after(CONTACTED)
    assert (state, facts) == (AlertState.ACKNOWLEDGED, AlertFacts(contacted=True))
    assert facts.level is Level.RED, "of no known level counts as red"
    assert alert_after(RAISED, CONTACTED)[0] is AlertState.OPEN
    assert alert_after(TAKEN, PAGED)[0] is AlertState.ACKNOWLEDGED


def test_an_adult_came_where_one_alert_is_taken_and_none_is_open() -> None:
    def view(*states: AlertState) -> CaseProjection:
        return CaseProjection(alerts={str(n): state for n, state in enumerate(states)})

    opened, taken, over = AlertState.OPEN, AlertState.ACKNOWLEDGED, AlertState.CLOSED
    assert view(taken).adult_came and view(taken, over).adult_came
    for states in ((), (opened,), (over,), (taken, opened)):
        assert not view(*states).adult_came
    assert view(over).alerts_closed and view(over, over).alerts_closed
    for states in ((), (opened,), (over, taken)):
        assert not view(*states).alerts_closed
    assert view(over).needed_adult and not view().needed_adult
