"""Requests for support: what was answered, what is stored, and where each case has come to."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sebaya_cli.doctor.promises import CheckContext, CheckResult, promise
from sebaya_cli.doctor.request_log import SentRequest
from sebaya_cli.doctor.stores import at

ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class Stored:
    """A case in intake's store. `opened_at` is empty where its opening is not there."""

    school_id: str
    opened_at: datetime | None
    withdrawn: bool
    erased: bool
    key: str | None
    withheld: bool = False
    """Not announced: it is not known that its student was ever shown the return code."""
    queued: bool = False
    """Not announced: it waits in its school's queue."""

    @property
    def kept_back(self) -> bool:
        return self.withheld or self.queued

    @property
    def whole(self) -> bool:
        return self.opened_at is not None or self.erased


async def stored_cases(look: CheckContext) -> dict[str, Stored]:
    fields = [
        "school_id",
        "state.opening.opened_at",
        "state.withdrawn_at",
        "state.erased_at",
        "state.idempotency",
        "withheld.id",
        "state.queue.since",
    ]
    return {
        row["_id"]: Stored(
            row["school_id"],
            at(row, "state.opening.opened_at"),
            at(row, "state.withdrawn_at") is not None,
            at(row, "state.erased_at") is not None,
            at(row, "state.idempotency"),
            bool(row.get("withheld")),
            at(row, "state.queue.since") is not None,
        )
        async for row in look.stores.rows("intake", "cases", {}, fields)
    }


@promise("answered")
async def answered(look: CheckContext) -> CheckResult | None:
    """Every request answered 202 is one stored case of its own."""
    if look.ledger is None:
        return None
    stored = await stored_cases(look)
    accepted = [sent for sent in look.ledger.sent if sent.status == ACCEPTED]
    times = Counter(sent.case_id for sent in accepted)
    wrong = [
        f"{sent.case_id}: {why}"
        for sent in accepted
        if (why := _astray(sent, stored.get(sent.case_id or ""), times))
    ]
    return len(accepted), wrong


def _astray(sent: SentRequest, case: Stored | None, times: Counter[str | None]) -> str | None:
    if case is None or not case.whole:
        return "answered 202, and is not stored"
    if case.school_id != sent.school_id:
        return f"stored at {case.school_id}, asked at {sent.school_id}"
    if times[sent.case_id] > 1:
        return "answered to more than one key"
    if sent.erased and not case.erased:
        return "erased by its student, and still there"
    if sent.withdrawn and not (case.withdrawn or case.erased):
        return "withdrawn by its student, and still open"
    return None


@promise("unclear")
async def unclear(look: CheckContext) -> CheckResult | None:
    """A request without a clear answer, sent again with its key, ends in exactly one case."""
    if look.ledger is None:
        return None
    stored = await stored_cases(look)
    repeated = [sent for sent in look.ledger.sent if sent.unclear or sent.status is None]
    named = {sent.case_id for sent in look.ledger.sent}
    keys = Counter((case.school_id, case.key) for case in stored.values() if case.key)
    wrong = [
        f"{sent.key}: never answered clearly"
        for sent in repeated
        if sent.status is None and not sent.given_up
    ]
    wrong += [
        f"{sent.case_id}: not stored"
        for sent in repeated
        if sent.status == ACCEPTED and not _is_whole(stored.get(sent.case_id or ""))
    ]
    # Which key a case without an answer was opened with is not to be told; that no answer ever
    # named it is.
    doubled = [
        case_id
        for case_id, case in stored.items()
        if case.key and keys[case.school_id, case.key] > 1 and case_id not in named
    ]
    return len(repeated), [*wrong, *(f"{case_id}: a second case of one key" for case_id in doubled)]


def _is_whole(case: Stored | None) -> bool:
    return case is not None and case.whole


@promise("refused")
async def refused(look: CheckContext) -> CheckResult | None:
    """A refused request left nothing: no case that no answer named is stored and announced.

    What ended by itself, since its student never had the code, is a tombstone without a word.
    """
    if look.ledger is None:
        return None
    named = {sent.case_id for sent in look.ledger.sent if sent.case_id}
    no_answer = sum(sent.status is None for sent in look.ledger.sent)
    unnamed = [
        case_id
        for case_id, case in (await stored_cases(look)).items()
        if case.opened_at and not (case.erased or case.kept_back) and case_id not in named
    ]
    turned_away = sum(sent.status not in {None, ACCEPTED} for sent in look.ledger.sent)
    # A request that was never answered may have been stored once.
    return turned_away, [
        f"{case_id}: stored, and no answer named it" for case_id in sorted(unnamed)[no_answer:]
    ]


