"""Requests that belong together: cases of one student, and a group of pranks."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

from sebaya_intake.domain.case_link import LinkReason
from sebaya_intake.domain.setting_aside import AsideGroup
from sebaya_intake.schemas.fields import CaseId, Model


class SetAsideRequest(Model):
    """The time in which the requests came that are to be set aside together."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"since": "2026-11-30T03:10:00Z", "until": "2026-11-30T03:20:00Z"}]
        }
    )

    since: AwareDatetime
    until: Annotated[AwareDatetime, Field(description="12 hours after `since` at most, and over")]


class AsideGroupView(BaseModel):
    """Requests that were set aside together. `size` is how many; until `done` it may grow."""

    group_id: str
    since: datetime
    until: datetime
    made_at: datetime
    made_by: str
    size: int
    done: bool
    undone_at: datetime | None

    @classmethod
    def of(cls, group: AsideGroup) -> "AsideGroupView":
        """Show a group."""
        return cls(
            group_id=group.group_id,
            since=group.since,
            until=group.until,
            made_at=group.made_at,
            made_by=group.made_by,
            size=group.size,
            done=group.work_at is None,
            undone_at=group.undone_at,
        )


class LinkRequest(Model):
    """The other case of the same student, and how that is known."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"case_id": "01926f0e-7c1e-7b32-9c8a-3f2f6d1f6a10", "reason": "student_said_so"}
            ]
        }
    )

    case_id: CaseId
    reason: Literal[LinkReason.STUDENT_SAID_SO, LinkReason.SAME_EVENTS, LinkReason.CODE_LOST]


class SeparateRequest(Model):
    """The case that is not the same student's after all."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"case_id": "01926f0e-7c1e-7b32-9c8a-3f2f6d1f6a10"}]}
    )

    case_id: CaseId


class LinkOwnRequest(Model):
    """The return code of the student's other case."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"return_code": "7K2M-9QXD-4T0B-ZC8R"}]}
    )

    return_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z ._\u2010-\u2015-]{1,64}$")]
