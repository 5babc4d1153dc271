"""audit.heads.v1: the newest entry of each audit chain, kept outside the store that holds the
chain.
"""

from sebaya_contracts.event import Event


class AuditChained(Event, frozen=True, kw_only=True):
    """The newest entry of a school's audit chain in one `service`: the anchor outside the store."""

    service: str
    number: int
    digest: str


AuditEvent = AuditChained
