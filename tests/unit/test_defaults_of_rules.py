"""What is new has had nothing happen to it: the defaults of a document that a rule begins with."""

from datetime import UTC, datetime

import pytest

from sebaya_contracts.words import AlertCause, CaseTopic, Level, Side
from sebaya_escalation.domain.alert import Alert
from sebaya_escalation.domain.case import Case as EscalationCase
from sebaya_escalation.domain.page import Channel, Page
from sebaya_escalation.domain.review import HOLDER, Review
from sebaya_escalation.domain.signal import Signal
from sebaya_evaluation.domain.facts import Fact, MatchFact
from sebaya_evaluation.domain.feedback import Response
from sebaya_evaluation.domain.happenings import Happening
from sebaya_evaluation.domain.spans import Calendar
from sebaya_evaluation.domain.tally import Spread
from sebaya_intake.domain.case import Case as IntakeCase
from sebaya_intake.domain.crowding import Crowd
from sebaya_intake.domain.message import Message, MessageWords
from sebaya_intake.domain.projection import AlertFacts, CaseProjection
from sebaya_intake.domain.queue_place import QueuePlace
from sebaya_intake.domain.screening import Screening
from sebaya_intake.domain.setting_aside import AsideGroup
from sebaya_matching.domain.case import Case as MatchingCase
from sebaya_matching.domain.case import Match, Request
from sebaya_matching.domain.supporter import Profile, Supporter

T = datetime(2026, 3, 2, tzinfo=UTC)
PROFILE = Profile("Sari", (), ())
NEW = [
    (
        Alert("s1", "a1", "c1", 1, Level.RED, AlertCause.MESSAGE, T),
        {"signals_version": 1, "turn": 1, "rung": 0, "erased": False, "holder_called": False},
    ),
    (
        EscalationCase("s1", "c1"),
        {"signals": 0, "episodes": 0, "erased": False, "by_friend": False},
    ),
    (
        Page("s1", "p1", "a1", 1, 0, "bk", Channel.EMAIL, "<m@s>", T),
        {"attempts": 0, "after_answer": False, "told": False, "change_id": ""},
    ),
    (Review(T), {"number": 1, "round": 1, "rung": HOLDER, "next_at": None, "follow_ups": ()}),
    (Signal("m1", Level.RED, AlertCause.MESSAGE, T), {"by_friend": False, "why": ()}),
    (Fact("c1"), {"erased": False, "dirty": (), "matches": (), "alerts": ()}),
    (MatchFact("m1"), {"ended_case": False, "closed_at": None}),
    (Response("r1", "c1", Side.STUDENT), {"erased": False, "answers": {}}),
    (Happening("asked", T), {"value": 1}),
    (Calendar(), {"starts": 7, "years": 3}),
    (Spread(), {"n": 0, "total": 0, "squares": 0, "buckets": []}),
    (
        IntakeCase("c1", "s1"),
        {"reopened": False, "wiped": False, "links": (), "details_opened": (), "erased_at": None},
    ),
    (Crowd(), {"waiting": 0, "queued": 0}),
    (Message("m1", "c1", "s1"), {"for_staff": False, "text": ""}),
    (MessageWords("x", "k"), {"for_staff": False, "own_code": None}),
    (
        AlertFacts(),
        {"level": Level.RED, "called": False, "contacted": False, "counsellor": ""},
    ),
    (CaseProjection(), {"held": False, "referred": False, "barred": (), "alerts": {}}),
    (QueuePlace(T), {"refused": False, "seen_at": None}),
    (Screening(T, None), {"attempt": 1, "level": None, "published_at": None}),
    (AsideGroup("g1", "s1", T, T, T, "ko", T), {"size": 0, "undone_at": None}),
    (
        MatchingCase("c1", "s1"),
        {"referred": False, "withdrawn": False, "closed": False, "aside": False, "former": ()},
    ),
    (Match("m1", "sari", T, T), {"quiet_days": 0, "meetings": (), "accepted_at": None}),
    (
        Request(CaseTopic.GRIEF, "id", T),
        {"choosing": False, "for_counsellor": False, "excluded": (), "preferred": ()},
    ),
    (PROFILE, {"cap": 1, "cap_chosen": True, "certified_until": None}),
    (
        Supporter("s1", "sari", PROFILE),
        {"over": 0, "unanswered": 0, "slots": {}, "rests_until": None, "lowered_at": None},
    ),
]


@pytest.mark.parametrize(("new", "begins"), NEW, ids=lambda one: type(one).__name__)
def test_a_new_one_has_had_nothing_happen_to_it(new: object, begins: dict[str, object]) -> None:
    assert {name: getattr(new, name) for name in begins} == begins
    assert (Crowd() + Crowd(), Review(T).step_at, Spread().mean) == (Crowd(), T, None)
    assert not PROFILE.available(T)
