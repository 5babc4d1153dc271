"""How the demo's people send: "not now" is no answer, so the same request goes again for a while,
and what went again is counted.
"""

import asyncio
import time
from collections import Counter
from itertools import count

import httpx

# Of a service, or of an entrance that finds none ready.
NOT_NOW = frozenset({502, 503, 504})
# Evaluation says so of feedback that is quicker than the match's own event, and asks for it again.
NOT_YET = "urn:sebaya:problem:match-not-heard-of"
CUT = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.TimeoutException)
# A replica that is restarted is back within seconds; whoever gets no answer in a minute gives up,
# and is shown.
PATIENCE_SECONDS = 60.0
FIRST_WAIT, LONGEST_WAIT = 0.2, 5.0

Attempt = httpx.Response | httpx.TransportError


class RetryingTransport(httpx.AsyncBaseTransport):
    """Sends the same request, key and body, until its answer is clear or the time is up: then the
    last answer is the answer.

    Everything that the demo's people send bears a key, only reads, or may come twice.
    """

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._inner = httpx.AsyncHTTPTransport(trust_env=False)
        self.again: Counter[str] = Counter()
        """What was sent again, by the reason."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        give_up_at = time.monotonic() + self._patience
        for attempt in count():
            ending = await self._sent(request)
            reason, wait = retry_reason(ending), retry_wait(ending, attempt)
            if reason is None or time.monotonic() + wait > give_up_at:
                return _given(ending)
            self.again[reason] += 1
            await asyncio.sleep(wait)
        raise AssertionError("unreachable")

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _sent(self, request: httpx.Request) -> Attempt:
        try:
            answer = await self._inner.handle_async_request(request)
            await answer.aread()
        except CUT as cut:
            return cut
        return answer


def retry_reason(ending: Attempt) -> str | None:
    """Return why to send again; None when the answer is clear."""
    if isinstance(ending, httpx.TransportError):
        return type(ending).__name__
    if ending.status_code in NOT_NOW:
        return str(ending.status_code)
    return "match not heard of yet" if is_too_early(ending) else None


def is_too_early(answer: httpx.Response) -> bool:
    """Tell whether evaluation has not heard of the match yet; the body must have been read."""
    if answer.status_code != 404 or "json" not in answer.headers.get("content-type", ""):
        return False
    problem = answer.json()
    return isinstance(problem, dict) and problem.get("type") == NOT_YET


def retry_wait(ending: Attempt, attempt: int) -> float:
    """Return the seconds to wait: what the answer asks for, or else longer each time."""
    asked = ending.headers.get("Retry-After", "") if isinstance(ending, httpx.Response) else ""
    return min(
        LONGEST_WAIT, float(asked) if asked.isdigit() else FIRST_WAIT * 2.0 ** min(attempt, 10)
    )


def _given(ending: Attempt) -> httpx.Response:
    if isinstance(ending, httpx.TransportError):
        raise ending
    return ending
