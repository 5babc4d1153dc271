"""Before and at the door: what a student must know, and the opening of a case."""

from itertools import chain

import msgspec
from fastapi import APIRouter, Request

from sebaya_chassis.base.ids import new_id
from sebaya_chassis.base.problems import (
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    Unauthenticated,
    Unavailable,
    UnknownSchool,
    problems,
)
from sebaya_chassis.web.auth import bearer
from sebaya_contracts.words import Door
from sebaya_intake.dependencies import (
    CurrentPlace,
    CurrentSchool,
    Dependencies,
    IdempotencyKey,
    Intake,
    IntakeRoute,
    RequestContext,
    staff_at_the_door,
)
from sebaya_intake.domain import case as cases
from sebaya_intake.domain.case import Case, Digests, Opening
from sebaya_intake.domain.consent import consented
from sebaya_intake.domain.crisis import reason_for_lines
from sebaya_intake.domain.supporter import all_known
from sebaya_intake.errors import (
    AgeOutside,
    CaseGone,
    ConsentNeeded,
    ConsentOutdated,
    IdempotencyKeyReused,
    OnlyJson,
    SupporterUnknown,
)
from sebaya_intake.metrics import CASES_OPENED
from sebaya_intake.schemas import OpenCaseRequest, OpenedView, SchoolView
from sebaya_intake.views import opened_view, school_view

router = APIRouter(
    prefix="/schools/{school_id}",
    tags=["student"],
    route_class=IntakeRoute,
    responses=problems(OnlyJson),
)


@router.get("", responses=problems(UnknownSchool, Unavailable))
async def see_school(school: CurrentSchool, store: Intake) -> SchoolView:
    """What a student needs to know before asking."""
    return await school_view(school, store)


@router.post(
    "/cases",
    status_code=202,
    responses=problems(
        UnknownSchool,
        IdempotencyKeyReused,
        CaseGone,
        ConsentNeeded,
        ConsentOutdated,
        AgeOutside,
        SupporterUnknown,
        Invalid,
        Unauthenticated,
        Forbidden,
        Unavailable,
    ),
    openapi_extra={"security": [{}, {bearer.scheme_name: []}]},
)
async def open_case(
    wanted: OpenCaseRequest, key: IdempotencyKey, at: CurrentPlace, request: Request
) -> OpenedView:
    """Ask for support. Repeat with the same key until an answer comes: the case is opened once."""
    if wanted.door is Door.STAFF:
        await staff_at_the_door(request, at.school.school_id)
    code = at.parts.keys.return_code(at.school.school_id, key)
    digests = _digests(at.parts, at.school.school_id, key, code, wanted)
    case = await _opened(wanted, digests, at)
    opening = cases.opened_before(case, digests.body)
    return opened_view(
        case.case_id,
        opening,
        (code, at.parts.keys.return_pass(digests.code_hash)),
        at.school.country,
    )


async def _opened(wanted: OpenCaseRequest, digests: Digests, at: RequestContext) -> Case:
    """The new case, or the one that has this key: nobody asks first, the index says it at the
    write.

    The rules are for a new case only: a repeat is answered alike though the school has changed its
    text, or has closed, meanwhile.
    """
    try:
        decided = await _decided(wanted, digests, at)
    except Problem:
        earlier = await at.store.opened_with(digests.idempotency)
        if earlier is None:
            raise
        return earlier
    case = await at.store.open(decided)
    if case.case_id == decided[0].case_id:
        CASES_OPENED.labels(wanted.door.value).inc()
    return case


async def _decided(wanted: OpenCaseRequest, digests: Digests, at: RequestContext) -> cases.Decided:
    school, store = at.school, at.store
    if not school.active:
        raise NotFound
    now = store.now()
    consent = consented(school, wanted.consent.version, wanted.consent.age, now)
    named = {
        "preferred_supporters": wanted.preferred_supporters,
        "excluded_supporters": wanted.excluded_supporters,
    }
    all_known(named, await store.known_supporters(chain(*named.values())))
    safety = wanted.safety.answers()
    opening = Opening(
        message_id=new_id(),
        text=wanted.text,
        topic=wanted.topic,
        door=wanted.door,
        preferences=wanted.preferences(),
        safety=safety,
        consent=consent,
        opened_at=now,
        crisis_reason=reason_for_lines(safety, await store.on_call(), screened=False),
        urgency=wanted.urgency,
    )
    return cases.open_case(school.school_id, new_id(), opening, digests, at.parts.settings.patience)


def _digests(
    parts: Dependencies, school_id: str, key: str, code: str, wanted: OpenCaseRequest
) -> Digests:
    return Digests(
        idempotency=parts.keys.idempotency("case", school_id, key),
        body=parts.keys.body(msgspec.json.encode(wanted.model_dump(mode="json"), order="sorted")),
        code_hash=str(parts.keys.code_hash(school_id, code)),
    )
