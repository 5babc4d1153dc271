"""Is everything where it should be? The promises of the product, checked from outside by reading
topics, stores and answers.
"""

from sebaya_cli.doctor.examine import examine
from sebaya_cli.doctor.finding import Finding
from sebaya_cli.doctor.request_log import (
    AT_REST,
    Bounds,
    ForgedRecord,
    Interval,
    RequestLog,
    SentRequest,
)

__all__ = [
    "AT_REST",
    "Bounds",
    "Finding",
    "ForgedRecord",
    "Interval",
    "RequestLog",
    "SentRequest",
    "examine",
]
