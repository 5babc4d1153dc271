"""The page of a fault run says what was done and what was wrong."""

from datetime import UTC, datetime

from chaos.faults import Order
from chaos.ledger import Notes
from chaos.report import WORDS, lines, page
from chaos.run import Done, Outcome, Wanted
from sebaya_cli.doctor import Finding

THEN = datetime(2026, 1, 1, tzinfo=UTC)


def outcome_of(*findings: Finding) -> Outcome:
    order = Order("death at a write", "intake-1", 1.0, 0.5)
    done = [
        Done(order, THEN, THEN, seconds, detail="before insert of cases") for seconds in (2.0, 9.0)
    ]
    late = Done(Order("kill of Kafka", "kafka", 1.0, 0.5), THEN, THEN, None, happened=False)
    return Outcome(
        Wanted(7, 3, 1.0, 1.0), [*done, late], Notes(), list(findings), [], 1, 0, {}, 60.0
    )


def test_a_run_in_which_every_promise_was_kept_says_so_with_its_figures() -> None:
    said = page(outcome_of(Finding("slots", "No supporter is over the cap", 5)))
    assert "**Every promise was kept.**" in said
    assert "| death at a write | 2 | 5.5 s |" in said
    assert "`before insert of cases`" in said
    assert all(f"- **{kind}**" in said for kind in WORDS)


def test_what_was_wrong_is_named_and_a_fault_that_did_not_happen_is_not_counted() -> None:
    outcome = outcome_of(Finding("slots", "No supporter is over the cap", 5, ("peer-1 had 3",)))
    assert not outcome.right
    assert "peer-1 had 3" in page(outcome)
    assert "**2 faults**" in page(outcome)
    assert any("WRONG slots" in line for line in lines(outcome))
