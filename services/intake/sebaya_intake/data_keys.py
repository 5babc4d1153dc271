"""One data key a school, wrapped by the master key, and what it seals: fields of contact details
and parts of safety plans.

Each is bound to its school, case, name and key version: none opens in another's place.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.storage.documents import AlreadyExists
from sebaya_chassis.storage.layout import CollectionSpec
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_intake.domain.sealed_details import ContactDetails, SealedDetails
from sebaya_intake.domain.sealed_plan import SafetyPlan, SealedPlan
from sebaya_intake.master_keys import KEY_BYTES, KeyMissing, MasterKeys, WrappedKey, seal, unseal

NameT = TypeVar("NameT", bound=StrEnum)
DETAILS = "contact-details"
PLAN = "safety-plan"


@dataclass(frozen=True, slots=True)
class DataKey:
    """One version of a school's data key, wrapped."""

    version: int
    wrapped: WrappedKey
    made_at: datetime


@dataclass(frozen=True, slots=True)
class DataKeys:
    """The data keys of a school that something may still be sealed with; the last is current."""

    school_id: str
    keys: tuple[DataKey, ...]

    @property
    def current(self) -> DataKey:
        """The key that seals."""
        return self.keys[-1]

    def find(self, version: int) -> DataKey:
        """Find the key of a version. Raises KeyMissing."""
        found = next((key for key in self.keys if key.version == version), None)
        if found is None:
            raise KeyMissing(f"data key {version}")
        return found


DATA_KEYS = CollectionSpec("data_keys", DataKeys, identity=lambda keys: keys.school_id)


async def load_data_keys(store: SchoolStore, masters: MasterKeys) -> DataKeys:
    """Load a school's data keys; its first one is made when it is first needed."""
    documents = store.documents(DATA_KEYS)
    try:
        return (await documents.load(store.school_id)).state
    except NotFound:
        first = await new_data_key(store, masters, version=1)
    try:
        await documents.create(DataKeys(store.school_id, (first,)), ())
    except AlreadyExists:
        return (await documents.load(store.school_id)).state
    return DataKeys(store.school_id, (first,))


async def new_data_key(store: SchoolStore, masters: MasterKeys, *, version: int) -> DataKey:
    """Make a data key of a school, wrapped by the current master key."""
    key = secrets.token_bytes(KEY_BYTES)
    wrapped = await masters.wrap(key, about_key(store.school_id, version))
    return DataKey(version, wrapped, store.now())


async def seal_details(
    store: SchoolStore, masters: MasterKeys, case_id: str, details: ContactDetails
) -> SealedDetails:
    """Seal each field with the school's current data key. Raises KeyMissing."""
    version, sealed = await _seal(store, masters, DETAILS, case_id, details.fields)
    return SealedDetails(version, sealed, store.now())


async def unseal_details(
    store: SchoolStore, masters: MasterKeys, case_id: str, details: SealedDetails
) -> ContactDetails:
    """Open what `seal_details` sealed. Raises KeyMissing."""
    version, sealed = details.key_version, details.sealed
    return ContactDetails(await _unseal(store, masters, DETAILS, case_id, version, sealed))


async def seal_plan(
    store: SchoolStore, masters: MasterKeys, case_id: str, plan: SafetyPlan, person_id: str
) -> SealedPlan:
    """Seal each part with the school's current data key. Raises KeyMissing."""
    version, sealed = await _seal(store, masters, PLAN, case_id, plan.parts)
    return SealedPlan(version, sealed, store.now(), person_id)


async def unseal_plan(
    store: SchoolStore, masters: MasterKeys, case_id: str, plan: SealedPlan
) -> SafetyPlan:
    """Open what `seal_plan` sealed. Raises KeyMissing."""
    version, sealed = plan.key_version, plan.sealed
    return SafetyPlan(await _unseal(store, masters, PLAN, case_id, version, sealed))


async def _seal(
    store: SchoolStore,
    masters: MasterKeys,
    what: str,
    case_id: str,
    plain: Mapping[NameT, str],
) -> tuple[int, dict[NameT, str]]:
    current = (await load_data_keys(store, masters)).current
    key = await _unwrap(store, masters, current)
    school_id, version = store.school_id, current.version
    return version, {
        name: seal(key, text.encode(), about_field(what, school_id, case_id, name, version))
        for name, text in plain.items()
    }


async def _unseal(
    store: SchoolStore,
    masters: MasterKeys,
    what: str,
    case_id: str,
    version: int,
    sealed: Mapping[NameT, str],
) -> dict[NameT, str]:
    key = await _unwrap(store, masters, (await load_data_keys(store, masters)).find(version))
    return {
        name: unseal(key, text, about_field(what, store.school_id, case_id, name, version)).decode()
        for name, text in sealed.items()
    }


async def _unwrap(store: SchoolStore, masters: MasterKeys, key: DataKey) -> bytes:
    return await masters.unwrap(key.wrapped, about_key(store.school_id, key.version))


def about_key(school_id: str, version: int) -> str:
    """Return what a wrapped data key is bound to."""
    return f"data-key|{school_id}|{version}"


def about_field(what: str, school_id: str, case_id: str, name: StrEnum, version: int) -> str:
    """Return what a sealed field is bound to; `what` is `DETAILS` or `PLAN`."""
    return f"{what}|{school_id}|{case_id}|{name}|{version}"
