"""The dashboards as files: what Grafana reads is whole, nothing covers anything, and each panel
says what to make of it.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.metrics_declared import declared
from deploy.test_rules import ROOT, rules

GRAFANA = ROOT / "deploy" / "grafana"
BOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))
EACH = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.stem)
Json = dict[str, Any]


def read(board: Path) -> Json:
    return dict(json.loads(board.read_text()))


def panels(board: Path) -> list[Json]:
    return [panel for panel in read(board)["panels"] if panel["type"] != "row"]


def test_there_is_one_for_each_question() -> None:
    assert {read(board)["title"] for board in BOARDS} == {
        "District live",
        "Safety",
        "One service",
        "Kafka and store",
    }
    assert len({read(board)["uid"] for board in BOARDS}) == len(BOARDS)


@EACH
def test_every_panel_has_a_place_a_number_and_a_word_on_what_it_means(board: Path) -> None:
    everything = read(board)["panels"]
    assert len({panel["id"] for panel in everything}) == len(everything)
    taken: set[tuple[int, int]] = set()
    for panel in everything:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & cells and max(x for x, _ in cells) < 24, panel["title"]
        taken |= cells
    for panel in panels(board):
        assert panel["description"] and panel["title"] and panel["targets"]
        assert panel["fieldConfig"]["defaults"]["unit"]


@EACH
def test_every_query_goes_to_the_source_that_is_chosen_above(board: Path) -> None:
    variables = {variable["name"] for variable in read(board)["templating"]["list"]}
    for panel in panels(board):
        for target in panel["targets"]:
            assert (
                target["datasource"]
                == panel["datasource"]
                == {"type": "prometheus", "uid": "${source}"}
            )
            assert "service" in variables or "$service" not in target["expr"]
    assert "source" in variables


def test_whoever_is_woken_finds_a_graph_of_what_woke_them() -> None:
    """Every metric of a rule is in a panel."""
    drawn = " ".join(
        target["expr"] for board in BOARDS for panel in panels(board) for target in panel["targets"]
    )
    for name, rule in rules().items():
        asked = [metric for metric in declared() if metric in rule["expr"]]
        assert any(metric in drawn for metric in asked), name


def test_what_is_provisioned_is_where_compose_puts_it() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/sebaya.yml").read_text())[
        "providers"
    ]
    assert (source["type"], source["isDefault"]) == ("prometheus", True)
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards"
