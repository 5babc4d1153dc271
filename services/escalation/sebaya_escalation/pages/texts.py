"""The sentences behind escalation's closed lists."""

from collections.abc import Mapping
from typing import Any

from sebaya_chassis.web.pages.texts import marked
from sebaya_contracts.words import (
    AlertCause,
    AlertOutcome,
    Author,
    DetailsReason,
    OpenAgainCause,
    ReportReason,
    WorryReason,
)
from sebaya_escalation.domain.alert import Status
from sebaya_escalation.domain.identity import IdentityAnswer, IdentityReason
from sebaya_escalation.domain.page import Channel, PageState
from sebaya_escalation.domain.queue import DueStep
from sebaya_escalation.domain.review import ReviewAfter
from sebaya_escalation.domain.timeline import Happening
from sebaya_escalation.errors import (
    AlertIsClosed,
    AlertNotClosed,
    AlertNotTaken,
    AlertTaken,
    AlreadyAnswered,
    AnotherAlertOpen,
    CannotTakeOver,
    ClosingIncomplete,
    ContactMissing,
    NoStudent,
    NotAsked,
    NotLower,
    NotYourDuty,
    SecondPersonNeeded,
    ShiftOfferGone,
    SignalsUnseen,
)

CAUSES: Mapping[AlertCause, str] = {
    AlertCause.MESSAGE: marked("Risk words"),
    AlertCause.SAFETY_ANSWERS: marked("Answers to the safety questions"),
    AlertCause.ADULT_REQUESTED: marked("The student asked for an adult"),
    AlertCause.UNSCREENED: marked("A message that could not be screened"),
}
REPORTS: Mapping[ReportReason, str] = {
    ReportReason.HURTFUL: marked("Report: the peer is hurtful"),
    ReportReason.PRESSURED: marked("Report: the peer pushes the student to do something"),
    ReportReason.CONTACT_OUTSIDE: marked("Report: the peer wants contact outside of here"),
    ReportReason.SEXUAL: marked("Report: the peer writes about sex or the body"),
    ReportReason.TOLD_OTHERS: marked("Report: the peer told others"),
    ReportReason.SOMETHING_ELSE: marked("Report: something else is wrong in the thread"),
}
WORRIES: Mapping[WorryReason, str] = {
    WorryReason.DANGER_NOW: marked("The peer is worried: danger right now"),
    WorryReason.SELF_HARM: marked("The peer is worried: the student may hurt themselves"),
    WorryReason.HURT_BY_OTHERS: marked("The peer is worried: somebody hurts the student"),
    WorryReason.MAY_HURT_OTHERS: marked("The peer is worried: the student may hurt somebody"),
    WorryReason.SOMETHING_ELSE: marked("The peer is worried: something else"),
    WorryReason.TOO_HEAVY: marked("The peer handed the student on: too heavy"),
    WorryReason.KNOWS_STUDENT: marked("The peer handed the student on: may know who it is"),
}
FRIEND_WORRIES: Mapping[WorryReason, str] = {
    WorryReason.DANGER_NOW: marked("Worried about a friend: danger right now"),
    WorryReason.SELF_HARM: marked("Worried about a friend, who may hurt themselves"),
    WorryReason.HURT_BY_OTHERS: marked("Worried about a friend, whom somebody hurts"),
    WorryReason.MAY_HURT_OTHERS: marked("Worried about a friend, who may hurt somebody"),
    WorryReason.SOMETHING_ELSE: marked("Worried about a friend: something else"),
}
STATES: Mapping[Status, str] = {
    Status.OPEN: marked("Nobody has it yet"),
    Status.ACKNOWLEDGED: marked("Taken"),
    Status.CLOSED: marked("Closed"),
}
OUTCOMES: Mapping[AlertOutcome, str] = {
    AlertOutcome.SUPPORTED: marked("Supported at school"),
    AlertOutcome.REFERRED: marked("Referred to a service outside"),
    AlertOutcome.EMERGENCY_SERVICES: marked("Emergency services came"),
    AlertOutcome.FALSE_ALARM: marked("False alarm"),
    AlertOutcome.UNREACHABLE: marked("The student could not be reached"),
}
AUTHORS: Mapping[Author, str] = {
    Author.STUDENT: marked("Student"),
    Author.SUPPORTER: marked("Supporter"),
    Author.COUNSELLOR: marked("Counsellor"),
}
PAGE_STATES: Mapping[PageState, str] = {
    PageState.PENDING: marked("to be sent"),
    PageState.SENDING: marked("being sent"),
    PageState.SENT: marked("sent"),
    PageState.UNKNOWN: marked("handed over, no answer yet"),
    PageState.FAILED: marked("could not be sent"),
    PageState.DROPPED: marked("no longer needed"),
}
CHANNELS: Mapping[Channel, str] = {
    Channel.EMAIL: marked("e-mail"),
    Channel.WEBHOOK: marked("webhook"),
}
REASONS: Mapping[IdentityReason, str] = {
    IdentityReason.LIFE_IN_DANGER: marked("A life is in danger"),
    IdentityReason.CANNOT_BE_REACHED: marked("The student does not answer any more"),
    IdentityReason.DUTY_TO_REPORT: marked("The law asks me to report it"),
    IdentityReason.MEETING_AGREED: marked("The student wants to meet me"),
}
DETAILS_REASONS: Mapping[DetailsReason, str] = {
    DetailsReason(reason.value): text for reason, text in REASONS.items()
}
ANSWERS: Mapping[IdentityAnswer, str] = {
    IdentityAnswer.TOLD_IN_PERSON: marked("I have told the counsellor in person"),
    IdentityAnswer.NOT_KNOWN: marked("We do not know who it is"),
    IdentityAnswer.REASON_NOT_ENOUGH: marked("The reason is not enough"),
}
HAPPENINGS: Mapping[Happening, str] = {
    Happening.RAISED: marked("The alert was raised"),
    Happening.ROSE: marked("The level rose"),
    Happening.LOWERED: marked("The level was lowered"),
    Happening.SIGNALLED: marked("Something new came in"),
    Happening.ANSWERED: marked("The student wrote"),
    Happening.WITHDREW: marked("The student withdrew the request"),
    Happening.OPENED_AGAIN: marked("Open again"),
    Happening.RUNG_EMPTY: marked("Nobody in this step of the ladder could be called"),
    Happening.UNREACHED: marked("Nobody at all could be called"),
    Happening.ACKNOWLEDGED: marked("Taken"),
    Happening.CONTACTED: marked("Spoke with the student"),
    Happening.HANDED_OVER: marked("Handed over"),
    Happening.TAKEN_OVER: marked("Taken over"),
    Happening.STEPPED_OUT: marked("Stepped out"),
    Happening.BARRED: marked("Named in the words, so not called"),
    Happening.REVIEWED: marked("Looked after the student"),
    Happening.TRIED: marked("Could not reach the student"),
    Happening.NOTED: marked("Note"),
    Happening.CLOSED: marked("Closed"),
    Happening.REOPENED: marked("Opened again by a human"),
    Happening.PEER_DECIDED: marked("Whether a peer goes on was changed"),
    Happening.READ: marked("Read for the first time"),
}
OPENED_AGAIN: Mapping[OpenAgainCause, str] = {
    OpenAgainCause.HANDED_OVER: marked("it was given to others"),
    OpenAgainCause.CONTACT_OVERDUE: marked("the student was not spoken to in time"),
    OpenAgainCause.NEW_SIGNAL: marked("something new came in"),
    OpenAgainCause.ROSE: marked("the level rose"),
}
REVIEWS: Mapping[ReviewAfter, str] = {
    ReviewAfter.DAY: marked("in 24 hours"),
    ReviewAfter.WEEK: marked("in 7 days"),
    ReviewAfter.MONTH: marked("in 30 days"),
}
PROBLEMS: Mapping[str, str] = {
    AlertTaken.slug: marked("Somebody else has taken this alert already"),
    AlertIsClosed.slug: marked("This alert is closed. Whatever is new raises a new one"),
    AlertNotClosed.slug: marked("This alert is not closed"),
    AnotherAlertOpen.slug: marked("This student has another alert that is not closed"),
    ClosingIncomplete.slug: marked("Something is missing before this alert can be closed"),
    AlertNotTaken.slug: marked("Nobody has this alert right now, so it cannot be handed over"),
    CannotTakeOver.slug: marked("Choose another counsellor of this school who can be called"),
    ContactMissing.slug: marked("Speak with the student first"),
    NotLower.slug: marked("Choose a lower level than the alert has"),
    AlreadyAnswered.slug: marked("This question is answered already"),
    SecondPersonNeeded.slug: marked("Somebody else than who asked must answer"),
    NoStudent.slug: marked("This alert is of no one student"),
    NotAsked.slug: marked("Nobody has asked who this student is"),
    NotYourDuty.slug: marked("You have no duty at that time"),
    ShiftOfferGone.slug: marked("This change of duty is no longer open"),
    SignalsUnseen.slug: marked(
        "Something new came in while you were reading. Read it before you close"
    ),
}
DUE_STEPS: Mapping[DueStep, str] = {
    DueStep.CALL: marked("The next person is called"),
    DueStep.CONTACT: marked("Speak with the student"),
    DueStep.REVIEW: marked("Look after the student again"),
}
WORDS: Mapping[str, Any] = {
    "due_steps": DUE_STEPS,
    "start": "/home",
    "causes": CAUSES,
    "reports": REPORTS,
    "worries": WORRIES,
    "friend_worries": FRIEND_WORRIES,
    "states": STATES,
    "outcomes": OUTCOMES,
    "authors": AUTHORS,
    "page_states": PAGE_STATES,
    "channels": CHANNELS,
    "reasons": REASONS,
    "answers": ANSWERS,
    "happenings": HAPPENINGS,
    "opened_again": OPENED_AGAIN,
    "reviews": REVIEWS,
    "details_reasons": DETAILS_REASONS,
}
