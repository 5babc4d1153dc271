"""The use cases of intake: what a student, a supporter and a counsellor may do with a case.

Each loads, decides by a rule of the domain and saves, and returns values of the domain. The routes
for programs and the pages for browsers are two skins over these.
"""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from sebaya_chassis.base.ids import new_id
from sebaya_chassis.base.keyed_lock import KeyedLock
from sebaya_chassis.base.problems import NotFound, Problem
from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_chassis.web import feedback_link, wave_link
from sebaya_contracts.district import School
from sebaya_contracts.words import Author, Door, ReportReason, WorryReason
from sebaya_intake.collections import ASIDE_GROUPS, CASES
from sebaya_intake.crowding import Crowding
from sebaya_intake.data_keys import seal_details
from sebaya_intake.domain import case as cases
from sebaya_intake.domain import first_words
from sebaya_intake.domain.adult_help import AdultHelp, judge_adult_help
from sebaya_intake.domain.case import Case, CaseDraft, Digests, NewCase, Opening, Wishes
from sebaya_intake.domain.case_link import LinkReason
from sebaya_intake.domain.consent import judge_consent, record_consent
from sebaya_intake.domain.crisis import OnCall, find_crisis_reason, judge_on_call
from sebaya_intake.domain.crowding import Bounds, Crowd, Entrance
from sebaya_intake.domain.message import (
    Message,
    MessageDraft,
    MessageWords,
    Participant,
    ensure_counsellor_may_read,
    ensure_participant,
    readable_since,
)
from sebaya_intake.domain.queue import enqueue, was_refused
from sebaya_intake.domain.request_without_case import request_adult
from sebaya_intake.domain.sealed_details import ContactDetails, SealedDetails
from sebaya_intake.domain.setting_aside import (
    AsideGroup,
    after_students_word,
    make_group,
)
from sebaya_intake.domain.supporter import VISIBLE_STATES, Supporter, ensure_all_known
from sebaya_intake.domain.waves import find_wave
from sebaya_intake.errors import SchoolFull
from sebaya_intake.keys import Keys, UnseenCode, mask_codes
from sebaya_intake.master_keys import KeyMissing, MasterKeys
from sebaya_intake.metrics import (
    CASES_OPENED,
    DETAILS_NOT_SEALED,
    ERASURES,
    MESSAGES,
    REQUESTS_WITHOUT_CASE,
)
from sebaya_intake.settings import Settings
from sebaya_intake.store import IntakeStore, StoredCase
from sebaya_intake.thread_store import ThreadPage, ThreadRange

# A flood is seen on the same day.
HOURS_SHOWN = 24


@dataclass(frozen=True, slots=True)
class SchoolContext:
    """One school, and what its use cases stand on.

    `wake` makes the timers of a collection look now. `code_locks` are the turns of tries with
    return codes, `crowding` is what is known of how much waits.
    """

    school: School
    store: IntakeStore
    school_store: SchoolStore
    keys: Keys
    master_keys: MasterKeys
    settings: Settings
    wake: Callable[[str], None]
    code_locks: KeyedLock
    crowding: Crowding


@dataclass(frozen=True, slots=True)
class SchoolOverview:
    """What a student needs to know of a school before asking."""

    school: School
    on_call: OnCall


async def describe_school(context: SchoolContext) -> SchoolOverview:
    """Return the school. Nothing about its supporters: this is for everybody."""
    return SchoolOverview(context.school, await context.store.on_call())


