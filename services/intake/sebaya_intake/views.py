"""From documents to what is shown."""

from sebaya_contracts.district import School
from sebaya_contracts.words import Author, CaseTopic
from sebaya_intake.domain.case import Case, Opening, StudentState, state_for_student
from sebaya_intake.domain.consent import MEANING
from sebaya_intake.domain.crisis import CrisisReason, OnCall, reason_for_lines
from sebaya_intake.domain.crisis_lines import lines_for
from sebaya_intake.domain.supporter import SHOWN
from sebaya_intake.schemas import (
    CaseView,
    ConsentView,
    CrisisView,
    MatchView,
    MessageView,
    OpenedView,
    SchoolView,
    SupporterView,
    ThreadView,
)
from sebaya_intake.store import IntakeStore, Page

NOBODY_KNOWN = {
    OnCall.NO: CrisisReason.NOBODY_ON_CALL,
    OnCall.UNKNOWN: CrisisReason.ON_CALL_UNKNOWN,
}


def crisis_anyway(country: str | None) -> dict[str, object]:
    """What every problem carries: the lines first, since nothing else can be said."""
    return {
        "crisis": CrisisView.of(CrisisReason.ON_CALL_UNKNOWN, lines_for(country)).model_dump(
            mode="json"
        )
    }


def opened_view(case_id: str, opening: Opening, code: tuple[str, str], country: str) -> OpenedView:
    """From what was decided at the opening, so that a repeat is answered alike whatever has
    happened since. `code`: with its pass.
    """
    return OpenedView(
        case_id=case_id,
        return_code=code[0],
        return_pass=code[1],
        state=StudentState.RECEIVED,
        crisis=CrisisView.of(opening.crisis_reason, lines_for(country)),
    )


async def case_view(case: Case, school: School, store: IntakeStore, return_pass: str) -> CaseView:
    there = await store.on_call()
    return CaseView(
        case_id=case.case_id,
        return_pass=return_pass,
        state=state_for_student(case),
        opened_at=case.opening.opened_at if case.opening else None,
        opening_screened=case.screened,
        wait_reason=case.view.wait_reason,
        match=await _match(case, store),
        adult_asked_at=case.adult_asked_at,
        adult_came=case.view.adult_came,
        reported_at=case.reported_at,
        reported=case.reported,
        withdrawn_at=case.withdrawn_at,
        on_call=there,
        crisis=CrisisView.of(_reason(case, there), lines_for(school.country)),
    )


def _reason(case: Case, there: OnCall) -> CrisisReason | None:
    if case.opening is None:
        return NOBODY_KNOWN.get(there)
    return reason_for_lines(case.opening.safety, there, screened=case.screened)


async def _match(case: Case, store: IntakeStore) -> MatchView | None:
    met = case.view.match
    if met is None or not met.active or case.withdrawn_at is not None:
        return None
    return MatchView(
        match_id=met.match_id,
        supporter_id=met.supporter_id,
        display_name=await store.display_name(met.supporter_id),
    )


def thread_view(
    case: Case, page: Page, *, author: Author, author_id: str | None, with_opening: bool
) -> ThreadView:
    shown = [
        MessageView.of(message, mine=message.author is author and message.author_id == author_id)
        for message in page.messages
    ]
    first = (
        [opening_view(case.opening, mine=author is Author.STUDENT)]
        if case.opening and case.opening.text and with_opening and not page.earlier
        else []
    )
    return ThreadView(
        case_id=case.case_id,
        messages=first + [message for message in shown if message],
        earlier=page.earlier,
    )


def opening_view(opening: Opening, *, mine: bool) -> MessageView:
    return MessageView(
        message_id=opening.message_id,
        author=Author.STUDENT,
        mine=mine,
        text=opening.text,
        posted_at=opening.opened_at,
        opening=True,
    )


async def school_view(school: School, store: IntakeStore) -> SchoolView:
    there = await store.on_call()
    policies = school.policies
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
        ),
        supporters=[
            SupporterView(supporter_id=one.supporter_id, display_name=one.display_name)
            for one in await store.supporters()
            if one.state in SHOWN
        ],
        on_call=there,
        crisis=CrisisView.of(NOBODY_KNOWN.get(there), lines_for(school.country)),
    )
