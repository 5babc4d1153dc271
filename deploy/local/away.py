"""Writes the pages that the entrance shows when no service answers, one a country (`make away`);
`--check` only looks.

Nobody can be asked then for the school or its country, so an installation names its country to the
entrance once (SEBAYA_COUNTRY). The lines, their days and their translations are the product's own:
whoever changes them there is told by the check to write these anew.
"""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sebaya_intake
from sebaya_chassis.web.pages import catalogue
from sebaya_chassis.web.pages.render import make_environment
from sebaya_intake.domain.crisis_lines import LINES, UNVERIFIED, CrisisLine

HERE = Path(__file__).parent
FOLDER = HERE / "away"
# For a country whose lines nobody has looked up, and for a district in several: advice that holds
# everywhere, and no number.
ANYWHERE = "anywhere"
INTAKE = Path(str(sebaya_intake.__file__)).parent / "pages"
# Small, and of the page itself: there is nobody to ask for a file. The Caddyfile allows exactly
# this style.
STYLE = (
    "body{margin:0 auto;max-width:34rem;padding:2rem 1.25rem;font:1.125rem/1.6 "
    "system-ui,sans-serif;"
    "color:#22302b;background:#fbf8f3}"
    "h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.15rem;margin-bottom:.5rem}"
    "section+section{border-top:1px solid #d9d3c7;margin-top:2rem}"
    "strong{color:#7a3b12}.lines{list-style:none;margin:0;padding:0}.lines "
    "li{border-top:1px solid #e8e2d6;padding:.75rem 0}"
    ".lines h3{font-size:1.05rem;margin:0}.lines p{font-size:1rem;margin:.25rem 0 0}"
    ".lines a,.lines strong{display:inline-block;font-weight:700;padding:.5rem 0}.lines "
    "a{color:#7a3b12}"
)
SAY = {
    "id": {
        "title": "Sebentar, ya",
        "what": "Bagian ini belum bisa menjawab. Yang baru kamu kirim mungkin belum sampai. Muat "
        "ulang halaman ini sebentar lagi: yang kamu"
        " tulis dikirim sekali lagi.",
        "danger": "Sedang dalam bahaya?",
        "call": "Hubungi salah satu dari yang di bawah ini sekarang, atau datangi orang dewasa "
        "yang kamu percaya dan katakan.",
        "anywhere": "Telepon nomor darurat di negaramu sekarang, atau datangi orang dewasa yang "
        "kamu percaya dan katakan.",
        "lines": "Yang mendengarkanmu (%s)",
    },
    "en": {
        "title": "One moment, please",
        "what": "This part cannot answer right now. What you just sent may not have arrived. "
        "Load this page again in a moment: what you"
        " wrote is sent once more.",
        "danger": "In danger right now?",
        "call": "Get in touch with one of those below now, or go to an adult you trust and say it.",
        "anywhere": "Call your country's emergency number now, or go to an adult you trust and "
        "say it.",
        "lines": "Who listens to you (%s)",
    },
}
PAGE = (
    '<!doctype html><html lang="id"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
    "<style>{style}</style></head><body><main>\n{sections}\n</main></body></html>\n"
)


def page(code: str, lines: tuple[CrisisLine, ...]) -> str:
    title = " · ".join(SAY[language]["title"] for language in catalogue.LANGUAGES)
    sections = "\n".join(section(language, code, lines) for language in catalogue.LANGUAGES)
    return PAGE.format(title=title, style=STYLE, sections=sections)


def section(language: str, code: str, lines: tuple[CrisisLine, ...]) -> str:
    """In one language and one line, by the templates and catalogues of the product's own pages."""
    pages = make_environment(language, INTAKE, {"unverified": UNVERIFIED.isoformat()})
    country = catalogue.LOCALES[language].territories[code] if lines else ""
    shown: dict[str, Any] = {
        "language": language,
        "say": SAY[language],
        "country": country,
        "crisis": SimpleNamespace(lines=lines),
    }
    written = pages.from_string((HERE / "away.html.j2").read_text()).render(shown)
    return " ".join(line.strip() for line in written.splitlines() if line.strip())


def files() -> dict[Path, str]:
    return {
        FOLDER / f"{code}.html": page(code, lines)
        for code, lines in {**LINES, ANYWHERE: ()}.items()
    }


def main() -> None:
    made = files()
    stale = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    stale += [path for path in FOLDER.glob("*.html") if path not in made]
    if "--check" in sys.argv:
        if stale:
            sys.exit(
                "Not what the product says of crisis lines (make away): "
                + ", ".join(path.name for path in stale)
            )
        return
    FOLDER.mkdir(exist_ok=True)
    for path in stale:
        if path in made:
            path.write_text(made[path])
        else:
            path.unlink()


if __name__ == "__main__":
    main()
