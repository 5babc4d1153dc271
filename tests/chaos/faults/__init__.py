"""Every kind of fault, by its name. Each can be done and undone, and says what it did."""

from collections.abc import Callable, Mapping

from chaos.faults.base import Fault, Order
from chaos.faults.links import Cut, HalfOpen, Refuse, Slow
from chaos.faults.processes import ClockStep, DeathAtWrite, Kill, Pause, RebalanceStorm
from chaos.faults.records import Again, OutOfOrder, PoisonFlood
from chaos.faults.store import Refusing, StepDown
from chaos.field import Field

KINDS: Mapping[str, Callable[[Order, Field], Fault]] = {
    "kill of a replica": Kill,
    "kill of both replicas": Kill,
    "kill of Kafka": Kill,
    "kill of MongoDB": Kill,
    "freeze of a replica": Pause,
    "freeze of Kafka": Pause,
    "freeze of MongoDB": Pause,
    "death at a write": DeathAtWrite,
    "death in a handler": DeathAtWrite,
    "clock stepped": ClockStep,
    "rebalance storm": RebalanceStorm,
    "link cut": Cut,
    "link refused": Refuse,
    "link slow": Slow,
    "link half-open, requests vanish": HalfOpen,
    "link half-open, answers vanish": HalfOpen,
    "records delivered again": Again,
    "records out of order": OutOfOrder,
    "poison": PoisonFlood,
    "poison flood": PoisonFlood,
    "store refuses writes": Refusing,
    "step-down of the primary": StepDown,
}

__all__ = ["KINDS", "Fault", "Order"]
