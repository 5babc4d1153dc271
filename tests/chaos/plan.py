"""The plan of a run: from a seed, printed before it begins, and taken back as an argument.

The same plan does the same faults to the same parts. Moments are the plan's; what is in flight at
them is the machine's, so a replay meets the same faults and not the very same instruction.
"""

import json
import random
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from chaos.faults import Order
from chaos.faults.records import HANDLED, SORTS
from chaos.field import LEASE_SECONDS, REPLICAS, ways_of
from sebaya_contracts.topics import ALERTS, CASES, MATCHES, MESSAGES, SERVICES, SUPPORTERS, VERDICTS

TEN_MINUTES = 600.0
NAMES = [f"{service}-{number}" for service in SERVICES for number in range(1, REPLICAS + 1)]
WAYS = [way for name in NAMES for way in ways_of(name)]
COPIED = [topic.name for topic in (CASES, MESSAGES, VERDICTS, ALERTS, MATCHES, SUPPORTERS)]
FORGED = [topic.name for topic in HANDLED]

# How often each kind comes beyond the first round, in which each comes once (and some again, see
# below). What stops everything is rarer: it hides the others.
WEIGHTS = {
    "kill of a replica": 14,
    "kill of both replicas": 3,
    "kill of Kafka": 3,
    "kill of MongoDB": 5,
    "freeze of a replica": 12,
    "freeze of Kafka": 3,
    "freeze of MongoDB": 4,
    "death at a write": 14,
    "death in a handler": 10,
    "clock stepped": 6,
    "rebalance storm": 4,
    "link cut": 10,
    "link refused": 6,
    "link slow": 6,
    "link half-open, requests vanish": 6,
    "link half-open, answers vanish": 8,
    "records delivered again": 6,
    "records out of order": 6,
    "poison": 6,
    "poison flood": 2,
    "store refuses writes": 5,
    "step-down of the primary": 8,
}

# A few records are in hand at most when a process is killed at any moment, so in a short run these
# come more often than once.
FIRST_AGAIN = ("death in a handler",) * 3

Made = tuple[str, float, dict[str, Any]]


def plan_of(seed: int, faults: int, gap: float) -> list[Order]:
    """`gap` is the mean number of seconds from one fault to the next."""
    chance = random.Random(seed)
    kinds = [*WEIGHTS, *FIRST_AGAIN]
    chance.shuffle(kinds)
    kinds = [
        *kinds,
        *chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=max(0, faults - len(kinds))),
    ][:faults]
    at, orders = 0.0, []
    for kind in kinds:
        at += chance.uniform(0.3, 1.7) * gap
        target, hold, options = _MAKERS[kind](chance)
        orders.append(Order(kind, target, round(at, 2), round(hold, 2), options))
    return orders


def written(orders: list[Order]) -> str:
    return json.dumps([asdict(order) for order in orders])


def read(text: str) -> list[Order]:
    return [Order(**order) for order in json.loads(text)]


def _on(targets: list[str], shortest: float, longest: float) -> Callable[[random.Random], Made]:
    return lambda chance: (chance.choice(targets), chance.uniform(shortest, longest), {})


def _death(most_writes: int, *, in_handler: bool) -> Callable[[random.Random], Made]:
    return lambda chance: (
        chance.choice(NAMES),
        0.5,
        {
            "writes": chance.randint(1, most_writes),
            "side": chance.choice(["before", "after"]),
            "in_handler": in_handler,
        },
    )


def _clock(chance: random.Random) -> Made:
    return (
        chance.choice(NAMES),
        chance.uniform(5, 12),
        {"seconds": chance.choice([TEN_MINUTES, -TEN_MINUTES])},
    )


def _slow(chance: random.Random) -> Made:
    return (
        chance.choice(WAYS),
        chance.uniform(3, 8),
        {"seconds": round(chance.uniform(0.05, 0.8), 2)},
    )


def _half_open(*, answers_vanish: bool) -> Callable[[random.Random], Made]:
    return lambda chance: (
        chance.choice(WAYS),
        chance.uniform(3, 9),
        {"answers_vanish": answers_vanish},
    )


def _copies(chance: random.Random) -> Made:
    return (
        chance.choice(COPIED),
        0.0,
        {"number": chance.randint(3, 25), "seed": chance.randrange(10**6)},
    )


def _poison(fewest: int, most: int, *sorts: str) -> Callable[[random.Random], Made]:
    return lambda chance: (
        chance.choice(FORGED),
        0.0,
        {
            "number": chance.randint(fewest, most),
            "sort": chance.choice(sorts),
            "seed": chance.randrange(10**6),
        },
    )


_PAST_A_LEASE = (LEASE_SECONDS + 1, LEASE_SECONDS + 4)
_MAKERS: dict[str, Callable[[random.Random], Made]] = {
    "kill of a replica": _on(NAMES, 0.2, 4),
    "kill of both replicas": _on(list(SERVICES), 0.5, 4),
    "kill of Kafka": _on(["kafka"], 0.5, 5),
    "kill of MongoDB": _on(["mongo"], 0.2, 5),
    "freeze of a replica": _on(NAMES, *_PAST_A_LEASE),
    "freeze of Kafka": _on(["kafka"], *_PAST_A_LEASE),
    "freeze of MongoDB": _on(["mongo"], *_PAST_A_LEASE),
    "death at a write": _death(12, in_handler=False),
    "death in a handler": _death(3, in_handler=True),
    "clock stepped": _clock,
    "rebalance storm": _on(list(SERVICES), 4, 8),
    "link cut": _on(WAYS, 0.0, 0.0),
    "link refused": _on(WAYS, 2, 6),
    "link slow": _slow,
    "link half-open, requests vanish": _half_open(answers_vanish=False),
    "link half-open, answers vanish": _half_open(answers_vanish=True),
    "records delivered again": _copies,
    "records out of order": _copies,
    "poison": _poison(1, 3, *SORTS),
    "poison flood": _poison(
        45, 45, "bad JSON"
    ),  # past the limit: the consumers stop, and an operator starts them again
    "store refuses writes": _on(["mongo"], 2, 6),
    "step-down of the primary": _on(["mongo"], 1, 4),
}
