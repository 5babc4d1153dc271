"""Whoever is woken finds one page that can be followed, and what it names exists."""

import re
from pathlib import Path

import pytest

from deploy.metrics_declared import declared, families
from deploy.test_rules import ROOT, rules
from sebaya_cli.main import app
from sebaya_contracts.topics import SERVICES

RUNBOOKS = ROOT / "docs" / "runbooks"
PAGES = sorted(RUNBOOKS.glob("*.md"))
HEADINGS = ["What it means", "Look here", "Do this", "Wake somebody when"]
EACH = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def test_each_alert_has_its_page_and_no_page_is_orphaned() -> None:
    assert {rule["annotations"]["runbook_url"] for rule in rules().values()} == {
        f"docs/runbooks/{name}.md" for name in rules()
    }
    assert {page.stem for page in PAGES} == {*rules(), "README"}


def test_the_list_names_all_with_their_urgency() -> None:
    listed = re.findall(
        r"\| \[(\w+)\]\((\w+)\.md\) \| (\w+) \| (\w+) \|", (RUNBOOKS / "README.md").read_text()
    )
    assert sorted(listed) == sorted(
        (name, name, rule["labels"]["severity"], rule["labels"]["team"])
        for name, rule in rules().items()
    )


@pytest.mark.parametrize("alert", sorted(rules()))
def test_a_page_says_what_it_means_where_to_look_what_to_do_and_whom_to_wake(alert: str) -> None:
    text = (RUNBOOKS / f"{alert}.md").read_text()
    assert text.startswith(f"# {alert}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert len(text.splitlines()) <= 40, "one page"


@EACH
def test_what_a_page_links_to_and_the_alerts_it_names_exist(page: Path) -> None:
    text = page.read_text()
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert (page.parent / link).exists(), link
    assert (
        set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b", text)) - {"NetworkPolicy"}
        <= rules().keys()
    )


@EACH
def test_the_metrics_a_page_names_are_exported(page: Path) -> None:
    assert (
        set(re.findall(r"`(sebaya_[a-z_]+)`", page.read_text()))
        - {f"sebaya_{service}" for service in SERVICES}
        <= declared() | families()
    )


@EACH
def test_the_deployments_and_commands_a_page_names_exist(page: Path) -> None:
    text = page.read_text()
    workloads = {
        f"{service}-{role}" for service in (*SERVICES, "NAME") for role in ("api", "worker")
    }
    assert set(re.findall(r"deployment/([\w-]+)", text)) <= workloads
    known = {
        command.name or (command.callback and command.callback.__name__)
        for command in app.registered_commands
    }
    known |= {group.name for group in app.registered_groups}
    assert set(re.findall(r"`sebaya ([a-z]+)", text)) <= known


@EACH
def test_the_words_to_look_for_in_a_log_are_written_by_a_service(page: Path) -> None:
    sources = [
        file.read_text()
        for folder in ("chassis", "services")
        for file in (ROOT / folder).rglob("*.py")
    ]
    events = set(re.findall(r"log\.\w+\(\s*\"(\w+)\"", "\n".join(sources)))
    named = re.findall(r"grep (?:-e )?(\w+)(?: -e (\w+))?", page.read_text())
    assert {word for words in named for word in words if word} <= events