@promise("messages answered")
async def messages_answered(look: CheckContext) -> CheckResult | None:
    """Every later message answered 202 is stored once."""
    if look.ledger is None:
        return None
    answered_ids = [
        (message_id, sent) for sent in look.ledger.sent for message_id in sent.message_ids
    ]
    stored = {
        row["_id"]: row["state"]["case_id"]
        async for row in look.stores.rows("intake", "messages", {}, ["state.case_id"])
    }
    wrong = [
        f"{message_id}: answered 202, and is not stored with its case"
        for message_id, sent in answered_ids
        if stored.get(message_id) != sent.case_id
    ]
    return len(answered_ids), wrong


@promise("opened")
async def opened(look: CheckContext) -> CheckResult:
    """Every case that was announced is stored once with its opening, and every stored case was
    announced, but for one whose student may not have its code or that is queued.
    """
    stored = await stored_cases(look)
    keys = Counter((case.school_id, case.key) for case in stored.values() if case.key)
    wrong = [
        f"{case_id}: announced, and not stored with its opening"
        for case_id, event in look.history.opened.items()
        if look.settled(event.at) and not (case_id in stored and stored[case_id].whole)
    ]
    announced = look.history.opened
    for case_id, case in stored.items():
        if (
            case_id not in announced
            and not case.kept_back
            and case.opened_at is not None
            and case.opened_at <= look.began - look.bounds.outbox
        ):
            wrong.append(f"{case_id}: stored, and never announced")
        if case.key and keys[case.school_id, case.key] > 1:
            wrong.append(f"{case_id}: another case has the same key")
    return len(stored.keys() | announced.keys()), wrong


# What matching's stage means to a student, in the words that intake shows.
SHOWN = {
    "waiting": "waiting",
    "offered": "offered",
    "matched": "matched",
    "held": "with_counsellor",
    "referred": "with_counsellor",
    "closed": "closed",
    "withdrawn": "withdrawn",
    "erased": "erased",
}
# In no outcome yet: not announced, or set aside until its student's next word.
_RESTING = ("state.queue.since", "state.aside.at")
CASE_FIELDS = [
    *_RESTING,
    "published_at",
    "outbox_since",
    "withheld.id",
    "state.opening.opened_at",
    "state.withdrawn_at",
    "state.erased_at",
]
VIEW_FIELDS = ["state.view.phase", "state.view.held", "state.view.referred", "state.view.alerts"]


@promise("outcome")
async def outcome(look: CheckContext) -> CheckResult:
    """Every case is in exactly one outcome (matched, offered, waiting with its reason, with a
    counsellor, closed, withdrawn, erased).
    """
    fields = ["state.stage", "state.wait_reason", "published_at", "outbox_since"]
    matching = {row["_id"]: row async for row in look.stores.rows("matching", "cases", {}, fields)}
    looked_at, wrong = 0, []
    async for row in look.stores.rows("intake", "cases", {}, CASE_FIELDS + VIEW_FIELDS):
        looked_at += 1
        case_id, theirs = row["_id"], matching.pop(row["_id"], None)
        if (
            row.get("withheld")
            or any(at(row, field) is not None for field in _RESTING)
            or not look.quiet(case_id)
            or not _at_rest(look, row)
            or (theirs and not _at_rest(look, theirs))
        ):
            continue
        if why := _undecided(_told(row["state"]), theirs):
            wrong.append(f"{case_id}: {why}")
    wrong += [
        f"{case_id}: known to matching alone"
        for case_id, row in matching.items()
        if look.quiet(case_id) and _at_rest(look, row)
    ]
    return looked_at, wrong


def _at_rest(look: CheckContext, row: dict[str, Any]) -> bool:
    """Whether nothing that was decided here is still on its way to the others."""
    return "outbox_since" not in row and look.settled(row.get("published_at"))


def _told(state: dict[str, Any]) -> str:
    """What intake says of a case, by the rules of its page: what the student did, then the
    counsellor's word, then matching's.
    """
    if state.get("erased_at"):
        return "erased"
    if state.get("withdrawn_at"):
        return "withdrawn"
    view = state["view"]
    if view["referred"]:
        return "with_counsellor"
    if view["phase"] in {"closed", "matched"}:
        return str(view["phase"])
    if view["held"] or "acknowledged" in view["alerts"].values():
        return "with_counsellor"
    return str(view["phase"])


def _undecided(told: str, theirs: dict[str, Any] | None) -> str | None:
    if theirs is None:
        return f"{told}, and unknown to matching"
    stage = theirs["state"]["stage"]
    if stage == "waiting" and theirs["state"]["wait_reason"] is None:
        return "waiting without a reason"
    if stage not in SHOWN:
        return f"in no outcome ({stage})"
    # Matching keeps a closed case closed; its student may withdraw it all the same.
    withdrawn_later = (told, stage) == ("withdrawn", "closed")
    return (
        None
        if SHOWN[stage] == told or withdrawn_later
        else f"its student is told {told}, matching has it {stage}"
    )


PROMISES = (answered, unclear, refused, messages_answered, opened, outcome)
