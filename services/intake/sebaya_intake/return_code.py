"""The case of a return code. Guessing is limited by what is presented, never by where it comes
from: addresses can be dressed up.

Two ways in. The calm one looks at no code whose parts were tried too often, but for who shows the
pass that only an earlier success with this very code can have given: others' guesses do not keep
its holder out. The way to help (writing, asking for an adult) looks at every code first, so that
whoever holds a right one gets through whatever others are trying; only its failures are counted and
refused.
"""

import asyncio
from typing import Annotated

from fastapi import Depends, Header, Request

from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_chassis.web.auth import SchoolPath
from sebaya_intake.code_rate_limit import CodeRateLimit
from sebaya_intake.dependencies import RequestContext, current_place
from sebaya_intake.domain.case import Case
from sebaya_intake.errors import CodeMissing, TooManyTries, UnknownCode
from sebaya_intake.keys import Tried
from sebaya_intake.metrics import CODES_WRONG, TRIES_REFUSED, TRIES_SLOWED
from sebaya_intake.store import IntakeStore

ReturnCode = Annotated[str | None, Header(max_length=64, description="The student's return code")]
ReturnPass = Annotated[
    str | None,
    Header(
        max_length=64,
        description="`return_pass` of an earlier answer: with it others' guesses at the code do not make it wait",
    ),
]


def _tried(at: RequestContext, return_code: str | None) -> Tried:
    """Raises CodeMissing; UnknownCode for what cannot be a code, uncounted: it tells a guesser
    nothing.
    """
    if return_code is None:
        raise CodeMissing
    found = at.parts.keys.tried(at.school.school_id, return_code)
    if found is None:
        raise UnknownCode
    return found


async def current_case(
    request: Request,
    school_id: SchoolPath,
    return_code: ReturnCode = None,
    return_pass: ReturnPass = None,
) -> LoadedDocument[Case]:
    """Raises CodeMissing, TooManyTries, UnknownCode."""
    at = await current_place(request, school_id)
    presented = _tried(at, return_code)
    tries = _tries(at)
    if return_pass is None or not at.parts.keys.passes(presented.code_hash, return_pass):
        await _wait_for_turn(at, tries, presented)
    return await _opened(at.store, tries, presented)


async def _wait_for_turn(at: RequestContext, tries: CodeRateLimit, presented: Tried) -> None:
    """Raises TooManyTries."""
    held = await tries.held(presented.handles)
    if held.slow:
        TRIES_SLOWED.inc()
        await asyncio.sleep(at.parts.settings.slow_seconds)
    if held.wait_seconds is not None:
        raise _refused(held.wait_seconds)


async def case_in_need(
    request: Request, school_id: SchoolPath, return_code: ReturnCode = None
) -> LoadedDocument[Case]:
    """The case of a right code, always. Raises CodeMissing; TooManyTries, UnknownCode for a wrong
    one.
    """
    at = await current_place(request, school_id)
    return await _opened(at.store, _tries(at), _tried(at, return_code))


CurrentCase = Annotated[LoadedDocument[Case], Depends(current_case)]
CaseInNeed = Annotated[LoadedDocument[Case], Depends(case_in_need)]


async def _opened(
    store: IntakeStore, tries: CodeRateLimit, presented: Tried
) -> LoadedDocument[Case]:
    """The code is found by its keyed digest, which no sender can steer: how long that takes tells
    nothing about a code.
    """
    try:
        return await store.by_code(presented.code_hash)
    except UnknownCode:
        CODES_WRONG.inc()
        wait_seconds = await tries.failed(presented.handles)
        if wait_seconds is not None:
            raise _refused(wait_seconds) from None
        raise


def _refused(wait_seconds: int) -> TooManyTries:
    TRIES_REFUSED.inc()
    return TooManyTries(wait_seconds)


def _tries(at: RequestContext) -> CodeRateLimit:
    return CodeRateLimit(at.parts.runtime.store(at.school.school_id), at.parts.settings.limits)
