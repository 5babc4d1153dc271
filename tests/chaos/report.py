"""What a fault run says: lines for the terminal, and the page of docs/reliability.md, which the run
itself writes.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from string import Template

from chaos.run import Done, Outcome

TEMPLATE = Path(__file__).with_name("reliability.template.md")
WORDS = {
    "kill of a replica": "one of two replicas of a service is killed (SIGKILL) and started again "
    "after 0.2 to 4 s",
    "kill of both replicas": "both replicas of a service are killed at once",
    "kill of Kafka": "the broker is killed and started again after 0.5 to 5 s",
    "kill of MongoDB": "the store is killed and started again after 0.2 to 5 s",
    "freeze of a replica": "SIGSTOP for longer than every lease, then SIGCONT: it goes on "
    "believing that it still holds what it held",
    "freeze of Kafka": "the same, to the broker",
    "freeze of MongoDB": "the same, to the store",
    "death at a write": "a process ends itself at its n-th write, before it leaves or after it "
    "is done and before anybody is told",
    "death in a handler": "the same, counted from the records that it fetches next: they are in "
    "hand, and not all is done about them",
    "clock stepped": "the wall clock of one replica jumps by ten minutes, forth or back, and "
    "later jumps back",
    "rebalance storm": "strangers join a service's consumer group and leave it for 4 to 8 s",
    "link cut": "the connections between two parts are reset",
    "link refused": "nothing comes through between two parts for 2 to 6 s, and both are told",
    "link slow": "everything between two parts waits 0.05 to 0.8 s, in each direction",
    "link half-open, requests vanish": "connections stay, what one side sends is lost",
    "link half-open, answers vanish": "connections stay, the work is done, and the answer is lost",
    "records delivered again": "exact copies of 3 to 25 records arrive once more",
    "records out of order": "the same, from the newest back to the oldest",
    "poison": "one to three records that nobody can apply: no JSON, a field missing, a school of "
    "nobody, a type of nobody",
    "poison flood": "45 of them at once, past the limit: consumers stop themselves, and an "
    "operator starts them again",
    "store refuses writes": "every write is refused as by a full disk (code 14031) for 2 to 6 s; "
    "reads go on",
    "step-down of the primary": "MongoDB's primary steps down for 1 to 4 s with writes in flight",
}


def lines(outcome: Outcome) -> list[str]:
    """For the terminal."""
    judged = [
        f"{'ok   ' if one.right else 'WRONG'} {one.name}: {one.looked_at:,} looked at, "
        f"{len(one.wrong)} wrong"
        for one in outcome.findings
    ]
    unexpected = (
        f"clear answers that nobody expected: {listed(outcome.troubles.items())}; unclear: "
        f"{listed(outcome.notes.unclear.items())}"
    )
    end = (
        f"{count(outcome)} faults in {outcome.seconds:.0f} s, {len(cases(outcome)):,} "
        f"requests for support, seed {outcome.wanted.seed}"
    )
    return [*judged, *(f"WRONG {wrong}" for wrong in outcome.wrong), unexpected, end]


def page(outcome: Outcome) -> str:
    """The whole page; its words are in the template beside this file."""
    return Template(TEMPLATE.read_text()).substitute(
        _what_was_asked(outcome) | _what_was_found(outcome) | _how_it_went(outcome)
    )


def _what_was_asked(outcome: Outcome) -> dict[str, object]:
    wanted = outcome.wanted
    return {
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "seed": wanted.seed,
        "gap": f"{wanted.gap:g}",
        "wanted": wanted.faults,
    }


def _what_was_found(outcome: Outcome) -> dict[str, object]:
    wrong = outcome.wrong
    return {
        "verdict": f"**{len(wrong)} things were wrong**; they are named below."
        if wrong
        else "**Every promise was kept.**",
        "rows": "\n".join(f"| {' | '.join(row)} |" for row in _rows(outcome)),
        "kinds": "\n".join(f"- **{kind}**: {words}." for kind, words in WORDS.items()),
        "died": ", ".join(_deaths(outcome)) or "none",
        "findings": "\n".join(
            f"| {one.promise} | {one.looked_at:,} | {len(one.wrong)} |" for one in outcome.findings
        ),
        "wrong": "\n".join(["What was wrong:", "", *(f"- {one}" for one in wrong)])
        if wrong
        else "Nothing was wrong.",
    }


def _how_it_went(outcome: Outcome) -> dict[str, object]:
    notes = outcome.notes
    return {
        "faults": count(outcome),
        "minutes": f"{outcome.seconds / 60:.0f}",
        "cases": f"{len(cases(outcome)):,}",
        "attempts": f"{notes.attempts:,}",
        "unclear": f"{notes.unclear.total():,}",
        "how_unclear": listed(notes.unclear.items()),
        "again": f"{sum(one.unclear > 0 for one in notes.asked.values()):,}",
        "keyed": f"{len(notes.asked):,}",
        "restarts": outcome.restarts,
        "halts": outcome.halts,
        "unexpected": listed(outcome.troubles.items()),
    }


def count(outcome: Outcome) -> int:
    return sum(done.happened for done in outcome.done)


def cases(outcome: Outcome) -> list[str]:
    return [
        one.answer["case_id"]
        for one in outcome.notes.asked.values()
        if one.what == "case" and one.status == 202
    ]


def _rows(outcome: Outcome) -> list[list[str]]:
    done = [one for one in outcome.done if one.happened]
    return [
        *(_row(kind, [one for one in done if one.order.kind == kind]) for kind in WORDS),
        _row("**all**", done),
    ]


def _row(kind: str, done: Sequence[Done]) -> list[str]:
    took = sorted(one.recovered for one in done if one.recovered is not None)
    if not took:
        return [kind, str(len(done)), "", "", "", "", ""]
    asked = sorted(one.requests for one in done)
    waiting = max((one.outboxes for one in done if one.outboxes is not None), default=0)
    times = [f"{seconds:.1f} s" for seconds in (at(took, 50), at(took, 99), took[-1])]
    return [kind, str(len(done)), *times, f"{asked[len(asked) // 2]}, {asked[-1]}", str(waiting)]


def at(took: Sequence[float], percent: int) -> float:
    """A percentile, with the neighbours weighed; of one value, that value."""
    return took[0] if len(took) == 1 else quantiles(took, n=100, method="inclusive")[percent - 1]


def _deaths(outcome: Outcome) -> list[str]:
    return sorted(
        {
            f"`{done.detail}`"
            for done in outcome.done
            if done.order.kind.startswith("death") and done.happened
        }
    )


def listed(counted: Iterable[tuple[str, int]]) -> str:
    return (
        ", ".join(f"{times:,} x {what}" for what, times in sorted(counted, key=lambda one: -one[1]))
        or "none"
    )
