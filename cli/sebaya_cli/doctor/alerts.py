"""Alerts: none lost, none doubled, none lowered."""

from collections import defaultdict
from typing import Any

from sebaya_cli.doctor.alert_history import AlertHistory
from sebaya_cli.doctor.promises import CheckContext, CheckResult, promise
from sebaya_contracts.words import AlertCause, Level

FIELDS = [
    "school_id",
    "state.case_id",
    "state.episode",
    "state.level",
    "state.status",
    "state.signals.signal_id",
    "state.signals_version",
]


async def stored_alerts(look: CheckContext) -> dict[str, dict[str, Any]]:
    return {row["_id"]: row async for row in look.stores.rows("escalation", "alerts", {}, FIELDS)}


@promise("alerts kept")
async def alerts_kept(look: CheckContext) -> CheckResult:
    """No alert is lost: whatever calls for a human has its open or closed alert, which names it."""
    stored = await stored_alerts(look)
    wrong, looked_at = [], 0
    for message_id, verdict in look.history.verdicts.items():
        if (
            verdict.level < Level.AMBER
            or verdict.case_id in look.history.erased
            or not look.settled(verdict.at)
        ):
            continue
        looked_at += 1
        if verdict.alert_id is None:
            if not await _by_counsellor(look, message_id):
                wrong.append(f"{message_id}: {verdict.level}, and no alert")
        elif why := _unnamed(
            stored.get(verdict.alert_id),
            look.history.alerts.by_id.get(verdict.alert_id),
            message_id,
        ):
            wrong.append(f"{verdict.alert_id}: {why} (message {message_id})")
    for alert in look.history.alerts.raised():
        looked_at += 1
        if alert.alert_id not in stored:
            wrong.append(f"{alert.alert_id}: raised, and not stored")
    wrong += await _unheard_wishes(look)
    return looked_at + len(look.history.adults), wrong


def _unnamed(
    alert: dict[str, Any] | None, told: AlertHistory | None, message_id: str
) -> str | None:
    if alert is None:
        return "not stored"
    if told is None or told.episode is None:
        return "stored, and never announced"
    signals = alert["state"]["signals"]
    # Of many signals the oldest and lowest are let go; then not every message is named any more.
    complete = len(signals) == alert["state"]["signals_version"]
    if complete and message_id not in {signal["signal_id"] for signal in signals}:
        return "does not name the message"
    return None


async def _by_counsellor(look: CheckContext, message_id: str) -> bool:
    """Tell whether a counsellor wrote the message: the words of a counsellor raise no alert."""
    if message_id in look.history.posted:
        return look.history.posted[message_id].by_counsellor
    async for _ in look.stores.rows(
        "intake", "messages", {"_id": message_id, "state.author": "counsellor"}, ["_id"]
    ):
        return True
    return False


async def _unheard_wishes(look: CheckContext) -> list[str]:
    alerted = {alert.case_id for alert in look.history.alerts.raised()}
    return [
        f"{case_id}: its student wants an adult, and no alert was raised"
        for case_id, since in look.history.adults.items()
        if case_id not in alerted and case_id not in look.history.erased and look.settled(since)
    ]


@promise("alerts caused")
async def alerts_caused(look: CheckContext) -> CheckResult:
    """No alert is without its cause: a verdict of its case, the wish for an adult, or a message
    that could not be screened. What names no case was asked for by a message, and no message is
    read here.
    """
    told = {
        verdict.case_id
        for verdict in look.history.verdicts.values()
        if verdict.level >= Level.AMBER
    } | look.history.adults.keys()
    raised = list(look.history.alerts.raised())
    groundless = [
        one
        for one in raised
        if one.cause is not AlertCause.UNSCREENED
        and one.case_id is not None
        and one.case_id not in told
        and look.settled(one.at)
    ]
    return len(raised), [
        f"{alert.alert_id}: nothing is known of {alert.case_id} that calls for it"
        for alert in groundless
    ]


@promise("alerts single")
async def alerts_single(look: CheckContext) -> CheckResult:
    """No alert is doubled: a case (and a school, for what names no case) has one in an episode, and
    one at most that is not closed.
    """
    told: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for alert in look.history.alerts.raised():
        told[alert.school_id, alert.case_id, alert.episode].add(alert.alert_id)
    unclosed: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    stored = await stored_alerts(look)
    for alert_id, row in stored.items():
        state = row["state"]
        told[row["school_id"], state["case_id"], state["episode"]].add(alert_id)
        if state["status"] != "closed":
            unclosed[row["school_id"], state["case_id"]].add(alert_id)
    wrong = [
        f"{key[1] or key[0]}: {len(ids)} alerts in episode {key[2]}: {', '.join(sorted(ids))}"
        for key, ids in told.items()
        if len(ids) > 1
    ]
    wrong += [
        f"{key[1] or key[0]}: {len(ids)} alerts at once: {', '.join(sorted(ids))}"
        for key, ids in unclosed.items()
        if len(ids) > 1
    ]
    return len(told), wrong


@promise("alerts never lowered")
async def alerts_never_lowered(look: CheckContext) -> CheckResult:
    """No machine lowers or reopens an alert: in its own order of events the level only rises, but
    for a human's lowering, and a human's close is the end.
    """
    stored = await stored_alerts(look)
    wrong = []
    for alert in look.history.alerts.by_id.values():
        if why := _lowered(alert):
            wrong.append(f"{alert.alert_id}: {why}")
        row = stored.get(alert.alert_id)
        if (
            row is not None
            and not alert.has("lowered")
            and Level(row["state"]["level"]) < alert.level
        ):
            wrong.append(
                f"{alert.alert_id}: {row['state']['level']} in the store, announced as "
                f"{alert.level}"
            )
    return len(look.history.alerts.by_id), wrong


def _lowered(alert: AlertHistory) -> str | None:
    highest, closed = Level.NONE, False
    for moment in alert.moments:
        if moment.level < highest and moment.kind != "lowered":
            return f"fell from {highest} to {moment.level}"
        if closed and moment.kind not in {"reopened", "peer_decided"}:
            return f"{moment.kind} after its close"
        highest = moment.level
        closed = moment.kind == "closed" or (closed and moment.kind == "peer_decided")
    return None


PROMISES = (alerts_kept, alerts_caused, alerts_single, alerts_never_lowered)
