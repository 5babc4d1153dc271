"""What colleagues agreed among themselves, from escalation's audit log: it is kept for good, and no
pager reads it.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sebaya_chassis.storage.audit import ENTRIES
from sebaya_cli.doctor.duty import Agreed
from sebaya_cli.doctor.stores import Stores
from sebaya_contracts.district import StandIn

FIELDS = ["school_id", "about", "what", "who", "why", "at"]
ORDER = [("school_id", 1), ("number", 1)]
TAKEN, HANDED = "shift_accepted", "alert_handed_over"


@dataclass(slots=True)
class Agreements:
    """The changes of duty and the alerts that were handed over.

    `duties` by school, in the order of their agreement; `handed` by alert: since when, and the new
    holder.
    """

    duties: dict[str, list[Agreed]] = field(default_factory=lambda: defaultdict(list))
    handed: dict[str, list[tuple[datetime, str]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    async def read(cls, stores: Stores) -> "Agreements":
        found = cls()
        async for row in stores.rows(
            "escalation", ENTRIES, {"what": {"$in": [TAKEN, HANDED]}}, FIELDS, sort=ORDER
        ):
            found.see(row)
        return found

    def see(self, row: dict[str, Any]) -> None:
        if row["what"] == HANDED:
            self.handed[row["about"]].append((row["at"], row["why"].removeprefix("to ")))
        elif change := _change(row["why"], row["who"]):
            self.duties[row["school_id"]].append(Agreed(row["at"], change))


def _change(why: str, substitute_id: str) -> StandIn | None:
    """Read `<person> <since>/<until>`, as ISO 8601 writes an interval.

    What reads otherwise was changed, which another promise finds.
    """
    person_id, _, hours = why.rpartition(" ")
    since, _, until = hours.partition("/")
    try:
        begins, ends = datetime.fromisoformat(since), datetime.fromisoformat(until)
    except ValueError:
        return None
    return StandIn(person_id=person_id, substitute_id=substitute_id, since=begins, until=ends)
