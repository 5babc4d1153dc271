"""Evaluation's numbers against a recount from the topics, written apart from the service."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sebaya_cli.api_client import read_body
from sebaya_cli.doctor.promises import CheckContext, CheckResult, promise
from sebaya_cli.doctor.stores import at

FACT_FIELDS = [
    "school_id",
    *(f"state.{name}" for name in ("about", "placed_at", "withdrawn_at", "erased", "dirty_since")),
    *(
        f"state.matches.{name}"
        for name in ("match_id", "offered_at", "accepted_at", "met_at", "closed_at", "ended_case")
    ),
    *(
        f"state.alerts.{name}"
        for name in (
            "alert_id",
            "level",
            "raised_at",
            "acknowledged_at",
            "contacted_at",
            "closed_at",
        )
    ),
]
STEPS = ("raised", "acknowledged", "contacted", "closed")
STAGES = ("asked", "offered", "matched", "met", "closed", "withdrawn", "erased")


@dataclass(slots=True)
class Counted:
    """What is counted of one case: the stages it reached, and the steps of each of its alerts
    (`<alert>/<level>/<step>`).
    """

    stages: set[str] = field(default_factory=set)
    alerts: set[str] = field(default_factory=set)

    def differs(self, other: "Counted") -> str:
        here, there = self.stages | self.alerts, other.stages | other.alerts
        said = [f"without {name}" for name in sorted(here - there)] + [
            f"with {name}" for name in sorted(there - here)
        ]
        return ", ".join(said)


def recount(look: CheckContext) -> dict[str, Counted]:
    """Recount from the topics alone, by case (or by alert, for one that names no case)."""
    cases: dict[str, Counted] = defaultdict(Counted)
    for case_id in look.history.opened:
        cases[case_id].stages.add("asked")
    for match in look.history.matches.by_id.values():
        reached = {
            "offered": True,
            "matched": match.accepted,
            "met": match.met,
            "closed": match.ended_case,
        }
        cases[match.case_id].stages |= {name for name, true in reached.items() if true}
    for case_id in look.history.withdrawn:
        cases[case_id].stages.add("withdrawn")
    for alert in look.history.alerts.by_id.values():
        steps = {moment.kind for moment in alert.moments} & set(STEPS)
        cases[alert.case_id or alert.alert_id].alerts |= {
            f"{alert.alert_id}/{alert.level}/{step}" for step in steps
        }
    return dict(cases) | {case_id: Counted({"erased"}) for case_id in look.history.erased}


def of_fact(row: dict[str, Any]) -> Counted:
    """Count the same of evaluation's own record."""
    state = row["state"]
    if state["erased"]:
        return Counted({"erased"})
    matches = state["matches"]
    reached = {
        "asked": state["about"] == "case" and state["placed_at"],
        "offered": any(match["offered_at"] for match in matches),
        "matched": any(match["accepted_at"] for match in matches),
        "met": any(match["met_at"] for match in matches),
        "closed": any(match["closed_at"] and match["ended_case"] for match in matches),
        "withdrawn": state["withdrawn_at"],
    }
    alerts = {
        f"{alert['alert_id']}/{alert['level']}/{step}"
        for alert in state["alerts"]
        for step in STEPS
        if alert[f"{step}_at"]
    }
    return Counted({name for name, true in reached.items() if true}, alerts)


@promise("facts")
async def facts(look: CheckContext) -> CheckResult:
    """Evaluation knows of every case what the topics tell, and nothing else."""
    expected, wrong = recount(look), []
    looked_at = len(expected)
    async for row in look.stores.rows("evaluation", "facts", {}, FACT_FIELDS):
        told = expected.pop(row["_id"], None)
        if not look.quiet(row["_id"]):
            continue
        if why := (told or Counted()).differs(of_fact(row)):
            wrong.append(f"{row['_id']}: {why}")
    # A case's first event may be seconds old.
    wrong += [
        f"{case_id}: unknown to evaluation"
        for case_id in expected
        if _known_for_long(look, case_id)
    ]
    kept = {row["_id"] async for row in look.stores.rows("evaluation", "responses", {}, ["_id"])}
    wrong += [
        f"{key}: feedback that is not kept"
        for key, (_, since) in look.history.responses.items()
        if key not in kept and look.settled(since)
    ]
    return looked_at + len(kept), wrong


