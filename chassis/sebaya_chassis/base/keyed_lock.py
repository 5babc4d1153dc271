"""One lock a name, of one process.

What takes turns inside a process meets in the store less often, and looks at what the one before it
has left. It promises nothing across processes: there the store's versions and counts decide.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class KeyedLock:
    """The locks of one process. A name costs nothing once it is not held or waited for."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Hold a name, in the order of asking; a failure or a cancellation inside releases it."""
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        async with lock:
            yield
