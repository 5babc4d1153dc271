"""What the routes for programs and for browsers share: the parts of one process, and the caller
that gives feedback.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Path, Request
from fastapi.security import HTTPAuthorizationCredentials

from sebaya_chassis.base.problems import Forbidden, NotFound
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.storage.schools import Schools
from sebaya_chassis.web.auth import SchoolPath, authenticate, bearer
from sebaya_chassis.web.feedback_link import FeedbackLinkInvalid, read
from sebaya_chassis.web.wave_link import read_wave_link
from sebaya_contracts.words import Role, Side
from sebaya_evaluation.collections import RESPONSES
from sebaya_evaluation.domain.feedback import Respondent
from sebaya_evaluation.domain.spans import Calendar
from sebaya_evaluation.domain.waves import WaveStudent
from sebaya_evaluation.settings import Settings
from sebaya_evaluation.store import EvaluationStore


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The parts of one process."""

    runtime: Runtime
    settings: Settings

    @property
    def schools(self) -> Schools:
        """This service's copy of the schools."""
        return self.runtime.schools

    def store(self, school_id: str) -> EvaluationStore:
        """Open the records of one school."""
        return EvaluationStore(self.runtime.store(school_id), self.schools)

    @property
    def calendar(self) -> Calendar:
        """The schools' calendar."""
        return self.settings.calendar

    def wake_count(self) -> None:
        """Wake the count of responses: one came in just now."""
        self.runtime.wake(RESPONSES.collection)


async def dependencies_of(request: Request) -> Dependencies:
    """Find the parts of the process that answers this request."""
    dependencies: Dependencies = request.app.state.dependencies
    return dependencies


TheDependencies = Annotated[Dependencies, Depends(dependencies_of)]


async def identify_respondent(
    request: Request,
    school_id: SchoolPath,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    feedback_token: Annotated[
        str | None, Header(max_length=2048, description="A student's short-lived link, from intake")
    ] = None,
) -> Respondent:
    """Identify the student of a link, or else the supporter of a sign-in.

    The link comes first: on a shared device the supporter's session may still be there. Raises
    FeedbackLinkInvalid, Unauthenticated, Forbidden, NotFound.
    """
    if feedback_token is not None:
        return _read_link(await dependencies_of(request), school_id, feedback_token)
    principal = await authenticate(request, credentials)
    if not principal.at(school_id):
        raise NotFound
    if Role.SUPPORTER not in principal.roles:
        raise Forbidden
    return Respondent(Side.SUPPORTER, supporter_id=principal.person_id)


async def identify_student(
    dependencies: TheDependencies,
    school_id: SchoolPath,
    token: Annotated[str, Path(max_length=2048)],
) -> Respondent:
    """Identify the student of a link in the path. Raises FeedbackLinkInvalid."""
    return _read_link(dependencies, school_id, token)


def _read_link(dependencies: Dependencies, school_id: str, token: str) -> Respondent:
    link = read(dependencies.settings.secret_key.get_secret_value(), token)
    if link.school_id != school_id:
        raise FeedbackLinkInvalid
    return Respondent(link.side, case_id=link.case_id, match_id=link.match_id)


async def identify_wave_student(
    dependencies: TheDependencies,
    school_id: SchoolPath,
    wave_token: Annotated[str, Path(max_length=2048)],
) -> WaveStudent:
    """Identify the student, and the wave, of a link in the path. Raises FeedbackLinkInvalid."""
    link = read_wave_link(dependencies.settings.secret_key.get_secret_value(), wave_token)
    if link.school_id != school_id:
        raise FeedbackLinkInvalid
    return WaveStudent(link.case_id, link.wave)


TheRespondent = Annotated[Respondent, Depends(identify_respondent)]
StudentOfLink = Annotated[Respondent, Depends(identify_student)]
StudentOfWave = Annotated[WaveStudent, Depends(identify_wave_student)]
