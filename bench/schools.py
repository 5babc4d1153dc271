"""From one school to a thousand: the same work, all of it in one school or spread over all of a
district's; the time side by side.
"""

from functools import partial

from bench import escalation, intake
from bench.frame import Bar, Bench, Contender, Run
from bench.place import Place

MANY = 1_000
ONE = "1 school"
ALL = f"{MANY:,} schools"
# What a district of a thousand schools may cost: each of its schools is read once in three seconds,
# and looked at by the gauges.
KEPT = 0.8


def district(place: Place) -> list[str]:
    return [f"s{number}" for number in range(1, place.sized(MANY, least=5) + 1)]


async def opened(place: Place, *, many: bool) -> Run:
    return await intake.run(place, name=intake.OURS, schools=district(place) if many else ["s1"])


async def screened(place: Place, *, many: bool) -> Run:
    return await escalation.throughput(place, schools=district(place) if many else ["s1"])


BENCHES = [
    Bench(
        name=f"schools-{name}",
        title=f"{title}, of {ALL} and of one",
        unit=unit,
        contenders=(
            Contender(ALL, partial(run, many=True)),
            Contender(ONE, partial(run, many=False)),
        ),
        bars=(Bar(ONE, KEPT),),
    )
    for name, title, unit, run in (
        ("intake", "POST /cases", "requests a second", opened),
        ("escalation", "Messages screened", "messages a second", screened),
    )
]