# --- opening a case


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case and what was decided when it was opened, so that a repeat is answered alike.

    `answered` is called once the answer was written. A case whose student may never have seen the
    code is matched to nobody: only the screen, and a counsellor in danger, hear of it.
    """

    case_id: str
    opening: Opening
    return_code: str
    return_pass: str
    answered: Callable[[], None]


async def open_case(
    context: SchoolContext, draft: CaseDraft, idempotency_key: str, body: bytes
) -> OpenedCase:
    """Open a case, or return the one that was opened with this key.

    `body` is the request in its canonical form: the same key with another one is refused.

    A supporter that is named and is not on the list has no effect: an answer would tell everybody
    who is on it.

    Raises NotFound for a school that has closed, ConsentOutdated, AgeOutside and ConsentNeeded for
    a new case; CaseGone and IdempotencyKeyReused for a repeat; SchoolFull, where the words were
    given to the screen alone, until it finds danger in them.
    """
    keys, school_id = context.keys, context.school.school_id
    return_code = keys.derive_return_code(school_id, idempotency_key)
    digests = Digests(
        idempotency=keys.digest_idempotency("case", school_id, idempotency_key),
        body=keys.digest_body(body),
        code_hash=str(keys.hash_code(school_id, return_code)),
    )
    stored = await _create_or_find_case(context, draft, digests)
    opening = cases.require_opening(stored.case, digests.body)
    if was_refused(stored.case):
        raise SchoolFull
    return_pass = keys.derive_return_pass(digests.code_hash)
    return OpenedCase(stored.case.case_id, opening, return_code, return_pass, stored.answered)


async def note_answered(opened: OpenedCase) -> None:
    """Note that the answer to an opening was written: the case is announced."""
    opened.answered()


async def _create_or_find_case(
    context: SchoolContext, draft: CaseDraft, digests: Digests
) -> StoredCase:
    """No read comes first: the index of keys says at the write that a case is there.

    The rules are for a new case only. A repeat is answered alike though the school has changed its
    consent text, or has closed, meanwhile.
    """
    async with AsyncExitStack() as storing:
        try:
            new = await _decide_case(context, draft, digests)
            entrance = await storing.enter_async_context(
                context.crowding.enter(context.store.queue, draft)
            )
        except Problem:
            earlier = await context.store.find_by_idempotency_key(digests.idempotency)
            if earlier is None:
                raise
            return StoredCase(earlier)
        if entrance is not Entrance.ANNOUNCED:
            new = enqueue(new, entrance, context.store.now())
        stored = await context.store.create_case(new)
    if stored.case.case_id == new.case.case_id:
        CASES_OPENED.labels(draft.door.value).inc()
    return stored


async def _decide_case(context: SchoolContext, draft: CaseDraft, digests: Digests) -> NewCase:
    school, store = context.school, context.store
    if not school.active:
        raise NotFound
    now = store.now()
    if draft.door is Door.FRIEND:
        consent = record_consent(school, draft.consent_version, now)
    else:
        consent = judge_consent(school, draft.consent_version, draft.age, now)
    opening = Opening(
        message_id=new_id(),
        text=mask_codes(draft.text),
        topic=draft.topic,
        door=draft.door,
        preferences=draft.preferences,
        safety=draft.safety,
        consent=consent,
        opened_at=now,
        crisis_reason=find_crisis_reason(draft.safety, await store.on_call(), screened=False),
        urgency=draft.urgency,
        peer_may_read=draft.peer_may_read,
    )
    case_id = new_id()
    return cases.new_case(
        school.school_id,
        case_id,
        opening,
        digests,
        context.settings.verdict_timeout,
        wants_adult=draft.wants_adult,
        worry=draft.worry,
        details=await _seal_details(context, case_id, draft.details),
    )


async def _seal_details(
    context: SchoolContext, case_id: str, details: ContactDetails | None
) -> SealedDetails | None:
    """Seal contact details. A call for help is not refused because a key is missing: then nothing
    is left, the page says so, and the fault is counted.
    """
    if details is None:
        return None
    try:
        return await seal_details(context.school_store, context.master_keys, case_id, details)
    except KeyMissing:
        DETAILS_NOT_SEALED.inc()
        return None


# --- what a student does with the own case


@dataclass(frozen=True, slots=True)
class CaseStatus:
    """A case as its student sees it: with the name of its supporter while there is a match.

    `help` is what the school's adults do, while one is needed.
    """

    case: Case
    on_call: OnCall
    supporter_name: str | None
    return_pass: str
    help: AdultHelp | None


async def describe_case(context: SchoolContext, case: Case) -> CaseStatus:
    """Return the status of a case that was opened with its code."""
    coverage, now = await context.store.load_coverage(), context.store.now()
    match = cases.active_match(case)
    return CaseStatus(
        case=case,
        on_call=judge_on_call(coverage, now),
        supporter_name=(
            await context.store.load_display_name(match.supporter_id) if match else None
        ),
        return_pass=context.keys.derive_return_pass(str(case.code_hash)),
        help=judge_adult_help(case, coverage, now),
    )


async def list_choices(context: SchoolContext) -> list[Supporter]:
    """List the supporters that a student may name, by name: inside their own case alone."""
    listed = await context.store.list_supporters()
    return [one for one in listed if one.state in VISIBLE_STATES]


async def change_wishes(context: SchoolContext, case_id: str, wishes: Wishes) -> Case:
    """Replace what a student wishes of the search.

    Raises SupporterUnknown, NoMatch once no search goes on, NotFound for an erased case.
    """
    named = {"preferred_supporters": wishes.preferred, "excluded_supporters": wishes.excluded}
    known = await context.store.find_known_supporters(chain(*named.values()))
    ensure_all_known(named, known)
    return await context.store.update_case(
        case_id, after_students_word(lambda case, now: cases.change_wishes(case, wishes, now))
    )


async def share_first_words(context: SchoolContext, case_id: str, *, peer_may_read: bool) -> Case:
    """Let the peer read the student's first words, or no longer.

    Raises NoMatch where no peer can come to read them, NotFound for an erased case.
    """
    return await context.store.update_case(
        case_id,
        after_students_word(
            lambda case, _now: first_words.share_first_words(case, peer_may_read=peer_may_read)
        ),
    )


async def ask_for_adult(context: SchoolContext, case_id: str) -> Case:
    """Ask for an adult on behalf of the student. Raises NotFound for an erased case."""
    again_after = context.settings.adult_again
    return await context.store.update_case(
        case_id,
        after_students_word(lambda case, now: cases.ask_for_adult(case, now, again_after)),
    )


async def request_adult_without_case(
    context: SchoolContext,
    code: UnseenCode,
    *,
    text: str = "",
    report: ReportReason | None = None,
    key: str = "",
) -> OnCall:
    """Ask for an adult on behalf of a student whose code is not looked at; return whether
    a counsellor is on call.

    The same code with the same words is one request: by its idempotency key, or without one within
    the time in which asking twice is asking once.
    """
    now = context.store.now()
    again = int(now.timestamp() // context.settings.adult_again_seconds)
    school_id = context.school.school_id
    request_id = context.keys.digest_idempotency(
        "request", school_id, code.code_hash, key or str(again), report or "", text
    )
    words = mask_codes(text, code.code)
    decision = request_adult(school_id, request_id, words, report, now)
    REQUESTS_WITHOUT_CASE.inc(await context.store.create_request_without_case(decision))
    return await context.store.on_call()


async def report_problem(context: SchoolContext, case_id: str, reason: ReportReason) -> Case:
    """Report the peer or the thread to a counsellor. Raises NotFound for an erased case."""
    again_after = context.settings.adult_again
    return await context.store.update_case(
        case_id,
        after_students_word(lambda case, now: cases.report(case, reason, now, again_after)),
    )


async def ask_for_rematch(context: SchoolContext, case_id: str) -> Case:
    """Ask for another supporter. Raises NoMatch, NotFound for an erased case."""
    return await context.store.update_case(case_id, cases.ask_for_rematch)


async def withdraw_case(context: SchoolContext, case_id: str) -> Case:
    """End the search and the match; the student may read on. Raises NotFound for an erased case."""
    return await context.store.update_case(case_id, cases.withdraw)


async def erase_case(context: SchoolContext, case_id: str) -> datetime:
    """Erase a case and return since when; a timer wipes the messages. Raises NotFound if erased."""
    case = await context.store.update_case(case_id, cases.erase)
    context.wake(CASES.collection)
    ERASURES.inc()
    return case.erased_at or context.store.now()


@dataclass(frozen=True, slots=True)
class FeedbackInvitation:
    """A short-lived token for the feedback form about one match."""

    token: str
    match_id: str
    expires_at: datetime


def invite_feedback(context: SchoolContext, case: LoadedDocument[Case]) -> FeedbackInvitation:
    """Issue the token for the last match that was accepted, ended or not. Raises NoMatch."""
    match = cases.accepted_match(case.state)
    link = feedback_link.issue(
        context.settings.secret_key.get_secret_value(),
        school_id=case.state.school_id,
        case_id=case.state.case_id,
        match_id=match.match_id,
        now=case.now,
    )
    return FeedbackInvitation(link.token, match.match_id, link.expires_at)


def invite_to_wave(context: SchoolContext, case: LoadedDocument[Case]) -> str | None:
    """Issue the token for the questionnaires that are asked now; None where nothing is asked."""
    wave = find_wave(case.state, context.school.policies, case.now)
    if wave is None:
        return None
    link = wave_link.WaveLink(case.state.school_id, case.state.case_id, wave)
    secret = context.settings.secret_key.get_secret_value()
    return wave_link.issue_wave_link(secret, link, case.now).token


# --- the thread


async def read_own_thread(
    context: SchoolContext, case: Case, before: str | None = None
) -> ThreadPage:
    """Return the newest messages of a student's own case, or those before a message."""
    return await context.store.threads.read_as_student(case, ThreadRange(before=before))


