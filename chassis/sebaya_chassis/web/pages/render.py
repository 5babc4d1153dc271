"""Pages from templates: language, links, form tokens, and the headers that every page bears."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_decimal
from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pydantic import SecretStr

from sebaya_chassis.web.pages import catalogue, csrf
from sebaya_chassis.web.pages.assets import BY_FILE
from sebaya_chassis.web.pages.csrf import CsrfGuard
from sebaya_chassis.web.pages.texts import HOURS, LEVELS, ROLES, TOPICS
from sebaya_contracts.district import School

# The page behind the quick exit: harmless to be seen on.
NEUTRAL = {"id": "https://id.wikipedia.org/", "en": "https://en.wikipedia.org/"}
NAMES = {"id": "Bahasa Indonesia", "en": "English"}
CHASSIS = Path(__file__).parent
SameSite = Literal["lax", "strict"]

# For templates with a live part: nothing is evaluated, nothing is kept in the browser, and 304
# leaves what is there.
HTMX_CONFIG = json.dumps(
    {
        "allowEval": False,
        "includeIndicatorStyles": False,
        "selfRequestsOnly": True,
        "historyCacheSize": 0,
        "responseHandling": [{"code": "20.", "swap": True}, {"code": "...", "swap": False}],
    }
)

HEADERS = {
    # A form's answer may lead to the neutral page, and browsers hold that against `form-action`
    # too.
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            f"form-action 'self' {' '.join(NEUTRAL.values())}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    # Nothing outside learns an address of ours, but our own forms say where they come from
    # (`no-referrer` would hide it from us too).
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie to be set; without a value it is taken away."""

    name: str
    value: str | None
    path: str
    seconds: int | None = None
    same_site: SameSite = "strict"


