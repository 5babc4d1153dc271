"""What intake refuses, and how it says so to a student."""

from http import HTTPStatus

from sebaya_chassis.base.problems import Forbidden, Invalid, NotFound, Problem, Unauthenticated


class CodeMissing(Unauthenticated):
    """No return code came with the request."""

    slug = "return-code-missing"
    title = "Give your return code in the header Return-Code"
    scheme = "Return-Code"


class UnknownCode(NotFound):
    """No case of this school opens with this code."""

    slug = "unknown-return-code"
    title = "This code opens nothing here; look whether every letter is right"


class TooManyTries(Problem):
    """Codes like this one were tried too often; it is not looked up for a while. Help is never
    behind this.
    """

    status = HTTPStatus.TOO_MANY_REQUESTS
    slug = "too-many-tries"
    title = (
        "Codes like this one were tried too often; please wait a little. "
        "You can still write, ask for an adult, or call a crisis line"
    )

    def __init__(self, wait_seconds: int = 60) -> None:
        super().__init__(retry_after=wait_seconds)
        self._wait_seconds = wait_seconds

    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self._wait_seconds)}


class CaseGone(Problem):
    """The case of this key was erased by its student and is not opened again."""

    status = HTTPStatus.GONE
    slug = "case-erased"
    title = "This request was erased; to ask again, start a new one"


class IdempotencyKeyReused(Problem):
    """The same key came with another body; nothing was changed."""

    slug = "idempotency-key-reused"
    title = "This was sent before with other words; send a new request with a new key"


class NoUrgentAlert(Forbidden):
    """Contact details open only while an alert of the case is open that is red or graver."""

    slug = "no-urgent-alert"
    title = "Contact details open only while a red or imminent alert of this case is open"


class NoPlan(NotFound):
    """No safety plan was written, or its student took it away."""

    slug = "no-safety-plan"
    title = "There is no safety plan here"


class NoContactDetails(NotFound):
    """The student has left no contact details, or took them away."""

    slug = "no-contact-details"
    title = "The student has left nothing by which they can be found"


class ConsentOutdated(Invalid):
    """The school's consent text is another one by now; `current` names it."""

    slug = "consent-outdated"
    title = "The text you agreed to has changed; please read the current one and agree again"


class ConsentNeeded(Problem):
    """Too young to agree alone at this school."""

    status = HTTPStatus.FORBIDDEN
    slug = "consent-needed"
    title = (
        "At your age a grown-up has to agree too; "
        "please ask an adult you trust to ask together with you"
    )


class AgeOutside(Invalid):
    """The age is not that of this school's students."""

    slug = "age-outside"
    title = "This is open to students of this school's ages"


class SupporterUnknown(Invalid):
    """A named supporter is not on the school's list."""

    slug = "supporter-unknown"
    title = "Pick supporters from the school's list"


class NoMatch(Problem):
    """There is no match that this could be about."""

    slug = "no-match"
    title = "There is nobody at your side right now"


class CannotLink(Problem):
    """A case cannot be linked to itself, nor to more than a few others."""

    slug = "cannot-link"
    title = "These two requests cannot be brought together"


class CannotSetAside(Invalid):
    """A group is of a past time within the last days, and of some hours at most."""

    slug = "cannot-set-aside"
    title = "Requests of such a time cannot be set aside together"


class SchoolFull(Problem):
    """More was asked at this school than can be kept. An adult can be asked for all the same."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "school-full"
    title = (
        "Far more is asked at this school right now than can be kept; please try again later. "
        "A wish for an adult is always taken, and the crisis lines are there"
    )

    def headers(self) -> dict[str, str]:
        """Return the seconds to wait."""
        return {"Retry-After": "600"}


class NoAlert(Forbidden):
    """A counsellor reads and writes in a case only when it needed an adult."""

    slug = "no-alert"
    title = "This case has not asked for an adult"


class OnlyJson(Problem):
    """Something else than JSON came: a form, a photo, a file."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    slug = "only-words"
    title = (
        "Photos and files cannot be sent here, since they can tell more about you than you want; "
        "please use words (JSON)"
    )
