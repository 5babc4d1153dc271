"""A page as a browser reads it: where it leads, its forms, and whatever in it could run."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

OURS = (
    "/intake/static/",
    "/matching/static/",
    "/escalation/static/",
    "/evaluation/static/",
    "/issuer/static/",
)
# What a service draws of its own state for the operator.
DRAWN = {
    f"/{service}/operations/part.svg"
    for service in ("intake", "matching", "escalation", "evaluation")
}
LEADS = {
    "a": "href",
    "form": "action",
    "link": "href",
    "script": "src",
    "img": "src",
    "iframe": "src",
}
# Named by a page of ours, or it came in with somebody's words.
TAGS_OF_WORDS = {
    "iframe",
    "object",
    "embed",
    "base",
    "style",
    "math",
    "audio",
    "video",
    "frame",
    "frameset",
    "applet",
}


@dataclass(slots=True)
class Field:
    """One field of a form, with all that it may be set to."""

    name: str
    kind: str
    values: list[str] = field(default_factory=list)

    @property
    def takes_words(self) -> bool:
        return self.kind in {"text", "textarea", "search", "email", "tel", "url", "password"}


@dataclass(slots=True)
class Form:
    """A form as it stands on its page."""

    method: str
    action: str
    fields: dict[str, Field] = field(default_factory=dict)

    def add(self, name: str, kind: str, value: str) -> Field:
        known = self.fields.setdefault(name, Field(name, kind))
        known.values.append(value)
        return known

    def filled(self) -> dict[str, str]:
        """As somebody sends it who chooses the first of everything that may be chosen."""
        return {one.name: next(filter(None, one.values), "") for one in self.fields.values()}


class Read(HTMLParser):
    """What a page holds. `runs`: what a browser would run, or load from elsewhere, if it were
    let.
    """

    def __init__(self, text: str, address: str) -> None:
        super().__init__(convert_charrefs=True)
        self.address = address.split("?", maxsplit=1)[0]
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.runs: list[str] = []
        self.loads: list[str] = []
        self._within: str | None = None
        self._select: Field | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._judge(tag, given)
        for name in ("href", "hx-get"):
            if tag in {"a", "div", "section", "area"} and given.get(name):
                self.links.append(given[name])
        if tag in {"script", "img", "link"}:
            self.loads.append(given.get(LEADS[tag], ""))
        self._form(tag, given)
        self._within = tag

    def handle_endtag(self, tag: str) -> None:
        self._within = None
        if tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._within == "script" and data.strip():
            self.runs.append(f"inline script: {data[:80]}")

    def _judge(self, tag: str, given: dict[str, str]) -> None:
        led = given.get(LEADS.get(tag, ""), "")
        self.runs += [
            f"<{tag} {name}={value[:60]}>"
            for name, value in given.items()
            if name.startswith(("on", "hx-on")) or name == "style"
        ]
        elsewhere = (
            tag in {"script", "img", "link"}
            and not led.startswith(OURS)
            and not (tag == "img" and led in DRAWN)
        )
        if tag in TAGS_OF_WORDS or elsewhere:
            self.runs.append(f"<{tag}> of {led[:60]!r}")
        if any(
            value.strip().lower().startswith(("javascript:", "data:", "vbscript:"))
            for value in given.values()
        ):
            self.runs.append(f"<{tag}> leads to a script: {given}")

    def _form(self, tag: str, given: dict[str, str]) -> None:
        if tag == "form":
            self.forms.append(
                Form(given.get("method", "get").lower(), given.get("action") or self.address)
            )
            return
        if tag == "option" and self._select is not None:
            self._select.values.append(given.get("value", ""))
        if not self.forms or not given.get("name"):
            return
        match tag:
            case "input":
                self.forms[-1].add(given["name"], given.get("type", "text"), given.get("value", ""))
            case "textarea":
                self.forms[-1].add(given["name"], "textarea", "")
            case "button":
                self.forms[-1].add(given["name"], "button", given.get("value", ""))
            case "select":
                self._select = self.forms[-1].add(given["name"], "select", "")
