"""Supporters' slots, and the offers to each."""

from collections.abc import Iterator
from typing import Any

from sebaya_cli.doctor.match_history import Match
from sebaya_cli.doctor.promises import CheckContext, CheckResult, promise
from sebaya_contracts.words import Level


@promise("caps")
async def caps(look: CheckContext) -> CheckResult:
    """No supporter is over the cap at any instant."""
    over = list(look.history.slots.over)
    async for row in look.stores.rows(
        "matching", "supporters", {}, ["state.slots", "state.profile.cap"]
    ):
        taken, most = len(row["state"]["slots"]), _most(look, row)
        if taken > most:
            over.append(f"{row['_id']}: {taken} places in the store, {most} at most by its history")
    return len(look.history.slots.by_supporter), over


def _most(look: CheckContext, row: dict[str, Any]) -> int:
    """What a supporter may hold now: the cap, or what was taken under a higher one."""
    places = look.history.slots.by_supporter.get(row["_id"])
    return max(int(row["state"]["profile"]["cap"]), len(places.taken) if places else 0)


@promise("exclusions")
async def exclusions(look: CheckContext) -> CheckResult:
    """No case is offered to a supporter whom its student excluded, who said no, or with whom a
    match of it has ended.
    """
    offers, opened = look.history.matches.by_id.values(), look.history.opened
    excluded = [
        f"{offer.case_id}: offered to {offer.supporter_id}, whom its student excluded"
        for offer in offers
        if offer.case_id in opened and offer.supporter_id in opened[offer.case_id].excluded
    ]
    return len(offers), [*excluded, *look.history.matches.refused]


@promise("after the verdict")
async def after_the_verdict(look: CheckContext) -> CheckResult:
    """No case is offered before its opening's verdict, nor a risky one before a counsellor said
    that a peer may go on, nor a held one.
    """
    openings = {
        verdict.case_id: verdict for verdict in look.history.verdicts.values() if verdict.opening
    }
    wrong = list(look.history.matches.held)
    for offer in look.history.matches.by_id.values():
        verdict = openings.get(offer.case_id)
        if verdict is None or offer.at < verdict.at:
            wrong.append(f"{offer.case_id}: offered as {offer.match_id} before the verdict")
        elif verdict.level >= Level.AMBER and not _freed(look, verdict.alert_id, offer):
            wrong.append(
                f"{offer.case_id}: offered as {offer.match_id} against its {verdict.level} alert"
            )
    return len(look.history.matches.by_id), wrong


def _freed(look: CheckContext, alert_id: str | None, offer: Match) -> bool:
    alert = look.history.alerts.by_id.get(alert_id or "")
    return alert is not None and alert.freed_at is not None and alert.freed_at <= offer.at


@promise("one match")
async def one_match(look: CheckContext) -> CheckResult:
    """No case has two offers or two accepted matches at once."""
    return look.history.matches.cases, look.history.matches.twice


@promise("slots named")
async def slots_named(look: CheckContext) -> CheckResult:
    """Every place that is taken is named by its case, and every case's supporter has a place taken
    for it.
    """
    in_cases = {key: case_id async for key, case_id in _in_cases(look)}
    in_supporters = {key: case_id async for key, case_id in _in_supporters(look)}
    wrong = [
        f"{who}: {match_id} takes a place, and its case does not name it"
        for (who, match_id), _ in in_supporters.items() - in_cases.items()
    ]
    wrong += [
        f"{case_id}: {match_id} has no place with {who}"
        for (who, match_id), case_id in in_cases.items() - in_supporters.items()
    ]
    wrong += _only_told(look)
    return len(in_cases.keys() | in_supporters.keys() | look.history.slots.taken.keys()), wrong


async def _in_cases(look: CheckContext) -> Any:
    fields = ["school_id", "state.match.match_id", "state.match.supporter_id"]
    async for row in look.stores.rows(
        "matching", "cases", {"state.match": {"$type": "object"}}, fields
    ):
        match = row["state"]["match"]
        yield (f"{row['school_id']}:{match['supporter_id']}", match["match_id"]), row["_id"]


async def _in_supporters(look: CheckContext) -> Any:
    async for row in look.stores.rows("matching", "supporters", {}, ["state.slots"]):
        for match_id, case_id in row["state"]["slots"].items():
            yield (row["_id"], match_id), case_id


def _only_told(look: CheckContext) -> Iterator[str]:
    """A slot in the topic without its offer there, or an offer without its slot."""
    slots, offers = look.history.slots.taken, look.history.matches.by_id
    for match_id, slot in slots.items():
        offer = offers.get(match_id)
        if look.settled(slot.at) and (
            offer is None
            or (offer.case_id, offer.supporter_id) != (slot.case_id, slot.supporter_id)
        ):
            yield (
                f"{slot.school_id}:{slot.supporter_id}: a place was taken for {match_id}, which no "
                "case offered"
            )
    for match_id, offer in offers.items():
        if look.settled(offer.at) and match_id not in slots:
            yield f"{offer.case_id}: {match_id} was offered, and no place was taken"


PROMISES = (caps, exclusions, after_the_verdict, one_match, slots_named)