def _known_for_long(look: CheckContext, case_id: str) -> bool:
    alert = look.history.alerts.by_id.get(case_id)
    return look.settled(alert.at) if alert else look.quiet(case_id)


@dataclass(slots=True)
class SchoolCount:
    """One school's numbers from its facts and responses. `waits` since when something of it waits
    to be counted.
    """

    numbers: Counter[str] = field(default_factory=Counter)
    waits: datetime | None = None

    def wait(self, since: datetime | None) -> None:
        if since is not None:
            self.waits = min(since, self.waits or since)


@promise("totals")
async def totals(look: CheckContext) -> CheckResult:
    """Evaluation's totals equal a recount of its records, school by school, and nothing waits to be
    counted for long.
    """
    counted = await _by_school(look)
    kept: dict[str, Counter[str]] = defaultdict(Counter)
    async for row in look.stores.rows("evaluation", "rollups", {}, ["school_id", "strata"]):
        for tally in row["strata"].values():
            kept[row["school_id"]].update(tally["counts"])
    wrong = []
    for school_id in sorted(counted.keys() | kept.keys()):
        school = counted.get(school_id, SchoolCount())
        if school.waits is not None:
            if school.waits <= look.began - look.bounds.counted:
                wrong.append(f"{school_id}: waits to be counted since {school.waits:%F %T}")
            continue
        wrong += [f"{school_id}: {why}" for why in _differences(school.numbers, kept[school_id])]
    return len(counted.keys() | kept.keys()), wrong


async def _by_school(look: CheckContext) -> dict[str, SchoolCount]:
    schools: dict[str, SchoolCount] = defaultdict(SchoolCount)
    erased: set[str] = set()
    async for row in look.stores.rows("evaluation", "facts", {}, FACT_FIELDS):
        school = schools[row["school_id"]]
        school.wait(at(row, "state.dirty_since"))
        school.numbers.update(_names(of_fact(row)))
        if row["state"]["erased"]:
            erased.add(row["_id"])
    better: set[str] = set()
    async for row in look.stores.rows(
        "evaluation", "responses", {"state.erased": False}, ["school_id", "state"]
    ):
        school, state = schools[row["school_id"]], row["state"]
        school.wait(state["dirty_since"])
        if sheet := state.get("sheet"):
            school.numbers[f"wave/{sheet['instrument_id']}/{sheet['wave']}"] += 1
            continue
        school.numbers[f"feedback/{state['side']}"] += 1
        if (
            state["side"] == "student"
            and state["answers"].get("better", 0) >= 4
            and state["case_id"] not in better
        ):
            better.add(state["case_id"])
            school.numbers["improved"] += 1
    return schools


def _names(case: Counted) -> list[str]:
    """What a case adds to the totals, under the names of the roll-ups."""
    return [*case.stages, *(f"alert/{name.split('/', 1)[1]}" for name in case.alerts)]


def _differences(mine: Counter[str], theirs: Counter[str]) -> list[str]:
    compared = [name for name in mine.keys() | theirs.keys() if not name.startswith("outcome/")]
    return [
        f"{name} is {theirs[name]}, recounted {mine[name]}"
        for name in sorted(compared)
        if mine[name] != theirs[name]
    ]


@promise("totals answered")
async def totals_answered(look: CheckContext) -> CheckResult | None:
    """The totals that evaluation answers equal the recount."""
    moving = any(not look.settled(moment) for moment in look.history.touched.values())
    if look.web is None or moving:
        return None
    answer = read_body(await look.web.get("/evaluation/operations/totals"))
    if answer["months_to_count"]:
        return None
    mine = sum((school.numbers for school in (await _by_school(look)).values()), Counter[str]())
    theirs = Counter(
        {name: answer["cases" if name == "asked" else name] for name in (*STAGES, "improved")}
    )
    theirs.update(
        {
            f"alert/{level}/{step}": steps[step]
            for level, steps in answer["alerts"].items()
            for step in STEPS
        }
    )
    theirs.update({f"feedback/{side}": number for side, number in answer["feedback"].items()})
    return len(theirs), _differences(mine, theirs)


PROMISES = (facts, totals, totals_answered)
