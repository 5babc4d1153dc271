"""Faults of the network between two parts: a target is a way such as `intake-1>mongo`."""

from chaos.faults.base import Fault
from chaos.proxy import Proxy


class _Link(Fault):
    @property
    def proxy(self) -> Proxy:
        return self.field.proxies[self.order.target]

    async def inject(self) -> None:
        self.detail = f"{self.proxy.connections} connections"
        self._do()

    async def heal(self) -> None:
        self.proxy.restore()

    def _do(self) -> None:
        raise NotImplementedError


class Cut(_Link):
    """What stands is reset; new connections come through."""

    def _do(self) -> None:
        self.proxy.cut()


class Refuse(_Link):
    """Nothing comes through, and everybody is told."""

    def _do(self) -> None:
        self.proxy.refuse()


class Slow(_Link):
    """Every piece waits, in each direction."""

    def _do(self) -> None:
        self.proxy.slow(self.order.options["seconds"])


class HalfOpen(_Link):
    """One direction vanishes and nobody is told; with answers lost, the work was done."""

    def _do(self) -> None:
        self.proxy.half_open(answers_vanish=self.order.options["answers_vanish"])
