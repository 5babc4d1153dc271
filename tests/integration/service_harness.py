"""A member of staff, signed in at a service's pages, as their browser sends what they do."""

from dataclasses import dataclass

import httpx
from fastapi import FastAPI

from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.csrf import COOKIE as FORM
from sebaya_chassis.web.pages.csrf import CsrfGuard
from sebaya_chassis.web.pages.staff_sessions import COOKIE
from sebaya_contracts.words import Role
from staff_session import begin_session
from support import SECRET

NONCE = "n" * 22
PAGE = {"Accept": "text/html", "Accept-Language": "en", "Sec-Fetch-Site": "same-origin"}


@dataclass(slots=True)
class StaffBrowser:
    """One browser."""

    http: httpx.AsyncClient
    staff: str

    async def get(self, path: str, **query: str) -> httpx.Response:
        return await self.http.get(path, params=query, headers=self._headers())

    async def send(self, path: str, **fields: str | list[str]) -> httpx.Response:
        body = fields | {"token": CsrfGuard(SECRET, "").token(NONCE)}
        return await self.http.post(path, data=body, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return PAGE | {"Cookie": f"{FORM}={NONCE}; {COOKIE}={self.staff}"}


def open_staff_browser(
    http: httpx.AsyncClient, app: FastAPI, name: str, role: Role, *schools: str
) -> StaffBrowser:
    person = Principal(name, frozenset({role}), frozenset(schools), name.title())
    return StaffBrowser(http, begin_session(app, person))
