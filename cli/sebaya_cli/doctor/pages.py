"""Pages: every step of the ladder taken, every page of a step there, and none sent twice without
cause.
"""

import asyncio
import email
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from itertools import pairwise
from pathlib import Path
from typing import Any

from sebaya_cli.doctor.agreements import Agreements
from sebaya_cli.doctor.alert_history import AlertHistory
from sebaya_cli.doctor.ladders import Demand, addressees, missing
from sebaya_cli.doctor.promises import CheckContext, CheckResult, promise

FIELDS = [
    "due_at",
    *(
        f"state.{name}"
        for name in (
            "alert_id",
            "turn",
            "rung",
            "person_id",
            "channel",
            "state",
            "message_id",
            "planned_at",
            "settled_at",
        )
    ),
]
# Between writing a mail and settling its page lie one answer of the mail server and one write.
ON_THE_WIRE = timedelta(seconds=5)

Step = tuple[str, int, int]


async def stored_pages(look: CheckContext) -> dict[str, dict[str, Any]]:
    return {row["_id"]: row async for row in look.stores.rows("escalation", "pages", {}, FIELDS)}


@promise("page steps")
async def page_steps(look: CheckContext) -> CheckResult:
    """No page step is missing: from its raising to its acknowledgement an alert took every step of
    its school's ladder.
    """
    agreements = await Agreements.read(look.stores)
    wrong, looked_at = [], 0
    for alert, demand in _demanded(look, agreements):
        looked_at += 1
        handed = agreements.handed[alert.alert_id]
        found = missing(alert, demand, look.began, look.bounds.step, look.kills, handed)
        wrong += [f"{alert.alert_id}: {why}" for why in found]
    return looked_at, wrong


def _demanded(look: CheckContext, agreements: Agreements) -> Iterator[tuple[AlertHistory, Demand]]:
    """The alerts that were raised since their school is described as it is now."""
    for alert in look.history.alerts.raised():
        school, since = look.history.schools.get(alert.school_id, (None, look.began))
        if school is not None and since <= alert.moments[0].time:
            barred = look.history.alerts.barred.get(alert.case_id or "", frozenset())
            yield alert, Demand(school, agreements.duties[alert.school_id], barred)


@promise("pages addressed")
async def pages_addressed(look: CheckContext) -> CheckResult:
    """Every step pages whom its rung names at that moment and nobody else: by the rota, the
    substitutions and what colleagues agreed.
    """
    agreements = await Agreements.read(look.stores)
    paged: dict[Step, list[str]] = defaultdict(list)
    for row in (await stored_pages(look)).values():
        paged[_step(row)].append(row["state"]["person_id"])
    wrong, looked_at = [], 0
    for alert, demand in _demanded(look, agreements):
        for moment in alert.moments:
            if moment.step is None:
                continue
            looked_at += 1
            turn, rung, pages = moment.step
            people, handed = paged[alert.alert_id, turn, rung], agreements.handed[alert.alert_id]
            named = addressees(alert, moment, demand, handed, look.bounds.agreed)
            # Where pages are missing another promise says so.
            if len(people) == pages and set(people) not in named:
                wrong.append(
                    f"{alert.alert_id}: turn {turn}, rung {rung} paged {_names(people)} instead "
                    f"of {_names(named[-1])}"
                )
    return looked_at, wrong


def _names(people: Iterable[str]) -> str:
    return " and ".join(sorted(set(people))) or "nobody"


@promise("pages written")
async def pages_written(look: CheckContext) -> CheckResult:
    """Every step's pages are stored, and each came to its end: sent, failed, or dropped because
    somebody had answered.
    """
    pages = await stored_pages(look)
    by_step: dict[Step, int] = defaultdict(int)
    wrong = []
    for page_id, row in pages.items():
        by_step[_step(row)] += 1
        if row["due_at"] is not None and row["due_at"] <= look.began - look.bounds.step:
            wrong.append(f"{page_id}: {row['state']['state']}, and due since {row['due_at']:%F %T}")
    for alert in look.history.alerts.by_id.values():
        for moment in alert.moments:
            if (
                moment.step
                and by_step[alert.alert_id, moment.step[0], moment.step[1]] != moment.step[2]
            ):
                there = by_step[alert.alert_id, moment.step[0], moment.step[1]]
                wrong.append(
                    f"{alert.alert_id}: {there} of {moment.step[2]} pages of turn "
                    f"{moment.step[0]}, rung {moment.step[1]}"
                )
    return len(pages), wrong


def _step(row: dict[str, Any]) -> Step:
    state = row["state"]
    return state["alert_id"], state["turn"], state["rung"]


@promise("pages sent once")
async def pages_sent_once(look: CheckContext) -> CheckResult | None:
    """A page is sent once; repeated only for a kill or pause with that send in flight, and then
    under the same Message-ID.
    """
    pages = await stored_pages(look)
    by_message: dict[str, list[str]] = defaultdict(list)
    for page_id, row in pages.items():
        by_message[row["state"]["message_id"]].append(page_id)
    wrong = [
        f"{message_id}: the Message-ID of {len(ids)} pages"
        for message_id, ids in by_message.items()
        if len(ids) > 1
    ]
    if look.mails is None:
        return len(pages), wrong
    arrived = await asyncio.to_thread(_arrivals, look.mails)
    for message_id, times in arrived.items():
        if message_id not in by_message:
            wrong.append(f"{message_id}: a mail under a Message-ID that no page has")
        elif (
            len(times) > 1
            and look.kills
            and not all(_excused(look, *pair) for pair in pairwise(times))
        ):
            wrong.append(f"{message_id}: sent {len(times)} times, with no kill or pause in between")
    for message_id, ids in by_message.items():
        if any(_by_mail(pages[page_id]) for page_id in ids) and message_id not in arrived:
            wrong.append(f"{ids[0]}: sent, and no such mail has arrived")
    return len(pages) + len(arrived), wrong


def _by_mail(row: dict[str, Any]) -> bool:
    return bool(row["state"]["channel"] == "email" and row["state"]["state"] == "sent")


def _excused(look: CheckContext, first: datetime, second: datetime) -> bool:
    return any(kill.overlap(first - ON_THE_WIRE, second) for kill in look.kills)


def _arrivals(folder: Path) -> dict[str, list[datetime]]:
    """When each Message-ID arrived, from the files of a mail sink; their names begin with the
    nanosecond of arrival.
    """
    found: dict[str, list[datetime]] = defaultdict(list)
    for file in sorted(folder.glob("*.eml")):
        mail = email.message_from_bytes(file.read_bytes(), EmailMessage, policy=default)
        found[str(mail["Message-ID"]).strip()].append(
            datetime.fromtimestamp(int(file.name.split("-")[0]) / 1e9).astimezone()
        )
    return found


PROMISES = (page_steps, pages_addressed, pages_written, pages_sent_once)
