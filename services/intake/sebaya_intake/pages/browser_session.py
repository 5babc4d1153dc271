"""What every page of a student stands on: the time the store has, the school of the path, and the
two cookies of a browser.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from sebaya_chassis.storage.database import answering_within
from sebaya_chassis.web.auth import SchoolPath
from sebaya_chassis.web.pages.encrypted_cookie import EncryptedCookie
from sebaya_chassis.web.pages.render import Cookie, Pages
from sebaya_chassis.web.pages.routes import PagesDependency
from sebaya_intake.dependencies import RequestContext, current_place, parts_at
from sebaya_intake.schemas import CaseView, SchoolView
from sebaya_intake.views import school_view

# The open case of a browser. Gone with the browser, and after an hour without a page: others use
# this computer too.
STUDENT = "sebaya_student"
STUDENT_SECONDS = 3600
# The code that was just given, shown again on Back until its student says that it is kept.
NEW = "sebaya_new"
NEW_SECONDS = 600


async def seconds(request: Request) -> AsyncIterator[None]:
    """The store has a few seconds; then it counts as away."""
    with answering_within(parts_at(request).settings.answer_seconds):
        yield


@dataclass(frozen=True)
class Browser:
    """One browser at one school."""

    request: Request
    at: RequestContext
    pages: Pages

    @property
    def path(self) -> str:
        return f"/s/{self.at.school.school_id}"

    @cached_property
    def _student(self) -> EncryptedCookie:
        return self._seal(STUDENT)

    @cached_property
    def _new(self) -> EncryptedCookie:
        return self._seal(NEW)

    def _seal(self, purpose: str) -> EncryptedCookie:
        return EncryptedCookie(
            self.at.parts.settings.secret_key.get_secret_value(),
            f"{purpose}-{self.at.school.school_id}",
        )

    @property
    def code(self) -> str | None:
        """The return code of the case that is open here."""
        return self._student.open(self.request.cookies.get(STUDENT), STUDENT_SECONDS)

    @property
    def new_code(self) -> str | None:
        """The return code that was given a moment ago and is not yet confirmed."""
        return self._new.open(self.request.cookies.get(NEW), NEW_SECONDS)

    def opens(self, response: Response, code: str) -> None:
        """The case of this code is open here from now on."""
        self._set(response, STUDENT, self._student.seal(code))

    def shows_new(self, response: Response, code: str) -> None:
        self._set(response, NEW, self._new.seal(code), NEW_SECONDS)

    def forgets_new(self, response: Response) -> None:
        self._set(response, NEW, None)

    def forgets(self, response: Response) -> None:
        """Whoever comes next at this computer finds nothing."""
        forget(self.pages, response, self.at.school.school_id)

    def _set(
        self, response: Response, name: str, value: str | None, lifetime: int | None = None
    ) -> None:
        self.pages.set(response, Cookie(name, value, self.pages.link(self.path), lifetime))


def forget(pages: Pages, response: Response, school_id: str) -> None:
    for name in (STUDENT, NEW):
        pages.set(response, Cookie(name, None, pages.link(f"/s/{school_id}")))


async def browser(request: Request, school_id: SchoolPath, pages: PagesDependency) -> Browser:
    """Raises UnknownSchool, Unavailable."""
    return Browser(request, await current_place(request, school_id), pages)


Here = Annotated[Browser, Depends(browser)]


async def described(here: Here) -> SchoolView:
    return await school_view(here.at.school, here.at.store)


Described = Annotated[SchoolView, Depends(described)]


def show(here: Browser, template: str, view: SchoolView | CaseView, **shown: Any) -> Response:
    """A page of a student, with the crisis lines that its school or case calls for."""
    return here.pages.show(
        here.request,
        template,
        school=here.at.school,
        **({"view": view, "crisis": view.crisis, "path": here.path} | shown),
    )