async def read_thread_as_staff(
    context: SchoolContext, case_id: str, reader: Participant, before: str | None = None
) -> tuple[Case, ThreadPage]:
    """Return the case and the part of its thread that this reader may see; note the reading.

    Raises NotFound for a supporter without the match of the case, NoAlert for a counsellor.
    """
    return await context.store.threads.read_as_staff(
        case_id,
        str(reader.person_id),
        lambda case: ThreadRange(since=readable_since(case, reader), before=before),
        with_linked=reader.author is Author.COUNSELLOR,
    )


# --- two cases of one student


async def link_cases_as_staff(
    context: SchoolContext, case_id: str, other_id: str, reason: LinkReason, person_id: str
) -> None:
    """Link two cases that a counsellor may both read, for a reason.

    Raises CannotLink, NotFound, NoAlert.
    """
    await context.store.threads.link(
        case_id,
        other_id,
        reason,
        person_id,
        lambda case: ensure_counsellor_may_read(case, person_id),
    )


async def unlink_cases_as_staff(
    context: SchoolContext, case_id: str, other_id: str, person_id: str
) -> None:
    """Split two linked cases again. Raises NotFound, NoAlert."""
    await context.store.threads.unlink(
        case_id, other_id, person_id, lambda case: ensure_counsellor_may_read(case, person_id)
    )


