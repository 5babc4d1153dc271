"""An alert's timeline as its page shows it: what happened and every page, the newest first."""

from dataclasses import dataclass
from datetime import datetime

from sebaya_escalation.commands.alerts import AlertRecord
from sebaya_escalation.domain.page import Page
from sebaya_escalation.domain.timeline import Entry


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One line: an entry, or a page that went to a person."""

    at: datetime
    entry: Entry | None = None
    page: Page | None = None


def merge_timeline(record: AlertRecord) -> list[TimelineLine]:
    """Merge the entries of an alert with its pages, the newest first."""
    lines = [TimelineLine(entry.at, entry=entry) for entry in record.alert.timeline]
    lines += [TimelineLine(page.planned_at, page=page) for page in record.pages]
    return sorted(lines, key=lambda line: line.at, reverse=True)
