"""Renews sessions of staff at the provider: silently, once for all tabs and processes.

A provider may take each refresh token once, and end the session of a client that sends one twice.
So of one process one task renews a session, and of all processes the one with the lease; the others
wait for it, or go on with the session as it is.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Collection, Coroutine
from dataclasses import replace
from typing import Any

from pymongo.errors import PyMongoError

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import SESSION_RENEWALS
from sebaya_chassis.base.problems import Unauthenticated, Unavailable
from sebaya_chassis.base.retry import backoff, store_is_away
from sebaya_chassis.storage.sessions import RenewalLease, StoredSession
from sebaya_chassis.web.auth import AWAY, principal_of
from sebaya_chassis.web.claims import ClaimNames
from sebaya_chassis.web.pages.provider import Grant, Provider
from sebaya_chassis.web.pages.sealed_tokens import IssuedTokens
from sebaya_chassis.web.pages.staff_sessions import Sessions
from sebaya_chassis.web.session_rules import (
    Freshness,
    RenewalOutcome,
    SessionEnd,
    Withdrawal,
    freshness,
    read_anew,
    schools_lost,
)

log = get_logger()

# The provider's whole answer: its description, its token, its keys.
ANSWER_SECONDS = 8.0
# Longer than the answer and the write after it, so that no second process asks meanwhile.
LEASE_SECONDS = 15.0
# A provider that is away is asked again by this process after so long; in between nothing waits.
AWAY_SECONDS = 15.0
LOOK_SECONDS = 0.1
# A token that was renewed and not stored is lost: the store is asked a few times.
SAVES = 4

OnWithdrawn = Callable[[str, Collection[str], Withdrawal], Coroutine[Any, Any, None]]


class SessionRenewer:
    """Renews the sessions of one process.

    `on_withdrawn` is told of a person, schools and a reason where the provider takes rights away.
    """

    def __init__(
        self,
        sessions: Sessions,
        provider: Provider,
        names: ClaimNames,
        on_withdrawn: OnWithdrawn,
    ) -> None:
        self._sessions = sessions
        self._provider = provider
        self._names = names
        self._on_withdrawn = on_withdrawn
        self._renewing: dict[str, asyncio.Task[StoredSession | None]] = {}
        self._notes: set[asyncio.Task[None]] = set()
        self._ask_again_at = float("-inf")

    async def refresh(self, session: StoredSession) -> StoredSession | None:
        """Return the session as it may be used now; None where it is over.

        Raises Unavailable where the provider has been away for too long, or the store is.
        """
        found = freshness(session, self._sessions.now())
        if found is Freshness.OVER:
            return None
        if found is Freshness.FRESH:
            return session
        task = self._start(session)
        if found is Freshness.DUE:
            return session
        renewed = await asyncio.shield(task)
        if renewed and freshness(renewed, self._sessions.now()) is Freshness.LAPSED:
            raise Unavailable(AWAY)
        return renewed

    async def finish(self) -> None:
        """Wait for what is being renewed: a token that is not stored would be lost."""
        await asyncio.gather(*self._renewing.values(), *self._notes, return_exceptions=True)

    def note_withdrawn(self, person_id: str, schools: Collection[str], why: Withdrawal) -> None:
        """Note behind the answer that a person lost access."""
        task = asyncio.create_task(self._on_withdrawn(person_id, schools, why))
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    def _start(self, session: StoredSession) -> "asyncio.Task[StoredSession | None]":
        running = self._renewing.get(session.key)
        if running is None:
            running = asyncio.create_task(self._renew(session))
            self._renewing[session.key] = running
            running.add_done_callback(lambda task: self._ended(session.key, task))
        return running

    def _ended(self, key: str, task: "asyncio.Task[StoredSession | None]") -> None:
        del self._renewing[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("session_not_renewed", exc_info=error)

    async def _renew(self, session: StoredSession) -> StoredSession | None:
        if time.monotonic() < self._ask_again_at:
            return session
        store = self._sessions.store
        lease = await store.lease(
            session, secrets.token_urlsafe(8), self._sessions.now(), LEASE_SECONDS
        )
        if lease is None:
            return await self._wait_for_another(session)
        try:
            grant = await self._ask(lease.session)
        except Unavailable:
            self._count(RenewalOutcome.AWAY)
            self._ask_again_at = time.monotonic() + AWAY_SECONDS
            await store.release(lease)
            return lease.session
        except Unauthenticated:
            self._count(RenewalOutcome.REFUSED)
            await self._sessions.end(session.key, SessionEnd.REFUSED)
            self._note_difference(lease.session, None, Withdrawal.RENEWAL_REFUSED)
            return None
        return await self._store(lease, self._renewed(lease.session, grant))

    async def _ask(self, session: StoredSession) -> Grant:
        tokens = self._sessions.seal.open(session.key, session.sealed)
        if tokens is None:  # sealed by another secret key
            raise Unauthenticated
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._provider.renew(
                    tokens.refresh_token, person_id=session.person_id, nonce=tokens.nonce
                )
        except TimeoutError:
            raise Unavailable(AWAY) from None

    def _renewed(self, session: StoredSession, grant: Grant) -> StoredSession:
        before = self._sessions.seal.open(session.key, session.sealed)
        tokens = IssuedTokens(
            grant.refresh_token,
            grant.id_token or (before.id_token if before else ""),
            before.nonce if before else "",
        )
        renewed = replace(
            session,
            renewed_at=self._sessions.now(),
            sealed=self._sessions.seal.seal(session.key, tokens),
        )
        return (
            read_anew(renewed, principal_of(grant.claims, self._names)) if grant.claims else renewed
        )

    async def _store(self, lease: RenewalLease, renewed: StoredSession) -> StoredSession | None:
        if not await _repeat_while_away(lambda: self._sessions.store.renew(lease, renewed)):
            # Ended meanwhile, or taken over.
            return await self._sessions.store.find(renewed.key)
        self._count(RenewalOutcome.RENEWED)
        self._note_difference(lease.session, renewed, Withdrawal.CLAIMS_CHANGED)
        return renewed

    async def _wait_for_another(self, session: StoredSession) -> StoredSession | None:
        """Wait for the process that renews the session, or has just done so."""
        store, give_up_at = self._sessions.store, time.monotonic() + ANSWER_SECONDS
        while True:
            found, leased = await store.find_with_lease(session.key, self._sessions.now())
            if found is None or found.renewed_at != session.renewed_at:
                return found
            if not leased or time.monotonic() > give_up_at:
                return found
            await asyncio.sleep(LOOK_SECONDS)

    def _note_difference(
        self, before: StoredSession, after: StoredSession | None, why: Withdrawal
    ) -> None:
        lost = schools_lost(before, after)
        if lost:
            self.note_withdrawn(before.person_id, lost, why)

    def _count(self, outcome: RenewalOutcome) -> None:
        SESSION_RENEWALS.labels(self._sessions.service, outcome.value).inc()


async def _repeat_while_away(write: Callable[[], Coroutine[Any, Any, bool]]) -> bool:
    for attempt in range(SAVES):
        try:
            return await write()
        except PyMongoError as error:
            if not store_is_away(error) or attempt == SAVES - 1:
                raise
            await asyncio.sleep(backoff(attempt))
    return False
