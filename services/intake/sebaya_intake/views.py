"""From what the use cases return to what is shown, in JSON and on the pages."""

from collections.abc import Iterable

from sebaya_contracts.district import School
from sebaya_contracts.words import Author, CaseTopic
from sebaya_intake.commands import CaseStatus, OpenedCase, SchoolOverview
from sebaya_intake.domain.adult_help import AdultHelp
from sebaya_intake.domain.case import (
    Case,
    StudentState,
    active_match,
    may_wish,
    state_for_student,
)
from sebaya_intake.domain.consent import MEANING, MEANING_FOR_FRIENDS
from sebaya_intake.domain.crisis import CrisisReason, OnCall, find_crisis_reason
from sebaya_intake.domain.crisis_lines import lines_for
from sebaya_intake.domain.first_words import (
    is_hidden_from_peer,
    may_peer_come,
    may_share_first_words,
)
from sebaya_intake.domain.message import Message, Participant
from sebaya_intake.domain.supporter import Supporter
from sebaya_intake.schemas.cases import (
    AdultHelpView,
    CaseView,
    MatchView,
    SupporterView,
    WishesView,
)
from sebaya_intake.schemas.contact_details import DetailsOpeningView
from sebaya_intake.schemas.crisis import CrisisView
from sebaya_intake.schemas.messages import HeardView, LinkView, MessageView, ThreadView
from sebaya_intake.schemas.opening import ConsentView, OpenedView, SchoolView
from sebaya_intake.thread_store import ThreadPage

NOBODY_KNOWN = {
    OnCall.NO: CrisisReason.NOBODY_ON_CALL,
    OnCall.UNKNOWN: CrisisReason.ON_CALL_UNKNOWN,
}


def problem_members(country: str | None) -> dict[str, object]:
    """Return what every problem carries: the lines first, since nothing else can be said."""
    crisis = CrisisView.of(CrisisReason.ON_CALL_UNKNOWN, lines_for(country))
    return {"crisis": crisis.model_dump(mode="json")}


def school_view(overview: SchoolOverview) -> SchoolView:
    """Show a school before anything is asked."""
    school, policies = overview.school, overview.school.policies
    return SchoolView(
        school_id=school.school_id,
        name=school.name,
        languages=list(school.languages),
        topics=list(CaseTopic),
        consent=ConsentView(
            version=policies.consent_version,
            youngest=school.youngest,
            oldest=school.oldest,
            self_consent_age=policies.self_consent_age,
            meaning={language: list(sentences) for language, sentences in MEANING.items()},
            meaning_for_friends={
                language: list(sentences) for language, sentences in MEANING_FOR_FRIENDS.items()
            },
        ),
        on_call=overview.on_call,
        crisis=CrisisView.of(NOBODY_KNOWN.get(overview.on_call), lines_for(school.country)),
    )


def opened_view(opened: OpenedCase, school: School) -> OpenedView:
    """Show a case as it was opened, so that a repeat is answered alike."""
    return OpenedView(
        case_id=opened.case_id,
        return_code=opened.return_code,
        return_pass=opened.return_pass,
        state=StudentState.RECEIVED,
        crisis=CrisisView.of(opened.opening.crisis_reason, lines_for(school.country)),
    )


def case_view(status: CaseStatus, school: School) -> CaseView:
    """Show a case to its student."""
    case = status.case
    return CaseView(
        case_id=case.case_id,
        return_pass=status.return_pass,
        state=state_for_student(case),
        queued=case.queue is not None,
        set_aside=case.aside is not None,
        opened_at=case.opening.opened_at if case.opening else None,
        opening_screened=case.screened,
        wait_reason=case.view.wait_reason,
        wait_detail=case.view.wait_detail,
        news=case.view.news,
        choosing=may_wish(case) and case.opening is not None and case.opening.preferences.choosing,
        may_wish=may_wish(case),
        by_friend=case.by_friend,
        peer_may_read=case.opening.peer_may_read
        if case.opening and may_share_first_words(case)
        else None,
        details_left_at=case.details.left_at if case.details else None,
        plan_written_at=case.plan.written_at if case.plan else None,
        details_opened=[
            DetailsOpeningView(opened_at=one.opened_at, reason=one.reason)
            for one in case.details_opened
            if one.student_told
        ],
        match=_match_view(status),
        adult_asked_at=case.adult_asked_at,
        adult_came=case.view.adult_came,
        adult_help=adult_help_view(status.help),
        reported_at=case.reported_at,
        reported=case.reported,
        withdrawn_at=case.withdrawn_at,
        on_call=status.on_call,
        crisis=CrisisView.of(_crisis_reason(status), lines_for(school.country)),
    )


