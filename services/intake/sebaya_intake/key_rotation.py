"""The rotation of keys, one school after the other, while the services run.

 1. a new data key, wrapped by the current master key, becomes the school's; the one before it is
    wrapped anew, for what a service seals with it at this moment
 2. all contact details and safety plans that another key sealed are sealed with the new one
 3. older keys are dropped

A death anywhere leaves everything readable, and the next rotation goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.event import Event
from sebaya_intake.collections import CASES
from sebaya_intake.data_keys import (
    DATA_KEYS,
    DataKey,
    DataKeys,
    about_key,
    load_data_keys,
    new_data_key,
    seal_details,
    seal_plan,
    unseal_details,
    unseal_plan,
)
from sebaya_intake.domain.case import Case
from sebaya_intake.domain.sealed_details import SealedDetails
from sebaya_intake.domain.sealed_plan import SealedPlan
from sebaya_intake.master_keys import MasterKeys

BATCH = 200


@dataclass(frozen=True, slots=True)
class RotatedSchool:
    """A school after its rotation: the version of its key, and how many cases were sealed anew."""

    school_id: str
    version: int
    cases: int


async def rotate_school(store: SchoolStore, masters: MasterKeys) -> RotatedSchool:
    """Rotate the keys of one school. Raises KeyMissing, before anything is changed."""
    known = await load_data_keys(store, masters)
    version = known.current.version + 1
    kept = [await _wrap_anew(store, masters, key) for key in known.keys]
    new = await new_data_key(store, masters, version=version)
    await _save(store, known, (*kept, new))
    cases = 0
    while found := await _find_others(store, version):
        for loaded in found:
            cases += await _seal_anew(store, masters, loaded)
    rotated = await load_data_keys(store, masters)
    await _save(store, rotated, rotated.keys[-2:])
    return RotatedSchool(store.school_id, version, cases)


async def _wrap_anew(store: SchoolStore, masters: MasterKeys, key: DataKey) -> DataKey:
    about = about_key(store.school_id, key.version)
    return replace(key, wrapped=await masters.wrap(await masters.unwrap(key.wrapped, about), about))


async def _save(store: SchoolStore, before: DataKeys, keys: tuple[DataKey, ...]) -> None:
    await store.documents(DATA_KEYS).update(
        store.school_id,
        lambda known, _now: (replace(known, keys=keys) if known == before else known, ()),
    )


async def _find_others(store: SchoolStore, version: int) -> Sequence[LoadedDocument[Case]]:
    sealed_with = {"$exists": True, "$ne": version}
    others = [{f"state.{what}.key_version": sealed_with} for what in ("details", "plan")]
    return await store.documents(CASES).find({"$or": others}, limit=BATCH)


async def _seal_anew(store: SchoolStore, masters: MasterKeys, loaded: LoadedDocument[Case]) -> bool:
    case = loaded.state
    details = await _details_anew(store, masters, case)
    plan = await _plan_anew(store, masters, case)

    def rule(known: Case, _now: datetime) -> tuple[Case, Sequence[Event]]:
        unchanged = (known.details, known.plan) == (case.details, case.plan)
        return (replace(known, details=details, plan=plan) if unchanged else known), ()

    saved = (await store.documents(CASES).update(case.case_id, rule)).state
    return (saved.details, saved.plan) == (details, plan)


async def _details_anew(
    store: SchoolStore, masters: MasterKeys, case: Case
) -> SealedDetails | None:
    if case.details is None:
        return None
    plain = await unseal_details(store, masters, case.case_id, case.details)
    sealed = await seal_details(store, masters, case.case_id, plain)
    return replace(sealed, left_at=case.details.left_at)


async def _plan_anew(store: SchoolStore, masters: MasterKeys, case: Case) -> SealedPlan | None:
    if case.plan is None:
        return None
    plain = await unseal_plan(store, masters, case.case_id, case.plan)
    sealed = await seal_plan(store, masters, case.case_id, plain, case.plan.person_id)
    return replace(sealed, written_at=case.plan.written_at)
