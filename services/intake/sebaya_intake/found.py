"""The use cases of contact details: how a student may be found in danger.

A student leaves them and takes them away; a counsellor opens them in an urgent alert. The audit
entry is written in the transaction of the opening, so what cannot be audited is not shown.
"""

from sebaya_chassis.base.problems import Unavailable
from sebaya_chassis.storage import audit
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.words import DetailsReason
from sebaya_intake.collections import CASES
from sebaya_intake.commands import SchoolContext
from sebaya_intake.data_keys import seal_details, unseal_details
from sebaya_intake.domain import contact_details as rules
from sebaya_intake.domain.case import Case
from sebaya_intake.domain.sealed_details import ContactDetails
from sebaya_intake.domain.setting_aside import after_students_word
from sebaya_intake.master_keys import KeyMissing
from sebaya_intake.metrics import DETAILS_LEFT, DETAILS_NOT_SEALED, DETAILS_OPENED


async def leave_details(context: SchoolContext, case_id: str, details: ContactDetails) -> Case:
    """Leave contact details, or replace them.

    Raises NotFound for an erased case, Unavailable while a key is missing.
    """
    try:
        sealed = await seal_details(context.school_store, context.master_keys, case_id, details)
    except KeyMissing:
        DETAILS_NOT_SEALED.inc()
        raise Unavailable from None
    case = await context.store.update_case(
        case_id, after_students_word(lambda case, now: rules.leave_details(case, sealed, now))
    )
    DETAILS_LEFT.inc()
    return case


async def take_details_away(context: SchoolContext, case_id: str) -> Case:
    """Take contact details away for good. Raises NotFound for an erased case."""
    return await context.store.update_case(
        case_id, lambda case, _now: rules.take_details_away(case)
    )


async def open_details(
    context: SchoolContext,
    case_id: str,
    counsellor_id: str,
    reason: DetailsReason,
    *,
    student_told: bool,
) -> ContactDetails:
    """Open contact details for a counsellor, with an audit entry and an event for the coordinators.

    Raises NotFound for a counsellor that is barred, NoAlert, NoUrgentAlert, NoContactDetails,
    Unavailable while a key is missing: then nothing is opened.
    """

    async def work(tx: SchoolStore) -> ContactDetails:
        loaded = await tx.documents(CASES).load(case_id)
        sealed, (opened, events) = rules.open_details(
            loaded.state, counsellor_id, reason, loaded.now, student_told=student_told
        )
        plain = await unseal_details(tx, context.master_keys, case_id, sealed)
        await tx.documents(CASES).save(case_id, loaded, opened, events)
        await audit.append(
            tx, who=counsellor_id, what="contact_details_opened", about=case_id, why=reason
        )
        return plain

    try:
        plain = await context.school_store.transaction(work)
    except KeyMissing:
        DETAILS_NOT_SEALED.inc()
        raise Unavailable from None
    DETAILS_OPENED.inc()
    return plain
