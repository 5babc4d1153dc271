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
from sebaya_intake.errors import AgeOutside, CaseGone, ConsentNeeded, ConsentOutdated
from sebaya_intake.schemas import OpenCaseRequest, SchoolView

_KEY = re.compile(r"[A-Za-z0-9_-]{16,128}")
QUESTIONS = ("self_harm_thoughts", "danger_now")
# Which fault stands beside which part of the form.
REFUSALS: Mapping[type[Problem], str] = {
    ConsentNeeded: "consent_needed",
    ConsentOutdated: "consent_outdated",
    AgeOutside: "age",
}


def new_key() -> str:
    """One a form: however often it is sent, one case is opened."""
    return secrets.token_urlsafe(18)


def key_of(form: Form) -> str:
    """The key that came with the form; a new one where none did."""
    return form.one("key") if _KEY.fullmatch(form.one("key")) else new_key()


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the form."""

    key: str
    form: Form = field(default_factory=Form)
    faults: Mapping[str, str] = field(default_factory=dict)

    def has(self, name: str, value: str) -> bool:
        return value in self.form.all(name)

    def one(self, name: str) -> str:
        return self.form.one(name)

    @property
    def adult_today(self) -> bool:
        return self.form.one("urgency") == Urgency.TODAY


def wanted(form: Form, language: str, school: SchoolView) -> OpenCaseRequest:
    """The opening that the form means. Raises ValidationError."""
    body: dict[str, Any] = {
        "topic": form.one("topic"),
        "language": form.one("language_wanted") or language,
        "text": form.one("text"),
        "safety": {name: answer for name in QUESTIONS if (answer := form.one(name)) in set(Answer)},
        "excluded_supporters": form.all("excluded"),
        "preferred_supporters": [one for one in form.all("preferred") if one],
        "urgency": _urgency(form),
        "door": Door.WEB,
    }
    if form.one("agreed") and form.one("age"):
        body["consent"] = {
            "version": form.one("consent_version") or school.consent.version,
            "age": form.one("age"),
        }
    return OpenCaseRequest.model_validate(body)


def _urgency(form: Form) -> Urgency:
    """Nothing chosen, or a word of an older page that was still open, can wait: no request is
    refused for it.
    """
    said = form.one("urgency")
    return Urgency(said) if said in set(Urgency) else Urgency.CAN_WAIT


def told(asked: Asked, problem: Problem | ValidationError) -> Asked:
    """The same form with what is wrong beside each field; a key that can no longer be used is
    replaced.
    """
    if isinstance(problem, CaseGone):
        return Asked(new_key(), asked.form, {"again": "again"})
    named = REFUSALS.get(type(problem)) if isinstance(problem, Problem) else None
    if named is not None:
        return Asked(asked.key, asked.form, {named: named})
    if isinstance(problem, ValidationError | Invalid):
        return Asked(asked.key, asked.form, field_faults(problem))
    raise problem