async def link_cases_as_student(context: SchoolContext, case_id: str, other_id: str) -> None:
    """Link two cases of which the student showed both codes. Raises CannotLink."""
    await context.store.threads.link(
        case_id, other_id, LinkReason.BOTH_CODES, None, cases.ensure_not_erased
    )


@dataclass(frozen=True, slots=True)
class ThreadNews:
    """What a reader of a thread is told without reading it: the adults' help, and when words came
    last.
    """

    help: AdultHelp | None
    last_posted_at: datetime | None


async def watch_thread(context: SchoolContext, case_id: str, reader: Participant) -> ThreadNews:
    """Return what a thread's page follows by itself; no word is read for it.

    Raises what `read_thread_as_staff` raises.
    """
    case = (await context.store.load_case(case_id)).state
    ensure_participant(case, reader)
    return ThreadNews(await describe_help(context, case), case.last_posted_at)


async def describe_help(context: SchoolContext, case: Case) -> AdultHelp | None:
    """Return what the school's adults do about a case; None while none is needed."""
    return judge_adult_help(case, await context.store.load_coverage(), context.store.now())


async def call_adult_for_student(
    context: SchoolContext,
    case_id: str,
    peer: Participant,
    reason: WorryReason,
    words: MessageWords | None,
) -> Case:
    """Call an adult because the peer is worried; their words go to the counsellors alone.

    Raises NotFound for a peer without the match of the case, IdempotencyKeyReused.
    """
    again_after = context.settings.adult_again

    def rule(case: Case, now: datetime) -> cases.Decision:
        ensure_participant(case, peer)
        return cases.record_worry(case, str(peer.person_id), reason, now, again_after)

    case = await context.store.update_case(case_id, rule)
    if words is not None:
        await post_message(context, case_id, peer, words)
    return case


