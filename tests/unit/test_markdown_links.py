"""Every relative link of the Markdown files leads to a file that is there, and to its heading."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HIDDEN = {".git", ".venv", ".sebaya", ".site", ".pytest_cache", "node_modules"}
PAGES = sorted(
    page for page in ROOT.rglob("*.md") if not HIDDEN.intersection(page.relative_to(ROOT).parts)
)
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
ELSEWHERE = re.compile(r"[a-z]+:|//")
DECISIONS = ROOT / "docs" / "decisions"


def links(page: Path) -> list[str]:
    """List the relative links of a page, outside its code."""
    found = (first or second for first, second in LINK.findall(CODE.sub("", page.read_text())))
    return [link for link in found if not ELSEWHERE.match(link)]


def anchors(page: Path) -> set[str]:
    """List the anchors of a page's headings, as forges and the site's generator make them."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", page.read_text()), re.MULTILINE)
    words = (re.sub(r"[^\w\- ]", "", heading.strip().lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in words}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_list_of_decisions_is_whole() -> None:
    listed = set(links(DECISIONS / "README.md"))
    assert listed == {page.name for page in DECISIONS.glob("0*.md")}


def test_every_page_is_reached_from_the_index() -> None:
    index = ROOT / "docs" / "index.md"
    reached = {index}
    new = [index]
    while new:
        page = new.pop()
        targets = {(page.parent / link.partition("#")[0]).resolve() for link in links(page)}
        found = {one for one in targets if one.suffix == ".md"} - reached
        reached |= found
        new += found
    assert set((ROOT / "docs").rglob("*.md")) <= reached
