"""From the four steps of the form to an opening, and back to the form when something is missing."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from sebaya_chassis.base.problems import Invalid, Problem
from sebaya_chassis.web.pages.form import Form, field_faults
from sebaya_contracts.words import Answer, Door, Urgency
from sebaya_intake.domain.sealed_details import DetailField
from sebaya_intake.errors import (
    AgeOutside,
    CaseGone,
    ConsentNeeded,
    ConsentOutdated,
    SchoolFull,
)
from sebaya_intake.schemas.opening import OpenCaseRequest, SchoolView

_KEY = re.compile(r"[A-Za-z0-9_-]{16,128}")
QUESTIONS = ("self_harm_thoughts", "danger_now")
# Which fault stands beside which part of the form.
FAULTS: Mapping[type[Problem], str] = {
    ConsentNeeded: "consent_needed",
    ConsentOutdated: "consent_outdated",
    SchoolFull: "full",
    AgeOutside: "age",
}


def new_key() -> str:
    """Make the key of one form: however often it is sent, one case is opened."""
    return secrets.token_urlsafe(18)


def key_of(form: Form) -> str:
    """Return the key that came with the form; a new one where none did.

    An adult that is asked for where all else was refused is another request, with its own key.
    """
    key = form.one("adult_key") if form.one("adult") else form.one("key")
    return key if _KEY.fullmatch(key) else new_key()


@dataclass(frozen=True, slots=True)
class OpeningForm:
    """What stands in the form, and what is wrong with it by the name of each part."""

    key: str
    form: Form = field(default_factory=Form)
    faults: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_filled(self) -> bool:
        return bool(self.form.fields)

    def has(self, name: str, value: str) -> bool:
        return value in self.form.all(name)

    def one(self, name: str) -> str:
        return self.form.one(name)

    def all(self, name: str) -> list[str]:
        return self.form.all(name)

    @property
    def asks_for_adult(self) -> bool:
        """Whether the student wants an adult today."""
        return _urgency(self.form) is Urgency.TODAY

    def with_faults(self, problem: Problem | ValidationError) -> "OpeningForm":
        """Return the same form with what is wrong beside each field.

        A key that can no longer be used is replaced. Raises a problem of which no field is the
        cause.
        """
        if isinstance(problem, CaseGone):
            return OpeningForm(new_key(), self.form, {"again": "again"})
        named = FAULTS.get(type(problem)) if isinstance(problem, Problem) else None
        if named is not None:
            return OpeningForm(self.key, self.form, {named: named})
        if isinstance(problem, ValidationError | Invalid):
            return OpeningForm(self.key, self.form, field_faults(problem))
        raise problem


def parse_request(form: Form, language: str, school: SchoolView) -> OpenCaseRequest:
    """Return the request that the form means. Raises ValidationError."""
    fields: dict[str, Any] = {
        "topic": form.one("topic"),
        "language": form.one("language_wanted") or language,
        "text": form.one("text"),
        "safety": {name: answer for name in QUESTIONS if (answer := form.one(name)) in set(Answer)},
        "choosing": bool(form.one("choosing")),
        "peer_may_read": bool(form.one("peer_may_read")),
        "contact_details": details_fields(form) or None,
        "urgency": _urgency(form),
        "door": Door.WEB,
    }
    if form.one("agreed") and form.one("age"):
        fields["consent"] = {
            "version": form.one("consent_version") or school.consent.version,
            "age": form.one("age"),
        }
    return OpenCaseRequest.model_validate(fields)


def details_fields(form: Form) -> dict[str, str]:
    """Return the contact details that stand in a form, without what was left empty."""
    given = {name: form.one(f"found_{name}").strip() for name in DetailField}
    return {name.value: text for name, text in given.items() if text}


def _urgency(form: Form) -> Urgency:
    """Nothing chosen, or a word of an older page that was still open, can wait: no request is
    refused for it.
    """
    if form.one("adult"):
        return Urgency.TODAY
    urgency = form.one("urgency")
    return Urgency(urgency) if urgency in set(Urgency) else Urgency.CAN_WAIT
