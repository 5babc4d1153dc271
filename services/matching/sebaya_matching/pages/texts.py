"""The sentences behind matching's closed lists."""

from collections.abc import Mapping
from typing import Any

from sebaya_chassis.web.pages.texts import marked
from sebaya_contracts.words import DeclineReason, MatchEnd, SupporterState, WaitDetail, WaitReason
from sebaya_matching.domain.enums import ScoreReason
from sebaya_matching.errors import (
    CaseHeld,
    MeetingImpossible,
    NoActiveMatch,
    NotAvailable,
    OfferGone,
)

SCORES: Mapping[ScoreReason, str] = {
    ScoreReason.PREFERRED: marked("They would like to talk to you"),
    ScoreReason.TOPIC_EXPERTISE: marked("This is one of your topics"),
    ScoreReason.FIRST_LANGUAGE: marked("It is the language you speak best"),
    ScoreReason.COMMON_HOURS: marked("You are free at the same hours"),
    ScoreReason.FREE_HANDS: marked("You have room for somebody"),
    ScoreReason.LONG_WAIT: marked("They have waited for a while"),
    ScoreReason.NEEDED_SOON: marked("They would like somebody soon"),
}
DECLINES: Mapping[DeclineReason, str] = {
    DeclineReason.NO_TIME: marked("I have no time right now"),
    DeclineReason.KNOWS_STUDENT: marked("I think I know who it is"),
    DeclineReason.TOO_HEAVY: marked("It is too heavy for me"),
    DeclineReason.OTHER: marked("Another reason"),
}
ENDS: Mapping[MatchEnd, str] = {
    MatchEnd.COMPLETED: marked("We are finished"),
    MatchEnd.NO_SHOW: marked("They did not come"),
    MatchEnd.STUDENT_LEFT: marked("They wanted to stop"),
    MatchEnd.SUPPORTER_LEFT: marked("You handed it on"),
    MatchEnd.COUNSELLOR_ENDED: marked("A counsellor took over"),
}
# What a supporter may choose; handing on has a button of its own.
ENDS_CHOSEN = (MatchEnd.COMPLETED, MatchEnd.NO_SHOW, MatchEnd.STUDENT_LEFT)
WAITS: Mapping[WaitReason, str] = {
    WaitReason.NO_SUPPORTER_FOR_TOPIC: marked("No supporter for this topic"),
    WaitReason.NO_SUPPORTER_FOR_LANGUAGE: marked("No supporter for this language"),
    WaitReason.ALL_EXCLUDED: marked("The student excluded every supporter who could"),
    WaitReason.ALL_BUSY: marked("Every supporter who could is busy"),
    WaitReason.NO_COMMON_HOURS: marked("No common hours"),
}
# Where there is one, it says more than the reason.
WAIT_DETAILS: Mapping[WaitDetail, str] = {
    WaitDetail.ALL_DECLINED: marked("Every supporter who could has said no or handed it on"),
    WaitDetail.ALL_RESTING: marked("Every supporter who could did not answer, and rests"),
}
STATES: Mapping[SupporterState, str] = {
    SupporterState.APPLIED: marked("applied"),
    SupporterState.TRAINED: marked("trained"),
    SupporterState.ACTIVE: marked("active"),
    SupporterState.PAUSED: marked("has a break"),
    SupporterState.RETIRED: marked("has stopped"),
}
# Of a supporter's fields; by name, or by what is wrong where that says more.
FAULTS: Mapping[str, str] = {
    "supporter_id": marked("Letters without accents, digits, - and _, at most 64"),
    "taken": marked("A supporter is enrolled under this user name already"),
    "display_name": marked("A name that can be read, at most 80 letters"),
    "topics": marked("Choose at least one"),
    "languages": marked("Choose at least one"),
    "hours": marked("Choose from the list"),
    "cap": marked("A number from 1 to 10"),
    "certified_until": marked("A day, like 2027-06-30"),
    "state": marked("Choose one from the list"),
}
PROBLEMS: Mapping[str, str] = {
    CaseHeld.slug: marked("A counsellor has this now. You do not have to do anything"),
    OfferGone.slug: marked("This offer is no longer open. Thank you for looking"),
    NoActiveMatch.slug: marked("This is over already"),
    NotAvailable.slug: marked(
        "You have a break, or your certificate has run out. Your coordinator can help"
    ),
    MeetingImpossible.slug: marked("A meeting lies between the start and now"),
}
WORDS: Mapping[str, Any] = {
    "start": "/home",
    "scores": SCORES,
    "declines": DECLINES,
    "ends": ENDS,
    "ends_chosen": ENDS_CHOSEN,
    "waits": WAITS,
    "wait_details": WAIT_DETAILS,
    "states": STATES,
    "faults": FAULTS,
}
