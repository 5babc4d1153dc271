"""The use cases of a safety plan: a counsellor writes and reads it, its student reads it and may
take it away.

The audit entry of a counsellor's reading or writing stands in the same transaction.
"""

from sebaya_chassis.base.problems import Unavailable
from sebaya_chassis.storage import audit
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_intake.collections import CASES
from sebaya_intake.commands import SchoolContext
from sebaya_intake.data_keys import seal_plan, unseal_plan
from sebaya_intake.domain import safety_plan as rules
from sebaya_intake.domain.case import Case
from sebaya_intake.domain.message import ensure_counsellor_may_read
from sebaya_intake.domain.sealed_plan import SafetyPlan, SealedPlan
from sebaya_intake.master_keys import KeyMissing
from sebaya_intake.metrics import PLANS_NOT_SEALED, PLANS_WRITTEN


async def write_plan(
    context: SchoolContext, case_id: str, counsellor_id: str, plan: SafetyPlan
) -> None:
    """Write a plan in the place of the one before.

    Raises NotFound for a counsellor that is barred, NoAlert, Unavailable while a key is missing.
    """

    async def work(tx: SchoolStore) -> None:
        loaded = await tx.documents(CASES).load(case_id)
        ensure_counsellor_may_read(loaded.state, counsellor_id)
        sealed = await seal_plan(tx, context.master_keys, case_id, plan, counsellor_id)
        written, events = rules.write_plan(loaded.state, sealed)
        await tx.documents(CASES).save(case_id, loaded, written, events)
        await audit.append(tx, who=counsellor_id, what="safety_plan_written", about=case_id)

    try:
        await context.school_store.transaction(work)
    except KeyMissing:
        PLANS_NOT_SEALED.inc()
        raise Unavailable from None
    PLANS_WRITTEN.inc()


async def read_plan_as_counsellor(
    context: SchoolContext, case_id: str, counsellor_id: str
) -> tuple[Case, SafetyPlan | None]:
    """Read a case and its plan, None where there is none yet.

    Raises NotFound for a counsellor that is barred, NoAlert, Unavailable while a key is missing.
    """

    async def work(tx: SchoolStore) -> tuple[Case, SafetyPlan | None]:
        case = (await tx.documents(CASES).load(case_id)).state
        ensure_counsellor_may_read(case, counsellor_id)
        if case.plan is None:
            return case, None
        plain = await unseal_plan(tx, context.master_keys, case_id, case.plan)
        await audit.append(tx, who=counsellor_id, what="safety_plan_read", about=case_id)
        return case, plain

    try:
        return await context.school_store.transaction(work)
    except KeyMissing:
        PLANS_NOT_SEALED.inc()
        raise Unavailable from None


async def read_own_plan(context: SchoolContext, case: Case) -> tuple[SealedPlan, SafetyPlan]:
    """Read the plan as its student, and when it was written.

    Raises NoPlan, Unavailable while a key is missing.
    """
    sealed = rules.find_plan(case)
    try:
        plain = await unseal_plan(context.school_store, context.master_keys, case.case_id, sealed)
    except KeyMissing:
        PLANS_NOT_SEALED.inc()
        raise Unavailable from None
    return sealed, plain


async def take_plan_away(context: SchoolContext, case_id: str) -> Case:
    """Take the plan away for good. Raises NotFound for an erased case."""
    return await context.store.update_case(case_id, lambda case, _now: rules.take_plan_away(case))
