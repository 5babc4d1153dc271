"""Refusals that smell of trying, noted after they were answered: counted, and in the audit log of
the school that was tried where the person is known.

The answer is the same bytes at the same time as that of any other refusal of its kind: what is
looked up for the note is looked up afterwards.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from fastapi import Request
from pymongo.errors import PyMongoError
from starlette.background import BackgroundTask

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.problems import (
    ForeignSchool,
    LeftSchool,
    NotFound,
    Problem,
    WrongToken,
)
from sebaya_chassis.base.security_events import SecurityReason, count_security_event
from sebaya_chassis.storage import audit, schools
from sebaya_chassis.storage.layout import CollectionSpec
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.claims import EVERY_SCHOOL
from sebaya_chassis.web.session_rules import Withdrawal

log = get_logger()

# A person that tries a hundred addresses in a row is one entry; the metric counts each.
AUDIT_AGAIN_SECONDS = 600.0
REMEMBERED = 10_000
AUDITED_AS = "refused_"
ACCESS_ENDED = "access_ended"

StoreOf = Callable[[str], SchoolStore]


class Refusals:
    """Notes the refusals of one process.

    `specs` are the collections whose documents a path may name. `audited`: the service has an audit
    log.
    """

    def __init__(
        self,
        service: str,
        store_of: StoreOf,
        specs: Sequence[CollectionSpec[Any]],
        *,
        audited: bool,
    ) -> None:
        self._service = service
        self._store_of = store_of
        self._specs = [spec for spec in specs if spec is not audit.HEADS]
        self._audited = audited
        self._noted: dict[tuple[str, str, SecurityReason], float] = {}

    def note(self, request: Request, problem: Problem) -> BackgroundTask | None:
        """Return what is to be done about a refusal after its answer; None where nothing is."""
        if isinstance(problem, WrongToken):
            count_security_event(self._service, SecurityReason.WRONG_TOKEN)
            return None
        principal: Principal | None = getattr(request.state, "principal", None)
        named = dict(request.path_params)
        school_id = named.pop("school_id", None)
        if principal is None or school_id is None:
            return None
        if isinstance(problem, ForeignSchool):
            count_security_event(self._service, SecurityReason.FOREIGN_SCHOOL)
            return BackgroundTask(
                self._audit, principal, school_id, SecurityReason.FOREIGN_SCHOOL, school_id
            )
        if isinstance(problem, LeftSchool):
            count_security_event(self._service, SecurityReason.LEFT_PERSON)
            return BackgroundTask(
                self._audit, principal, school_id, SecurityReason.LEFT_PERSON, school_id
            )
        if type(problem) is NotFound and named:
            return BackgroundTask(self._note_foreign_id, principal, school_id, [*named.values()])
        return None

    async def _note_foreign_id(
        self, principal: Principal, school_id: str, named: Sequence[str]
    ) -> None:
        try:
            store = self._store_of(school_id)
            foreign = [
                name
                for name in named
                for spec in self._specs
                if await store.documents(spec).is_another_schools(name)
            ]
        except (PyMongoError, Problem) as error:
            log.warning("refusal_not_looked_up", exc_info=error)
            return
        if foreign:
            count_security_event(self._service, SecurityReason.FOREIGN_ID)
            await self._audit(principal, school_id, SecurityReason.FOREIGN_ID, foreign[0])

    async def _audit(
        self, principal: Principal, school_id: str, reason: SecurityReason, about: str
    ) -> None:
        """Of a school that does not exist there is no log."""
        if not self._audited or not self._is_new(principal.person_id, school_id, reason):
            return
        entry = {"who": principal.person_id, "what": AUDITED_AS + reason, "about": about}
        await self._append(school_id, entry)

    async def note_withdrawal(
        self, person_id: str, school_ids: Collection[str], why: Withdrawal
    ) -> None:
        """Note in the audit log of each school that a person's access to it ended.

        `*` among the ids names no school, and so has no log of its own.
        """
        log.info("access_ended", person_id=person_id, reason=why.value, count=len(school_ids))
        if self._audited:
            entry = {"who": person_id, "what": ACCESS_ENDED, "about": person_id, "why": why.value}
            for school_id in school_ids:
                if school_id != EVERY_SCHOOL:
                    await self._append(school_id, entry)

    async def _append(self, school_id: str, entry: Mapping[str, str]) -> None:
        async def append(tx: SchoolStore) -> None:
            if await tx.collection(schools.COLLECTION).get(school_id) is not None:
                await audit.append(tx, **entry)

        try:
            await self._store_of(school_id).transaction(append)
        except (PyMongoError, Problem) as error:
            log.warning("refusal_not_audited", exc_info=error)

    def _is_new(self, person_id: str, school_id: str, reason: SecurityReason) -> bool:
        now, key = time.monotonic(), (person_id, school_id, reason)
        if now - self._noted.get(key, float("-inf")) < AUDIT_AGAIN_SECONDS:
            return False
        if len(self._noted) >= REMEMBERED:
            self._noted.clear()
        self._noted[key] = now
        return True
