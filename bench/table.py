"""The reports as Markdown, written between markers of docs/performance.md."""

import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any


def table(report: Mapping[str, Any]) -> str:
    """One bench: a row a contender, then each ratio with its bar."""
    more = list(report["contenders"][0]["more"])
    killed = any(contender["killed"] for contender in report["contenders"])
    heads = ["", report["unit"], "range", *more, *(["lost / doubled after kill -9"] * killed)]
    rows = [_row(contender, more, killed=killed) for contender in report["contenders"]]
    lines = [f"| {' | '.join(cells)} |" for cells in [heads, ["---"] * len(heads), *rows]]
    ratios = [_ratio(report["contenders"][0]["name"], ratio) for ratio in report["ratios"]]
    ceilings = [_ceiling(ceiling) for ceiling in report.get("ceilings", ())]
    when = f"- {report['measured_at']}, {report['repeats']} rounds, {report['machine']}"
    circumstances = textwrap.fill(when, 100, subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join([f"**{report['title']}**", "", *lines, "", *ratios, *ceilings, circumstances])


def _row(contender: Mapping[str, Any], more: Iterable[str], *, killed: bool) -> list[str]:
    after = contender["killed"]
    return [
        contender["name"],
        number(contender["median"]),
        f"{number(contender['low'])} – {number(contender['high'])}",
        *(number(contender["more"][name]) if name in contender["more"] else "–" for name in more),
        *([f"{after['lost']} / {after['doubled']}" if after else "–"] * killed),
    ]


def _ratio(ours: str, ratio: Mapping[str, Any]) -> str:
    bar = f"{'at least' if ratio['more_is_better'] else 'at most'} {ratio['bar']:g}"
    verdict = "held" if ratio["held"] else "**missed**"
    spread = f"{ratio['median']:.2f} ({ratio['low']:.2f} – {ratio['high']:.2f})"
    return f"- {ours} : {ratio['peer']} = {spread}; wanted {bar}: {verdict}"


def _ceiling(ceiling: Mapping[str, Any]) -> str:
    verdict = "held" if ceiling["held"] else "**missed**"
    spread = f"{ceiling['median']:.2f} ({ceiling['low']:.2f} – {ceiling['high']:.2f})"
    what = f"{ceiling['contender']}, {ceiling['figure']}"
    return f"- {what} = {spread}; wanted at most {ceiling['at_most']:g}: {verdict}"


def number(value: float) -> str:
    """Thousands without decimals, small figures with what matters of them."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def written(text: str, name: str, content: str) -> str:
    """The page with what stands between a bench's markers replaced. Raises ValueError where it has
    none.
    """
    start, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    changed, times = re.subn(
        f"{re.escape(start)}.*?{re.escape(end)}",
        lambda _: f"{start}\n{content}\n{end}",
        text,
        flags=re.DOTALL,
    )
    if times != 1:
        raise ValueError(f"the page has {times} places for {name}")
    return changed
