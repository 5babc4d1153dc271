"""Write docs/screening.md and its plots from texts that the weights never learnt from."""

from pathlib import Path

from sebaya_cli.screen_figures import BINS, Figures, Judged, compute_figures
from sebaya_cli.screening import list_figures
from sebaya_escalation.screen.model import Level
from training.plots import Points, draw_plot

DOCS = Path("docs")
LANGUAGES = {"id": "Indonesian", "en": "English"}
HEAD = """# How often the screen is right

This page is written by `make screen-model`, version `{version}` of the weights.

**No pupil wrote any of these texts.** They were written for the project (see `corpus/README.md`),
most of the risky ones without naming the act, and most of the benign ones with a risky text's
words. So the figures compare versions of the screen; they do not say how often it is right with
real pupils. A screen is one of several ways to be heard: the safety questions of the request, the
button that calls an adult and the person who reads are the others.

Intervals are Wilson's, at 95 %; *n* is the number of texts. What the levels and kinds mean stands
in [What the levels of the screen mean](screening-levels.md), how the weights came to be in
[The model of the second stage](screening-model.md).
"""


def write_report(
    held_out: list[Judged], folds: list[Judged], rules: list[Judged], version: str
) -> None:
    """Write the page and its plots.

    `held_out` are families never trained on, `folds` the others, each judged by heads that had not
    seen its family, `rules` the held-out ones judged by the rules alone.
    """
    sections = [
        ("Families held out", "Never trained on, and no threshold chosen by them.", held_out, True),
        (
            "Five folds",
            "All other families, each judged by heads that had not seen it. The thresholds were"
            " chosen on these.",
            folds,
            True,
        ),
        ("The rules alone", "The families held out, without the second stage.", rules, False),
    ]
    parts = [HEAD.format(version=version)]
    for title, about, judged, probable in sections:
        parts.append(f"## {title}\n{about}\n\n{_make_table(compute_figures(judged, probable))}")
        if judged is held_out:
            parts.append(_write_plots(held_out))
    (DOCS / "screening.md").write_text("\n".join(parts), "utf-8")


def _make_table(figures: list[Figures]) -> str:
    rows: dict[str, dict[str, str]] = {}
    for one in figures:
        for name, value in list_figures(one):
            rows.setdefault(name, {})[one.lang] = value
    langs = [lang for lang in LANGUAGES if any(one.lang == lang for one in figures)]
    head = f"| | {' | '.join(LANGUAGES[lang] for lang in langs)} |\n|---|{'---|' * len(langs)}\n"
    lines = [
        f"| {name.replace('  ', '– ')} | {' | '.join(values.get(lang, '-') for lang in langs)} |\n"
        for name, values in rows.items()
    ]
    return head + "".join(lines)


def _write_plots(judged: list[Judged]) -> str:
    by_lang = {
        name: [one for one in judged if one.text.lang == lang] for lang, name in LANGUAGES.items()
    }
    reliability = draw_plot(
        "Reliability: what a probability comes to",
        "probability that the second stage gives",
        "share that is risky",
        {name: _bin_texts(texts) for name, texts in by_lang.items()},
        diagonal=True,
    )
    recall = draw_plot(
        "Recall against alerts on benign texts",
        "share of benign texts that alert",
        "share of risky texts that alert",
        {name: _trace_recall(texts) for name, texts in by_lang.items()},
        diagonal=False,
    )
    (DOCS / "pictures" / "screening-reliability.svg").write_text(reliability, "utf-8")
    (DOCS / "pictures" / "screening-recall.svg").write_text(recall, "utf-8")
    return (
        "![Reliability of the probabilities on held-out families]"
        "(pictures/screening-reliability.svg)\n"
        "![Recall on held-out families against the share of benign texts that alert]"
        "(pictures/screening-recall.svg)\n"
    )


def _bin_texts(judged: list[Judged]) -> Points:
    bins: list[list[Judged]] = [[] for _ in range(BINS)]
    for one in judged:
        bins[min(int(one.score * BINS), BINS - 1)].append(one)
    return [
        (
            sum(one.score for one in inside) / len(inside),
            sum(one.text.level > Level.NONE for one in inside) / len(inside),
        )
        for inside in bins
        if inside
    ]


def _trace_recall(judged: list[Judged], points: int = 60) -> Points:
    risky = [one.score for one in judged if one.text.level > Level.NONE]
    benign = sorted((one.score for one in judged if one.text.level is Level.NONE), reverse=True)
    places = [round(at * (len(benign) - 1) / points) for at in range(points + 1)]
    return [
        (place / len(benign), sum(score > benign[place] for score in risky) / len(risky))
        for place in places
    ]