def wishes_view(case: Case, listed: Iterable[Supporter]) -> WishesView:
    """Show a student what they wish, and the supporters they may name."""
    wishes = case.opening.preferences if case.opening else None
    return WishesView(
        hours=list(wishes.hours) if wishes else [],
        preferred_supporters=list(wishes.preferred_supporters) if wishes else [],
        excluded_supporters=list(wishes.excluded_supporters) if wishes else [],
        choosing=wishes.choosing if wishes else False,
        supporters=[
            SupporterView(supporter_id=one.supporter_id, display_name=one.display_name)
            for one in listed
        ],
    )


def heard_view(on_call: OnCall, school: School) -> HeardView:
    """Show that an adult is called for a student without a case; the lines come first."""
    reason = NOBODY_KNOWN.get(on_call, CrisisReason.YOUR_ANSWERS)
    return HeardView(on_call=on_call, crisis=CrisisView.of(reason, lines_for(school.country)))


def adult_help_view(adult_help: AdultHelp | None) -> AdultHelpView | None:
    """Show what the school's adults do about a case, to its student or the peer."""
    if adult_help is None:
        return None
    return AdultHelpView(
        stage=adult_help.stage,
        pace=adult_help.pace,
        counsellor=adult_help.counsellor,
        waits_for_duty=adult_help.waits_for_duty,
        next_duty_at=adult_help.next_duty_at,
    )


def _crisis_reason(status: CaseStatus) -> CrisisReason | None:
    case, on_call = status.case, status.on_call
    if status.help is not None and status.help.lines_first:
        return CrisisReason.ADULT_CALLED
    if case.opening is None:
        return NOBODY_KNOWN.get(on_call)
    return find_crisis_reason(case.opening.safety, on_call, screened=case.screened)


def _match_view(status: CaseStatus) -> MatchView | None:
    match = active_match(status.case)
    if match is None:
        return None
    return MatchView(
        match_id=match.match_id,
        supporter_id=match.supporter_id,
        display_name=status.supporter_name,
    )


def thread_view(case: Case, page: ThreadPage, reader: Participant) -> ThreadView:
    """Show a stretch of a thread; its first one begins with the opening, for a supporter where the
    student lets them read it.

    Linked cases stand in it as one timeline, openings included.
    """
    by_student = reader.author is Author.STUDENT
    messages = [
        view
        for message in page.messages
        if (
            view := MessageView.of(
                message,
                mine=message.author is reader.author and message.author_id == reader.person_id,
                linked=message.case_id != case.case_id,
                hidden_from_peer=by_student and _is_hidden(case, message),
            )
        )
    ]
    if not page.earlier:
        openings = [
            view for one in (case, *page.linked) if (view := _opening_view(case, one, reader))
        ]
        messages = sorted((*openings, *messages), key=lambda view: view.posted_at)
    return ThreadView(
        case_id=case.case_id,
        messages=messages,
        earlier=page.earlier,
        by_friend=case.by_friend,
        linked=[
            LinkView(case_id=one.case_id, reason=one.reason, linked_at=one.linked_at)
            for one in case.links
            if any(other.case_id == one.case_id for other in page.linked)
        ],
    )


def _is_hidden(case: Case, message: Message) -> bool:
    """The peer of a case reads nothing of the cases that are linked with it."""
    if message.case_id != case.case_id:
        return may_peer_come(case)
    return message.posted_at is not None and is_hidden_from_peer(
        case, message.posted_at, shared=False
    )


def _opening_view(case: Case, opened: Case, reader: Participant) -> MessageView | None:
    """The opening of the case, or of one that is linked with it."""
    opening, linked = opened.opening, opened is not case
    if opening is None or not opening.text:
        return None
    if reader.author is Author.SUPPORTER and (linked or not opening.peer_may_read):
        return None
    by_student = reader.author is Author.STUDENT
    return MessageView(
        message_id=opening.message_id,
        author=Author.STUDENT,
        mine=by_student,
        text=opening.text,
        posted_at=opening.opened_at,
        opening=True,
        linked=linked,
        hidden_from_peer=by_student
        and (
            may_peer_come(case)
            if linked
            else is_hidden_from_peer(case, opening.opened_at, shared=opening.peer_may_read)
        ),
    )
