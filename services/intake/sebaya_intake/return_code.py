"""The case of a return code. Guessing is limited by what is presented, never by where it comes
from: addresses can be forged.

There are two ways in. `find_case` does not look at a code of which a part was tried too often,
unless it comes with the pass that only an earlier success with this very code can have given: the
guesses of others do not keep its holder out. `find_case_in_need` (to write, to ask for an adult)
looks at every code first, so that a right one gets through whatever others are trying; only its
failures are counted and refused.
"""

import asyncio

from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_intake.code_rate_limit import CodeRateLimit
from sebaya_intake.commands import SchoolContext
from sebaya_intake.domain.case import Case
from sebaya_intake.errors import CodeMissing, TooManyTries, UnknownCode
from sebaya_intake.keys import PresentedCode
from sebaya_intake.metrics import CODES_WRONG, TRIES_REFUSED, TRIES_SLOWED


async def find_case(
    context: SchoolContext, return_code: str | None, return_pass: str | None
) -> LoadedDocument[Case]:
    """Find the case of a code within the limit on tries.

    Raises CodeMissing, TooManyTries, UnknownCode.
    """
    presented = _parse(context, return_code)
    if return_pass is None or not context.keys.verify_return_pass(presented.code_hash, return_pass):
        await _wait_for_turn(context, presented)
    return await _load(context, presented)


async def find_case_in_need(
    context: SchoolContext, return_code: str | None
) -> LoadedDocument[Case]:
    """Find the case of a right code, always.

    Raises CodeMissing; TooManyTries, UnknownCode for a wrong one.
    """
    return await _load(context, _parse(context, return_code))


def _parse(context: SchoolContext, return_code: str | None) -> PresentedCode:
    """Raises CodeMissing; UnknownCode for what cannot be a code, uncounted: it tells a guesser
    nothing.
    """
    if return_code is None:
        raise CodeMissing
    presented = context.keys.parse_code(context.school.school_id, return_code)
    if presented is None:
        raise UnknownCode
    return presented


async def _wait_for_turn(context: SchoolContext, presented: PresentedCode) -> None:
    """Raises TooManyTries."""
    state = await _rate_limit(context).check(presented.part_digests)
    if state.slow:
        TRIES_SLOWED.inc()
        await asyncio.sleep(context.settings.slow_seconds)
    if state.wait_seconds is not None:
        raise _refused(state.wait_seconds)


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
    return TooManyTries(wait_seconds)