async def post_message(
    context: SchoolContext, case_id: str, author: Participant, words: MessageWords
) -> Message:
    """Post words, or return the message that was posted with this key.

    Return codes in them are masked before they are stored.

    Raises NotFound for an erased case, IdempotencyKeyReused, and what `ensure_participant` raises.
    """
    scope = ("message", case_id, words.idempotency_key, author.author)
    draft = MessageDraft(
        message_id=new_id(),
        author=author.author,
        author_id=author.person_id,
        text=mask_codes(words.text, words.own_code),
        idempotency=context.keys.digest_idempotency(
            *scope, *(() if author.person_id is None else (author.person_id,))
        ),
        body=context.keys.digest_body(words.canonical_body()),
        for_staff=words.for_staff,
    )
    message, is_new = await context.store.post_message(
        case_id, draft, lambda case: ensure_participant(case, author)
    )
    MESSAGES.labels(author.author.value).inc(is_new)
    return message


# --- requests that a coordinator sets aside


async def set_aside(
    context: SchoolContext, since: datetime, until: datetime, coordinator_id: str
) -> AsideGroup:
    """Set aside the requests that came in a time and that nothing speaks for; a worker does it at
    once.

    Raises CannotSetAside.
    """
    store = context.store
    group = make_group(
        new_id(), context.school.school_id, since, until, coordinator_id, store.now()
    )
    await store.queue.create_group(group)
    context.wake(ASIDE_GROUPS.collection)
    return group


async def undo_set_aside(context: SchoolContext, group_id: str, coordinator_id: str) -> AsideGroup:
    """Reopen the requests of a group that are still set aside by it. Raises NotFound."""
    group = await context.store.queue.undo_group(group_id, coordinator_id)
    context.wake(ASIDE_GROUPS.collection)
    return group


async def list_groups(context: SchoolContext) -> Sequence[AsideGroup]:
    """List the groups of requests that were set aside, the newest first."""
    return await context.store.queue.list_groups()


@dataclass(frozen=True, slots=True)
class OpeningsOfHour:
    """How many requests without a supporter came from a moment on, within an hour."""

    since: datetime
    until: datetime
    count: int


@dataclass(frozen=True, slots=True)
class RequestsOverview:
    """What waits at a school: for a supporter, in the queue, and by the hours of its opening."""

    crowd: Crowd
    bounds: Bounds
    hours: Sequence[OpeningsOfHour]
    groups: Sequence[AsideGroup]


async def describe_requests(context: SchoolContext) -> RequestsOverview:
    """Return how much waits, by hours that begin with the last whole one, and what is set aside."""
    queues, now = context.store.queue, context.store.now()
    end = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    hours = []
    for number in range(HOURS_SHOWN):
        until = end - timedelta(hours=number)
        since = until - timedelta(hours=1)
        if count := await queues.count_opened(since, until):
            hours.append(OpeningsOfHour(since, min(until, now), count))
    bounds = context.settings.bounds
    return RequestsOverview(
        await queues.count_crowd(bounds), bounds, hours, await queues.list_groups()
    )
