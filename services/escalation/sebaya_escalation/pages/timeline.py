"""The timeline that an alert's page shows: what happened in its case and every page, the newest
first.
"""

from dataclasses import dataclass
from datetime import datetime

from sebaya_escalation.commands.alerts import AlertRecord
from sebaya_escalation.domain.alert import Alert, make_code
from sebaya_escalation.domain.page import Page
from sebaya_escalation.domain.timeline import Entry


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One line: an entry, or a page that went to a person. `alert_id` and `code` are of another
    alert of the case; None and "" for the one that is shown.
    """

    at: datetime
    entry: Entry | None = None
    page: Page | None = None
    alert_id: str | None = None
    code: str = ""


def merge_timeline(record: AlertRecord) -> list[TimelineLine]:
    """Merge the entries of all alerts of a case with their pages, the newest first."""
    shown = record.alert.alert_id
    lines = [_of_entry(record.alert, entry, shown) for entry in record.alert.timeline]
    lines += [_of_entry(one, entry, shown) for one in record.others for entry in one.timeline]
    lines += [_of_page(page, shown) for page in record.pages]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _of_entry(alert: Alert, entry: Entry, shown: str) -> TimelineLine:
    if alert.alert_id == shown:
        return TimelineLine(entry.at, entry=entry)
    code = alert.code or make_code(alert.alert_id)
    return TimelineLine(entry.at, entry=entry, alert_id=alert.alert_id, code=code)


def _of_page(page: Page, shown: str) -> TimelineLine:
    if page.alert_id == shown:
        return TimelineLine(page.planned_at, page=page)
    code = make_code(page.alert_id)
    return TimelineLine(page.planned_at, page=page, alert_id=page.alert_id, code=code)
