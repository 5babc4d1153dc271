"""The rules of a safety plan: a counsellor writes it together with the student, the student reads
it and may take it away, and it ends with the words of the case.
"""

from dataclasses import replace

from sebaya_intake.domain.case import FIRST_RETENTION_CHECK, Case, Decision, ensure_not_erased
from sebaya_intake.domain.message import ensure_counsellor_may_read
from sebaya_intake.domain.sealed_plan import SealedPlan
from sebaya_intake.errors import NoPlan


def write_plan(case: Case, plan: SealedPlan) -> Decision:
    """Put a plan in the place of the one before. Its retention is that of the words.

    Raises NotFound for a counsellor that is barred or an erased case, NoAlert where no adult was
    needed.
    """
    ensure_counsellor_may_read(case, plan.person_id)
    written = replace(
        case,
        plan=plan,
        last_posted_at=case.last_posted_at or plan.written_at,
        words_until=case.words_until or plan.written_at + FIRST_RETENTION_CHECK,
    )
    return written, ()


def find_plan(case: Case) -> SealedPlan:
    """Return the plan of a case. Raises NotFound for an erased case, NoPlan."""
    plan = ensure_not_erased(case).plan
    if plan is None:
        raise NoPlan
    return plan


def take_plan_away(case: Case) -> Decision:
    """Take the plan away for good. Raises NotFound for an erased case."""
    return replace(ensure_not_erased(case), plan=None), ()
