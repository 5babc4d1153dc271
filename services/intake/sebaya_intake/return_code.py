"""The case of a return code. Guessing is limited by what is presented, never by where it comes
from: addresses can be forged.

A code of which a part was tried too often is not looked at, by any door, unless it comes with the
pass that only an earlier success with this very code can have given: the guesses of others do not
keep its holder out. Where it is not looked at, no answer depends on whether it is right.

There are two ways in. `find_case` refuses such a code. `find_case_in_need` (to write, to report, to
ask for an adult) gives it back unseen: help is never limited, so what came with it is then taken as
a request for an adult without a case.

Tries that share a part take turns, so that of many at once no more are looked at than one after
another. Turns are kept in each process: every further replica may look at one more code.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from sebaya_chassis.base.security_events import SecurityReason, count_security_event
from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_intake.code_rate_limit import CodeRateLimit
from sebaya_intake.commands import SchoolContext
from sebaya_intake.domain.case import Case
from sebaya_intake.errors import CodeMissing, TooManyTries, UnknownCode
from sebaya_intake.keys import PresentedCode, UnseenCode
from sebaya_intake.metrics import CODES_WRONG, TRIES_REFUSED, TRIES_SLOWED

# A turn takes some milliseconds. A code that waits longer has many beside it that share a part.
TURN_SECONDS = 3.0


async def find_case(
    context: SchoolContext, return_code: str | None, return_pass: str | None
) -> LoadedDocument[Case]:
    """Find the case of a code within the limit on tries.

    Where codes of the school are being guessed the answer comes later, whatever it is. Raises
    CodeMissing, TooManyTries, UnknownCode.
    """
    presented = await _parse(context, return_code)
    if _is_proved(context, presented, return_pass):
        return await _load(context, presented)
    slow = False
    try:
        async with _turn(context, presented):
            state = await _rate_limit(context).check(presented.part_digests)
            slow = state.slow
            return await _load_within_limit(context, presented, state.wait_seconds)
    finally:
        if slow:
            TRIES_SLOWED.inc()
            await asyncio.sleep(context.settings.slow_seconds)


async def find_case_in_need(
    context: SchoolContext, return_code: str | None, return_pass: str | None
) -> LoadedDocument[Case] | UnseenCode:
    """Find the case of a code for a door of help; the unseen code where it may not be looked at.

    Raises CodeMissing; UnknownCode for a wrong one that was looked at.
    """
    presented = await _parse(context, return_code)
    if _is_proved(context, presented, return_pass):
        return await _load(context, presented)
    try:
        async with _turn(context, presented):
            state = await _rate_limit(context).check(presented.part_digests)
            return await _load_within_limit(context, presented, state.wait_seconds)
    except TooManyTries:
        return UnseenCode(str(return_code), presented.code_hash)


async def _parse(context: SchoolContext, return_code: str | None) -> PresentedCode:
    """Raises CodeMissing; UnknownCode for what cannot be a code, which counts as a try."""
    if return_code is None:
        raise CodeMissing
    presented = context.keys.parse_code(context.school.school_id, return_code)
    if presented is None:
        CODES_WRONG.inc()
        await _rate_limit(context).count_failure(())
        raise UnknownCode
    return presented


def _is_proved(context: SchoolContext, presented: PresentedCode, return_pass: str | None) -> bool:
    return return_pass is not None and context.keys.verify_return_pass(
        presented.code_hash, return_pass
    )


@asynccontextmanager
async def _turn(context: SchoolContext, presented: PresentedCode) -> AsyncIterator[None]:
    """Raises TooManyTries. All take the parts in one order, so that none waits for another that
    waits for it.
    """
    async with AsyncExitStack() as held:
        try:
            async with asyncio.timeout(TURN_SECONDS):
                for part in sorted(presented.part_digests):
                    await held.enter_async_context(context.code_locks.hold(part))
        except TimeoutError:
            raise _refused(1) from None
        yield


async def _load_within_limit(
    context: SchoolContext, presented: PresentedCode, wait_seconds: int | None
) -> LoadedDocument[Case]:
    """Raises TooManyTries, UnknownCode."""
    if wait_seconds is not None:
        raise _refused(wait_seconds)
    return await _load(context, presented)


async def _load(context: SchoolContext, presented: PresentedCode) -> LoadedDocument[Case]:
    """The code is found by its keyed digest, which no sender can steer: how long that takes tells
    nothing about a code.
    """
    try:
        return await context.store.find_by_code(presented.code_hash)
    except UnknownCode:
        CODES_WRONG.inc()
        wait_seconds = await _rate_limit(context).count_failure(presented.part_digests)
        if wait_seconds is not None:
            raise _refused(wait_seconds) from None
        raise


def _rate_limit(context: SchoolContext) -> CodeRateLimit:
    return CodeRateLimit(context.school_store, context.settings.code_limits)


def _refused(wait_seconds: int) -> TooManyTries:
    TRIES_REFUSED.inc()
    count_security_event("intake", SecurityReason.CODE_PAST_LIMIT)
    return TooManyTries(wait_seconds)
