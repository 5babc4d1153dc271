"""What routes and pages take and give of duties, their changes, and the hours without any."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from sebaya_chassis.base.timestamps import Timestamp
from sebaya_contracts.district import Person
from sebaya_contracts.escalation import Interval
from sebaya_escalation.commands.shifts import CoverageForecast, PeopleOnCall, ShiftPlan
from sebaya_escalation.domain.rota import is_reachable
from sebaya_escalation.domain.shifts import ShiftChange
from sebaya_escalation.schemas.person import PersonId


class OfferShiftRequest(BaseModel):
    """The duty of mine that runs at the instant `at`, and the colleague that shall take what is
    left of it.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"at": "2026-11-27T01:00:00Z", "to": "bk-2"}]},
    )

    at: Timestamp
    to: PersonId


class ShiftChangeView(BaseModel):
    """A change of duty, offered or agreed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "change_id": "0199b1c4-8c1e-7d60-9f0e-0d2f2a7d0003",
                    "person_id": "bk-1",
                    "substitute_id": "bk-2",
                    "since": "2026-11-27T00:00:00Z",
                    "until": "2026-11-27T09:00:00Z",
                    "accepted_at": None,
                }
            ]
        }
    )

    change_id: str
    person_id: str
    substitute_id: str
    since: datetime
    until: datetime
    accepted_at: datetime | None

    @classmethod
    def of(cls, change: ShiftChange) -> "ShiftChangeView":
        """Build the view of a change of duty."""
        return cls(**{name: getattr(change, name) for name in cls.model_fields})


class DutyView(BaseModel):
    """A person's duty from when to when, changes included."""

    person_id: str
    name: str
    since: datetime
    until: datetime


class ShiftsView(BaseModel):
    """The duties of the next 14 days in order, and the changes that were offered or agreed."""

    duties: list[DutyView]
    changes: list[ShiftChangeView]

    @classmethod
    def of(cls, plan: ShiftPlan) -> "ShiftsView":
        """Build the view of the duties and their changes."""
        duties = [
            DutyView(
                person_id=duty.person_id,
                name=plan.names[duty.person_id],
                since=duty.since,
                until=duty.until,
            )
            for duty in plan.duties
        ]
        return cls(duties=duties, changes=[ShiftChangeView.of(one) for one in plan.changes])


class OnCallPerson(BaseModel):
    """A person on call; one that is not reachable cannot be paged."""

    person_id: str
    name: str
    reachable: bool

    @classmethod
    def of(cls, person: Person) -> "OnCallPerson":
        """Build the view of a person on call."""
        return cls(person_id=person.person_id, name=person.name, reachable=is_reachable(person))


class OnCall(BaseModel):
    """The people on call at an instant: the same answer that a ladder gets."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "at": "2026-11-25T10:00:00Z",
                    "people": [{"person_id": "bk-1", "name": "Ibu Sari", "reachable": True}],
                }
            ]
        }
    )

    at: datetime
    people: list[OnCallPerson]

    @classmethod
    def of(cls, on_call: PeopleOnCall) -> "OnCall":
        """Build the view of the people on call."""
        return cls(at=on_call.at, people=[OnCallPerson.of(one) for one in on_call.people])


class IntervalView(BaseModel):
    """Half-open: at `until` it is over."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, interval: Interval) -> "IntervalView":
        """Build the view of an interval."""
        return cls(since=interval.since, until=interval.until)


class CoverageView(BaseModel):
    """The next 14 days: when a reachable person is on call, when none is, and the people that
    cannot be reached at all.
    """

    since: datetime
    until: datetime
    covered: list[IntervalView]
    gaps: list[IntervalView]
    without_contact: list[str]

    @classmethod
    def of(cls, forecast: CoverageForecast) -> "CoverageView":
        """Build the view of the coverage."""
        return cls(
            since=forecast.since,
            until=forecast.until,
            covered=[IntervalView.of(interval) for interval in forecast.covered],
            gaps=[IntervalView.of(interval) for interval in forecast.gaps],
            without_contact=list(forecast.unreachable),
        )
