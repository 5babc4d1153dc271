"""Random faults while people are at work: a bounded run with a fixed seed. `make chaos` is the long
one.
"""

from chaos.faults import KINDS
from chaos.plan import FIRST_AGAIN, WEIGHTS, plan_of, read, written
from chaos.report import count, lines, page
from chaos.run import DEFAULT_SEED, Wanted, perform

FAULTS = len(WEIGHTS) + len(FIRST_AGAIN) + 3


def test_a_seed_gives_one_plan_which_can_be_printed_and_given_back() -> None:
    plan = plan_of(DEFAULT_SEED, 200, 5.0)
    assert plan == plan_of(DEFAULT_SEED, 200, 5.0) == read(written(plan))
    assert plan != plan_of(DEFAULT_SEED + 1, 200, 5.0)
    assert {order.kind for order in plan[: len(KINDS) + len(FIRST_AGAIN)]} == set(KINDS)


def test_under_random_faults_nothing_is_lost_doubled_or_sent_astray() -> None:
    outcome = perform(Wanted(DEFAULT_SEED, FAULTS, gap=4.0, pace=1.0))
    print("\n".join(lines(outcome)))
    assert outcome.wrong == []
    assert count(outcome) >= 20
    assert outcome.notes.unclear, "no fault was noticed by anybody"
    assert "$" not in page(outcome)
