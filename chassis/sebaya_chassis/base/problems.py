"""Errors that carry their own answer: RFC 9457 problem details."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

TYPE_BASE = "urn:sebaya:problem:"


class FieldError(BaseModel):
    """One field that is not right; `field` is its path in the request."""

    field: str
    message: str


class ProblemDetails(BaseModel):
    """RFC 9457. `type` is stable and for programs, `detail` is for people."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None


class Problem(Exception):
    """A refusal that is answered to the caller as it is.

    Subclasses say what happened in their name and docstring.
    """

    status: int = HTTPStatus.CONFLICT
    slug: str = "problem"
    title: str = "The request cannot be carried out"

    def __init__(self, detail: str = "", **members: Any) -> None:
        super().__init__(self.slug)
        self.detail = detail or self.title
        self.members = members

    @classmethod
    def example(cls) -> Self:
        """Return an example for the OpenAPI document."""
        return cls()

    def headers(self) -> dict[str, str]:
        """Return headers of the answer, besides those that every problem has."""
        return {}

    def details(self) -> ProblemDetails:
        """Return the body of the answer."""
        return ProblemDetails(
            type=TYPE_BASE + self.slug,
            title=self.title,
            status=int(self.status),
            detail=self.detail,
            **self.members,
        )


class NotFound(Problem):
    """There is no such thing for this caller; other schools' things do not exist either."""

    status = HTTPStatus.NOT_FOUND
    slug = "not-found"
    title = "There is nothing here"


class ForeignSchool(NotFound):
    """A signed-in person asked for a school that is not theirs: to them it does not exist."""


class UnknownSchool(NotFound):
    """No school of that name in this district."""

    slug = "unknown-school"
    title = "This district has no such school"


class Unauthenticated(Problem):
    """No valid credential came with the request."""

    status = HTTPStatus.UNAUTHORIZED
    slug = "unauthenticated"
    title = "Sign in first"
    scheme = "Bearer"

    def headers(self) -> dict[str, str]:
        """Return how to authenticate (RFC 9110, 11.6.1)."""
        return {"WWW-Authenticate": f'{self.scheme} realm="sebaya"'}


class WrongToken(Unauthenticated):
    """A token came that is not merely too old; the answer does not say what is wrong with it."""


class Forbidden(Problem):
    """Signed in, but not for this."""

    status = HTTPStatus.FORBIDDEN
    slug = "forbidden"
    title = "Your role may not do this"


class LeftSchool(Forbidden):
    """The district's file no longer names this person at the school."""

    slug = "left-school"
    title = "You no longer work at this school"


class Invalid(Problem):
    """The request does not say what it must; `errors` names the fields."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    slug = "invalid"
    title = "Some fields are not right"

    def __init__(
        self, detail: str = "", *, errors: Sequence[FieldError | Mapping[str, str]], **members: Any
    ) -> None:
        super().__init__(detail, errors=errors, **members)

    @classmethod
    def example(cls) -> Self:
        return cls(errors=[FieldError(field="text", message="Field required")])


class TooLarge(Problem):
    """More bytes than this door takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    slug = "too-large"
    title = "This is too long"


class TooSlow(Problem):
    """The body did not come in time."""

    status = HTTPStatus.REQUEST_TIMEOUT
    slug = "too-slow"
    title = "The request did not arrive whole in time; please try again"


class Refused(Problem):
    """The web framework refused the request before it reached a route."""

    slug = "refused"

    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        self.status, self.title = status, title


class Unavailable(Problem):
    """The store is away. Nothing was done half; try again."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "unavailable"
    title = "This cannot be saved right now; please try again in a moment"


class Unexpected(Problem):
    """A fault of ours."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    slug = "unexpected"
    title = "Something went wrong on our side"
