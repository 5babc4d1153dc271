"""The alert rules: each is seen to stay quiet, to fire and to clear, and reaches somebody."""

import functools
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerting.faults import QUICK
from alerting.slow_faults import SLOW, TOGETHER
from deploy.rule_cases import CASES, QUIET_SCHOOL, Case

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
Rule = dict[str, Any]
AT_ONCE, LATER = {"0s", "15s", "30s", "1m"}, {"2m", "5m", "10m"}
# Quick, and yet switched on by no fault: each with its reason.
NOT_FROM_OUTSIDE = {
    "CrisisLinesStale": "90 days without the operator's check are no fault to be switched on",
    "StoreBehind": "an older store is put back by hand; the drill does it (chaos/scenarios)",
    "LoopStuck": "nobody but its own code can stop one loop of a process that goes on answering",
}


def tool(name: str, package: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is not installed here: apt-get install {package}"
    return found


@functools.cache
def rules() -> Mapping[str, Rule]:
    found = [
        rule
        for file in RULES
        for group in yaml.safe_load(file.read_text())["groups"]
        for rule in group["rules"]
    ]
    assert len({rule["alert"] for rule in found}) == len(found), "an alert of the same name twice"
    return {rule["alert"]: rule for rule in found}


def expected(case: Case) -> dict[str, Any]:
    rule = rules()[case.alert]
    return {
        "exp_labels": {**rule["labels"], **case.labels},
        "exp_annotations": {
            "summary": case.says,
            "runbook_url": rule["annotations"]["runbook_url"],
        },
    }


def looks(
    series: Mapping[str, str], step: str, alert: str, at: Mapping[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    """A test of promtool: what there is to see, and what of this alert is expected at which
    times.
    """
    return {
        "interval": step,
        "input_series": [
            {"series": selector, "values": values} for selector, values in series.items()
        ],
        "alert_rule_test": [
            {"eval_time": time, "alertname": alert, "exp_alerts": alerts}
            for time, alerts in at.items()
        ],
    }


def tried(case: Case) -> tuple[str, dict[str, Any]]:
    return case.alert, looks(
        case.series,
        case.step,
        case.alert,
        {case.quiet: [], case.fires: [expected(case)], case.clears: []},
    )


def promtool(
    folder: Path, tests: Iterable[tuple[str, dict[str, Any]]], expr: str | None = None
) -> set[str]:
    """The alerts whose tests fail, each run on its own rule as it is or with another expression.
    One process: each start costs a second.
    """
    files = []
    for number, (alert, test) in enumerate(tests):
        rule = rules()[alert] | ({"expr": expr} if expr else {})
        (folder / f"{number}.rules.yml").write_text(
            yaml.safe_dump({"groups": [{"name": "tested", "rules": [rule]}]})
        )
        asked = {
            "rule_files": [f"{number}.rules.yml"],
            "evaluation_interval": test["interval"],
            "tests": [test],
        }
        files.append(folder / f"{number}.yml")
        files[-1].write_text(yaml.safe_dump(asked))
    done = subprocess.run(
        [tool("promtool", "prometheus"), "test", "rules", *files],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    failed = set(re.findall(r"alertname: (\w+), time", said))
    assert bool(failed) == (done.returncode != 0), said
    print(said)
    return failed


def test_the_files_are_what_prometheus_reads() -> None:
    done = subprocess.run(
        [tool("promtool", "prometheus"), "check", "rules", *RULES],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_has_a_case() -> None:
    assert {case.alert for case in CASES} == rules().keys()


def test_each_rule_stays_quiet_fires_and_clears(tmp_path: Path) -> None:
    assert promtool(tmp_path, map(tried, CASES)) == set()


@pytest.mark.parametrize("expr", ["vector(1) > 2", "vector(1)"], ids=["never", "always"])
def test_the_cases_of_a_rule_that_never_or_always_fires_fail(expr: str, tmp_path: Path) -> None:
    """Rules never tried: what passes with any expression has tried none."""
    assert promtool(tmp_path, map(tried, CASES), expr) == rules().keys()


def test_a_share_is_no_alarm_where_traffic_does_not_carry_it(tmp_path: Path) -> None:
    hours = {f"{hour}h": list[dict[str, Any]]() for hour in range(1, 14)}
    tests = [(alert, looks(series, "5m", alert, hours)) for alert, series in QUIET_SCHOOL.items()]
    assert promtool(tmp_path, tests) == set()


def labels(name: str) -> set[str]:
    return {str(rule["labels"][name]) for rule in rules().values()}


def test_every_rule_says_how_urgent_it_is_and_whose_it_is() -> None:
    assert labels("severity") == {"page", "ticket"}
    assert labels("team") == {"platform", "safeguarding"}
    for name, rule in rules().items():
        assert rule["labels"].keys() == {"severity", "team"}, name
        assert rule["annotations"].keys() == {"summary", "runbook_url"}, name


def test_each_rule_that_is_quick_is_set_off_by_a_fault() -> None:
    """By one that is switched on in a running town (tests/alerting); the slower ones are tried by
    promtool alone.
    """
    quick = {name for name, rule in rules().items() if rule.get("for", "0s") in AT_ONCE}
    assert {rule["for"] for rule in rules().values() if "for" in rule} <= AT_ONCE | LATER
    assert (
        quick
        - frozenset().union(*(fault.alerts | fault.also for fault in (*QUICK, *SLOW, *TOGETHER)))
        == NOT_FROM_OUTSIDE.keys()
    )


# --- Alertmanager

ALERTMANAGER = PROMETHEUS / "alertmanager.example.yml"


def amtool(*arguments: str) -> str:
    done = subprocess.run(
        [tool("amtool", "prometheus-alertmanager"), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_example_of_alertmanager_is_valid() -> None:
    assert "SUCCESS" in amtool("check-config", str(ALERTMANAGER))


@pytest.mark.parametrize(
    ("severity", "team", "receiver"),
    [
        ("page", "platform", "platform-on-call"),
        ("page", "safeguarding", "safeguarding-on-call"),
        ("ticket", "platform", "platform-inbox"),
        ("ticket", "safeguarding", "safeguarding-inbox"),
    ],
)
def test_an_alert_reaches_whose_it_is(severity: str, team: str, receiver: str) -> None:
    said = amtool(
        "config",
        "routes",
        "test",
        f"--config.file={ALERTMANAGER}",
        f"severity={severity}",
        f"team={team}",
    )
    assert said.strip() == receiver


def test_an_alert_that_nobody_thought_of_reaches_somebody() -> None:
    assert (
        amtool("config", "routes", "test", f"--config.file={ALERTMANAGER}", "alertname=New").strip()
        == "platform-on-call"
    )


def named(matchers: Iterable[str]) -> set[str]:
    return {
        name
        for matcher in matchers
        if "alertname" in matcher
        for name in re.findall(r"[A-Z]\w+", matcher)
    }


def test_what_the_example_holds_back_exists_and_is_never_about_a_student() -> None:
    """An outage is told once, not in ten alerts; but no outage silences an alert about a child."""
    of_platform = {name for name, rule in rules().items() if rule["labels"]["team"] == "platform"}
    for inhibition in yaml.safe_load(ALERTMANAGER.read_text())["inhibit_rules"]:
        assert named(inhibition["source_matchers"]) <= rules().keys()
        assert named(inhibition["target_matchers"]) <= of_platform
        assert named(inhibition["target_matchers"])
