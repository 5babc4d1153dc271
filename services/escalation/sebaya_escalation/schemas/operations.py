"""What the operator's routes give."""

from pydantic import BaseModel, ConfigDict

from sebaya_chassis.storage.audit import Verdict as AuditVerdict


class AuditView(BaseModel):
    """Whether the audit chain is whole. `fault` says what is damaged, and where."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"entries": 412, "intact": True, "fault": None}]}
    )

    entries: int
    intact: bool
    fault: str | None

    @classmethod
    def of(cls, verdict: AuditVerdict) -> "AuditView":
        """Build the view of a verdict on the chain."""
        return cls(entries=verdict.entries, intact=verdict.fault is None, fault=verdict.fault)


class WebhookKey(BaseModel):
    """What a school's receivers verify `Sebaya-Signature` with."""

    key: str
