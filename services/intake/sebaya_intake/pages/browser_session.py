"""What every page of a student stands on: the time the store has, the school of the path, and the
two cookies of a browser.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from sebaya_chassis.storage.database import answer_within
from sebaya_chassis.web.auth import SchoolPath
from sebaya_chassis.web.pages.encrypted_cookie import EncryptedCookie
from sebaya_chassis.web.pages.render import Cookie, Pages
from sebaya_chassis.web.pages.routes import PagesDependency, see_other
from sebaya_intake import commands
from sebaya_intake.commands import SchoolContext
from sebaya_intake.dependencies import current_context, dependencies_of
from sebaya_intake.schemas.cases import CaseView
from sebaya_intake.schemas.opening import SchoolView
from sebaya_intake.views import school_view

# The open case of a browser. Gone with the browser, and after an hour without a page: others use
# this computer too.
STUDENT = "sebaya_student"
STUDENT_SECONDS = 3600
# The code that was just given, shown again on Back until its student says that it is kept.
NEW = "sebaya_new"
NEW_SECONDS = 600
# Why the crisis lines were last shown in full here: for the same reason one row each is enough.
LINES = "sebaya_lines"


async def limit_store_time(request: Request) -> AsyncIterator[None]:
    """Give the store a few seconds; then it counts as away."""
    with answer_within(dependencies_of(request).settings.answer_seconds):
        yield


@dataclass(frozen=True)
class Browser:
    """One browser at one school."""

    request: Request
    context: SchoolContext
    pages: Pages

    @property
    def path(self) -> str:
        return f"/s/{self.context.school.school_id}"

    @cached_property
    def _student(self) -> EncryptedCookie:
        return self._cookie(STUDENT)

    @cached_property
    def _new(self) -> EncryptedCookie:
        return self._cookie(NEW)

    @cached_property
    def _lines(self) -> EncryptedCookie:
        return self._cookie(LINES)

    def _cookie(self, purpose: str) -> EncryptedCookie:
        return EncryptedCookie(
            self.context.settings.secret_key.get_secret_value(),
            f"{purpose}-{self.context.school.school_id}",
        )

    @property
    def code(self) -> str | None:
        """The return code of the case that is open here."""
        return self._student.open(self.request.cookies.get(STUDENT), STUDENT_SECONDS)

    @property
    def new_code(self) -> str | None:
        """The return code that was given a moment ago and is not yet confirmed."""
        return self._new.open(self.request.cookies.get(NEW), NEW_SECONDS)

    @cached_property
    def folded(self) -> str | None:
        """The reason for which the crisis lines were shown in full here already."""
        return self._lines.open(self.request.cookies.get(LINES), STUDENT_SECONDS)

    def remember_lines(self, response: Response, reason: str) -> None:
        """Remember that the lines were shown in full for this reason."""
        if reason != self.folded:
            self._set(response, LINES, self._lines.seal(reason))

    def keep_code(self, response: Response, code: str) -> None:
        """Keep the case of this code open here from now on."""
        self._set(response, STUDENT, self._student.seal(code))

    def keep_new_code(self, response: Response, code: str) -> None:
        """Keep a code that is shown until its student confirms it."""
        self._set(response, NEW, self._new.seal(code), NEW_SECONDS)

    def forget_new_code(self, response: Response) -> None:
        """Forget the code once its student has confirmed it."""
        self._set(response, NEW, None)

    def forget(self, response: Response) -> None:
        """Forget both codes: the next user of this computer finds nothing."""
        forget_codes(self.pages, response, self.context.school.school_id)

    def redirect_to(self, page: str) -> Response:
        """Redirect to a page of this school; going back does not send a form again."""
        return see_other(self.pages.link(f"{self.path}{page}"))

    def _set(
        self, response: Response, name: str, value: str | None, lifetime: int | None = None
    ) -> None:
        self.pages.set_cookie(response, Cookie(name, value, self.pages.link(self.path), lifetime))


def forget_codes(pages: Pages, response: Response, school_id: str) -> None:
    """Take the cookies of a school away from a browser."""
    for name in (STUDENT, NEW, LINES):
        pages.set_cookie(response, Cookie(name, None, pages.link(f"/s/{school_id}")))


async def current_browser(
    request: Request, school_id: SchoolPath, pages: PagesDependency
) -> Browser:
    """Return the browser at the path's school. Raises UnknownSchool, Unavailable."""
    return Browser(request, await current_context(request, school_id), pages)


CurrentBrowser = Annotated[Browser, Depends(current_browser)]


async def current_school_view(browser: CurrentBrowser) -> SchoolView:
    """Return the school as it is shown before anything is asked."""
    return school_view(await commands.describe_school(browser.context))


CurrentSchoolView = Annotated[SchoolView, Depends(current_school_view)]


def show(browser: Browser, template: str, view: SchoolView | CaseView, **shown: Any) -> Response:
    """Show a page of a student, with the crisis lines that its school or case calls for.

    In full the first time, and one row each when they come for the same reason again.
    """
    given = {"view": view, "crisis": view.crisis, "path": browser.path, "folded": browser.folded}
    response = browser.pages.show(
        browser.request, template, school=browser.context.school, **(given | shown)
    )
    if view.crisis.reason is not None and "folded" not in shown:
        browser.remember_lines(response, view.crisis.reason)
    return response