class PageSettings(Protocol):
    """The settings that pages need."""

    @property
    def root_path(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def secret_key(self) -> SecretStr: ...
    @property
    def oidc_issuer(self) -> str: ...


class Pages:
    """The pages of one service: its templates before the common ones, in every language."""

    def __init__(self, package: str, settings: PageSettings, words: Mapping[str, Any]) -> None:
        """`words` are the sentences of the service's closed lists, by their name in templates."""
        own = Path(str(files(package)))
        self.root = settings.root_path.rstrip("/")
        self.origin = settings.origin
        self.guard = CsrfGuard(settings.secret_key.get_secret_value(), settings.origin)
        self._headers = _headers_beside(settings)
        self._secure = settings.origin.startswith("https:")
        self._languages = {
            language: make_environment(language, own, words) for language in catalogue.LANGUAGES
        }

    def language(self, request: Request, school: School | None = None) -> str:
        """Choose the language of an answer."""
        accept = request.headers.get("accept-language")
        return catalogue.choose_language(
            request.cookies.get(catalogue.COOKIE), accept, school.languages if school else ()
        )

    def link(self, path: str) -> str:
        """Link to a page of this service behind the one origin."""
        return f"{self.root}{path}"

    def link_to_service(self, service: str, path: str) -> str:
        """Link to a page of another service behind the one origin."""
        return f"/{service}{path}"

    def show(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        school: School | None = None,
        language: str | None = None,
        headers: Mapping[str, str] | None = None,
        **shown: Any,
    ) -> HTMLResponse:
        """Show a whole page."""
        nonce, new = self.guard.nonce(request)
        html = self._render(request, template, school, nonce, shown, language)
        every = {**self._headers, **(headers or {})}
        response = HTMLResponse(html, status_code=status, headers=every)
        if new:
            self.set_cookie(response, Cookie(csrf.COOKIE, nonce, self.root or "/"))
        return response

    def show_live(
        self, request: Request, template: str, *, school: School | None = None, **shown: Any
    ) -> Response:
        """Show a part of a page that is polled; answer 304 while the browser has it already."""
        part, etag = self.render_part(request, template, school=school, **shown)
        headers = {**HEADERS, "ETag": etag}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return HTMLResponse(part, headers=headers)

    def show_image(self, request: Request, template: str, **shown: Any) -> Response:
        """Show an SVG image, for a page without scripts that shows a part of another service."""
        nonce, _ = self.guard.nonce(request)
        return Response(
            self._render(request, template, None, nonce, shown),
            media_type="image/svg+xml",
            headers=HEADERS,
        )

    def render_part(
        self, request: Request, template: str, *, school: School | None = None, **shown: Any
    ) -> tuple[Markup, str]:
        """Render a part of a page, with its entity tag, which the part names as it polls."""
        nonce, _ = self.guard.nonce(request)
        render = partial(self._render, request, template, school, nonce)
        etag = f'"{sha256(render(shown | {"etag": ""}).encode()).hexdigest()[:16]}"'
        # Rendered by our own escaping templates.
        return Markup(render(shown | {"etag": etag})), etag  # noqa: S704

    def set_cookie(self, response: Response, cookie: Cookie) -> None:
        """Set a cookie that no script reads and no other site sends."""
        response.set_cookie(
            cookie.name,
            cookie.value or "",
            path=cookie.path,
            max_age=0 if cookie.value is None else cookie.seconds,
            httponly=True,
            secure=self._secure,
            samesite=cookie.same_site,
        )

    def _render(
        self,
        request: Request,
        template: str,
        school: School | None,
        nonce: str,
        shown: Mapping[str, Any],
        chosen: str | None = None,
    ) -> str:
        language = chosen or self.language(request, school)
        zone = ZoneInfo(school.time_zone) if school else ZoneInfo("UTC")
        common = {
            "language": language,
            "link": self.link,
            "across": self.link_to_service,
            "here": request.scope["path"],
            "method": request.method,
            "token": self.guard.token(nonce),
            "zone": zone,
            "school": school,
            "neutral": NEUTRAL[language],
        }
        return self._languages[language].get_template(template).render({**common, **shown})


def _headers_beside(settings: PageSettings) -> Mapping[str, str]:
    """Return the headers of a page, from which a sign-out may lead on to the provider's own."""
    parts = urlsplit(settings.oidc_issuer)
    provider, policy = f"{parts.scheme}://{parts.netloc}", HEADERS["Content-Security-Policy"]
    if provider == settings.origin:
        return HEADERS
    allowed = policy.replace("form-action 'self'", f"form-action 'self' {provider}")
    return {**HEADERS, "Content-Security-Policy": allowed}


def make_environment(language: str, own: Path, words: Mapping[str, Any]) -> Environment:
    """Make the templates of one language: a folder's before the common ones, texts and formats."""
    environment = Environment(
        loader=ChoiceLoader(
            [FileSystemLoader(own / "templates"), FileSystemLoader(CHASSIS / "templates")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    texts = catalogue.translations(language, (CHASSIS / "locale", own / "locale"))
    # The method comes with the extension.
    environment.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]
    locale = catalogue.LOCALES[language]
    environment.filters |= _formats(locale)
    environment.globals |= {
        "asset": lambda file: BY_FILE[file].name,
        "words": words,
        "htmx_config": HTMX_CONFIG,
        "role_names": ROLES,
        "topic_names": TOPICS,
        "hour_names": HOURS,
        "level_names": LEVELS,
        "LANGUAGE_NAMES": NAMES,
    }
    return environment


def _formats(locale: Any) -> dict[str, Any]:
    return {
        "moment": lambda at, zone: format_datetime(at, "d MMM, HH:mm", tzinfo=zone, locale=locale),
        "weekday": lambda at, zone: format_datetime(at, "EEE", tzinfo=zone, locale=locale),
        "clock": lambda at, zone: format_time(at, "HH:mm", tzinfo=zone, locale=locale),
        "day": lambda at: _day(at, locale),
        "month": lambda month: format_date(
            date.fromisoformat(f"{month}-01"), "MMMM y", locale=locale
        ),
        "span": lambda seconds: format_timedelta(
            timedelta(seconds=round(seconds)), threshold=1.5, locale=locale
        ),
        "number": lambda value: format_decimal(value, locale=locale),
    }


def _day(at: date | str, locale: Any) -> str:
    return format_date(
        date.fromisoformat(at) if isinstance(at, str) else at, "d MMMM y", locale=locale
    )
