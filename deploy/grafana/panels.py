"""Panels and dashboards as values, and what Grafana reads of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

WIDTH = 24
HEIGHT = 7
SCHEMA = 39  # of Grafana 11, which newer ones read and raise
SOURCE = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL, and what a line of it is called (`{{level}}` takes a label)."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """`about` says what to make of it. `red`: from this value on somebody should look; `kind`:
    `timeseries` or `stat`.
    """

    title: str
    about: str
    queries: tuple[Query, ...]
    unit: str = "short"
    red: float | None = None
    kind: str = "timeseries"
    width: int = 8

    def as_json(self, number: int, left: int, top: int) -> Json:
        steps: list[Json] = [{"color": "green", "value": None}]
        if self.red is not None:
            steps.append({"color": "red", "value": self.red})
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.about,
            "datasource": SOURCE,
            "gridPos": {"x": left, "y": top, "w": self.width, "h": HEIGHT},
            "fieldConfig": {
                "defaults": {
                    "unit": self.unit,
                    "min": 0,
                    "thresholds": {"mode": "absolute", "steps": steps},
                    "custom": self._look(),
                },
                "overrides": [],
            },
            "options": self._options(),
            "targets": [
                {
                    "refId": chr(ord("A") + index),
                    "datasource": SOURCE,
                    "expr": query.expr,
                    "legendFormat": query.legend or "__auto",
                }
                for index, query in enumerate(self.queries)
            ],
        }

    def _look(self) -> Json:
        if self.kind == "stat":
            return {}
        return {
            "fillOpacity": 10,
            "lineWidth": 1,
            "showPoints": "never",
            "thresholdsStyle": {"mode": "off" if self.red is None else "line"},
        }

    def _options(self) -> Json:
        if self.kind == "stat":
            calculated = {"calcs": ["lastNotNull"], "fields": "", "values": False}
            return {
                "reduceOptions": calculated,
                "colorMode": "background",
                "graphMode": "area",
                "textMode": "auto",
            }
        return {
            "legend": {"displayMode": "list", "placement": "bottom"},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`choices` are the values of the variable `service`, where there is one."""

    uid: str
    title: str
    about: str
    rows: tuple[tuple[str, tuple[Panel, ...]], ...]
    choices: Sequence[str] = ()

    @property
    def panels(self) -> Iterator[Panel]:
        return (panel for _, panels in self.rows for panel in panels)

    def as_json(self) -> Json:
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.about,
            "tags": ["sebaya"],
            "schemaVersion": SCHEMA,
            "version": 1,
            "editable": False,
            "timezone": "browser",
            "refresh": "10s",
            "time": {"from": "now-3h", "to": "now"},
            "templating": {"list": list(self._variables())},
            "links": [
                {
                    "type": "dashboards",
                    "tags": ["sebaya"],
                    "title": "Sebaya",
                    "asDropdown": True,
                    "includeVars": True,
                    "keepTime": True,
                }
            ],
            "annotations": {"list": [FIRING]},
            "panels": list(self._placed()),
        }

    def _variables(self) -> Iterator[Json]:
        yield {
            "name": "source",
            "label": "Prometheus",
            "type": "datasource",
            "query": "prometheus",
            "refresh": 1,
        }
        if self.choices:
            options = [
                {"text": name, "value": name, "selected": name == self.choices[0]}
                for name in self.choices
            ]
            yield {
                "name": "service",
                "label": "Service",
                "type": "custom",
                "query": ",".join(self.choices),
                "options": options,
                "current": options[0],
            }

    def _placed(self) -> Iterator[Json]:
        number, top = 1, 0
        for title, panels in self.rows:
            yield {
                "id": number,
                "type": "row",
                "title": title,
                "collapsed": False,
                "panels": [],
                "gridPos": {"x": 0, "y": top, "w": WIDTH, "h": 1},
            }
            number, top, left = number + 1, top + 1, 0
            for panel in panels:
                if left + panel.width > WIDTH:
                    left, top = 0, top + HEIGHT
                yield panel.as_json(number, left, top)
                number, left = number + 1, left + panel.width
            top += HEIGHT


PER_MINUTE = "60 * sum by ({by}) (rate({metric}[$__rate_interval]))"


def minutely(metric: str, by: str) -> str:
    return PER_MINUTE.format(metric=metric, by=by)


def quantile(share: float, metric: str, by: str = "") -> str:
    """Of the last hour: a quiet school has too few in a minute."""
    return (
        f"histogram_quantile({share}, sum by (le{', ' + by if by else ''}) "
        f"(rate({metric}_bucket[1h])))"
    )


def number(
    title: str,
    about: str,
    expr: str,
    *,
    unit: str = "short",
    red: float | None = None,
    width: int = 4,
) -> Panel:
    return Panel(title, about, (Query(expr, title),), unit=unit, red=red, kind="stat", width=width)


# When something fired, on every graph: what was it that changed just before?
FIRING = {
    "name": "Alerts",
    "datasource": SOURCE,
    "enable": True,
    "iconColor": "red",
    "expr": 'ALERTS{alertstate="firing",severity="page"}',
    "titleFormat": "{{alertname}}",
    "step": "30s",
}
