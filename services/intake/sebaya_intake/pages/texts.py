"""The sentences behind the closed lists: states, reasons, topics, errors. Written for a reader of
twelve, and warm.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sebaya_chassis.web.pages.texts import marked
from sebaya_contracts.words import Answer, Author, ReportReason, WaitDetail, WaitReason
from sebaya_intake.domain.case import StudentState
from sebaya_intake.domain.case_link import LinkReason
from sebaya_intake.domain.crisis import CrisisReason
from sebaya_intake.domain.crisis_lines import GENERAL, LINES, UNVERIFIED, CrisisLine
from sebaya_intake.domain.projection import SearchNews
from sebaya_intake.errors import CaseGone, CodeMissing, NoMatch, TooManyTries, UnknownCode
from sebaya_intake.pages import help_texts


class StateText(NamedTuple):
    """Where a request stands: the heading, what it means, and when to look again."""

    title: str
    text: str
    then: str


ANSWERS: Mapping[Answer, str] = {
    Answer.NO: marked("No"),
    Answer.YES: marked("Yes"),
    Answer.UNSURE: marked("I am not sure"),
    Answer.PREFER_NOT_TO_SAY: marked("I would rather not say"),
}
STATES: Mapping[StudentState, StateText] = {
    StudentState.RECEIVED: StateText(
        marked("Your request has arrived"),
        marked(
            "Well done for writing. It is safe here, and we are about to look for somebody for you."
        ),
        marked("Look again in a few minutes."),
    ),
    StudentState.WAITING: StateText(
        marked("We are looking for somebody for you"),
        marked("You are on the list, and you do not have to do anything."),
        marked("Look again tomorrow. You can write more at any time."),
    ),
    StudentState.OFFERED: StateText(
        marked("We have asked somebody"),
        marked(
            "A trained student has been asked to be there for you. They have "
            "not seen your words. If they cannot, we ask the next one."
        ),
        marked("Most answer within a day. Look again tomorrow."),
    ),
    StudentState.MATCHED: StateText(
        marked("Somebody is there for you"),
        marked("You can write to each other below. They see what you write from now on."),
        marked("Look here now and then: the answer comes on this page."),
    ),
    StudentState.WITH_COUNSELLOR: StateText(
        marked("This is with your school's counsellor"),
        marked("A grown-up who knows how to help takes this on. Their words come on this page."),
        marked("Look again later today."),
    ),
    StudentState.CLOSED: StateText(
        marked("This is finished for now"),
        marked(
            "You can still read everything. If you need somebody "
            "again, ask anew or say that you want an adult."
        ),
        marked("You may ask again whenever you want."),
    ),
    StudentState.WITHDRAWN: StateText(
        marked("You have taken your request back"),
        marked(
            "No other student sees it any more. You can still "
            "read it, and write if you need an adult."
        ),
        marked("You may ask again whenever you want."),
    ),
}
_TOLD = StateText(
    marked("A counsellor of your school is told"),
    marked("You have done your part, and it was right to tell. The counsellor takes it from here."),
    marked("Look again later today: the counsellor may ask you something."),
)
_TAKEN_BACK = StateText(
    marked("You have taken your request back"),
    marked("What you told stays with the counsellor, who may act on it for your friend."),
    marked("You may ask again whenever you want."),
)
FRIEND_STATES: Mapping[StudentState, StateText] = {
    state: _TAKEN_BACK if state is StudentState.WITHDRAWN else _TOLD for state in StudentState
}
WAITS: Mapping[WaitReason, str] = {
    WaitReason.NO_SUPPORTER_FOR_TOPIC: marked(
        "Nobody for this topic is free yet. Your school's coordinator knows."
    ),
    WaitReason.NO_SUPPORTER_FOR_LANGUAGE: marked(
        "Nobody who speaks this language is free yet. Your school's coordinator knows."
    ),
    WaitReason.ALL_EXCLUDED: marked(
        "Everybody who could help is on your list of people "
        "you do not want. Your school's coordinator knows."
    ),
    WaitReason.ALL_BUSY: marked(
        "Everybody is busy with somebody right now. As soon as somebody is free, it is your turn."
    ),
    WaitReason.NO_COMMON_HOURS: marked(
        "Nobody has time at the hours you named yet. Your school's coordinator knows."
    ),
}
# Where there is one, it says more than the reason: who said no is not who was excluded.
WAIT_DETAILS: Mapping[WaitDetail, str] = {
    WaitDetail.ALL_DECLINED: marked(
        "Those who could help have no room for it right now. That says nothing about you. "
        "Your school's coordinator knows."
    ),
    WaitDetail.ALL_RESTING: marked(
        "Those who could help are away right now. Your school's coordinator knows."
    ),
}
NEWS: Mapping[SearchNews, str] = {
    SearchNews.ASKED_IN_VAIN: marked(
        "Somebody was asked and could not this time. They have not seen your words, and it says "
        "nothing about you."
    ),
    SearchNews.HANDED_ON: marked(
        "The person who was there for you cannot go on. That happens, and it is not because of "
        "anything you wrote. Your place on the list is kept."
    ),
    SearchNews.QUIET: marked(
        "Nothing has come from them for three school days. That is not because of you. You may "
        "wait, or ask for somebody else below."
    ),
    SearchNews.MISSED: marked(
        "The two of you missed each other. Nobody minds. Your place on the list is kept, and you "
        "may say here when you have time."
    ),
}
AUTHORS: Mapping[Author, str] = {
    Author.STUDENT: marked("You"),
    Author.SUPPORTER: marked("Your supporter"),
    Author.COUNSELLOR: marked("Counsellor"),
}
STAFF_AUTHORS: Mapping[Author, str] = {
    Author.STUDENT: marked("Student"),
    Author.SUPPORTER: marked("Supporter"),
    Author.COUNSELLOR: marked("Counsellor"),
}
REASONS: Mapping[CrisisReason, str] = {
    CrisisReason.ADULT_CALLED: marked(
        "Whatever comes: you do not have to wait alone. These people listen right now:"
    ),
    CrisisReason.YOUR_ANSWERS: marked(
        "You do not have to carry this alone. These people listen right now:"
    ),
    CrisisReason.NOBODY_ON_CALL: marked(
        "Nobody at your school is on duty right now. These people are there for you:"
    ),
    CrisisReason.ON_CALL_UNKNOWN: marked(
        "We cannot say right now whether somebody at your school "
        "is on duty. These people are there for you:"
    ),
    CrisisReason.NOT_YET_READ: marked(
        "Nobody has seen your words yet. If you need somebody right now:"
    ),
}
FAULTS: Mapping[str, str] = {
    "topic": marked("Choose what it is about"),
    "text": marked("Write a few words, at most 8,000 letters"),
    "consent": marked("Choose your age, and tick that it is all right for you"),
    "consent_needed": marked(
        "At your age a grown-up has to agree too. Ask an "
        "adult you trust to do this together with you"
    ),
    "consent_outdated": marked(
        "What we promise each other has changed. Please read it again and tick it once more"
    ),
    "age": marked("This page is for students of this school. Is that your age?"),
    "excluded_supporters": marked("The list of people has changed. Please choose again"),
    "preferred_supporters": marked("The list of people has changed. Please choose again"),
    "report": marked("Choose what fits best"),
    "full": marked(
        "Far more is asked at this school right now than can be kept. Please send it again in ten "
        "minutes"
    ),
    "cannot-link": marked("This is the request that is open here already, or one too many"),
    "contact_details": marked(
        "A name, a class or a number is needed: letters in the name, a class such as XI IPA 2, "
        "digits in the number"
    ),
    "other": marked("Please look at this once more"),
    "again": marked(
        "This request was erased before. Press the button once more and it is sent as a new one"
    ),
}
LINK_REASONS: Mapping[LinkReason, str] = {
    LinkReason.STUDENT_SAID_SO: marked("The student said so"),
    LinkReason.SAME_EVENTS: marked("Both tell of the same events"),
    LinkReason.CODE_LOST: marked("The student lost the first code and asked anew"),
    LinkReason.BOTH_CODES: marked("The student showed both codes"),
}
REPORTS: Mapping[ReportReason, str] = {
    ReportReason.HURTFUL: marked("They are mean or hurt me"),
    ReportReason.PRESSURED: marked("They push me to do something I do not want"),
    ReportReason.CONTACT_OUTSIDE: marked(
        "They want my number, my accounts, or to meet somewhere else"
    ),
    ReportReason.SEXUAL: marked("They write about my body or about sex"),
    ReportReason.TOLD_OTHERS: marked("They told somebody else about me"),
    ReportReason.SOMETHING_ELSE: marked("It is something else"),
}
CODES: Mapping[str, str] = {
    UnknownCode.slug: marked("This code opens nothing here. Is every letter right?"),
    CodeMissing.slug: marked("Type your code here"),
    TooManyTries.slug: marked(
        "Codes like this were tried too often. Please wait a "
        "quarter of an hour. You can still ask for an adult"
    ),
    "closed": marked(
        "Your page had closed itself to keep you safe. "
        "Type your code, and your words are still there"
    ),
}
PROBLEMS: Mapping[str, str] = {
    UnknownCode.slug: CODES[UnknownCode.slug],
    CodeMissing.slug: marked(
        "Your page has closed itself to keep you safe. Open it again with your code"
    ),
    TooManyTries.slug: CODES[TooManyTries.slug],
    CaseGone.slug: marked("This request was erased. To ask again, start a new one"),
    NoMatch.slug: marked("There is nobody at your side right now"),
}
# Of the list of lines only names that are plain words are translated; the others are what these
# services are called.
LINE_NAMES = (marked("Emergency"), marked("Emergency services"), marked("An adult near you"))


def unverified_names(lines: Iterable[CrisisLine]) -> list[str]:
    """List the lines that the operator still has to ring up."""
    return [line.name for line in lines if line.verified_on == UNVERIFIED]


WORDS: Mapping[str, Any] = {
    **help_texts.WORDS,
    "answers": ANSWERS,
    "states": STATES,
    "friend_states": FRIEND_STATES,
    "waits": WAITS,
    "wait_details": WAIT_DETAILS,
    "news": NEWS,
    "authors": AUTHORS,
    "staff_authors": STAFF_AUTHORS,
    "reasons": REASONS,
    "faults": FAULTS,
    "codes": CODES,
    "reports": REPORTS,
    "link_reasons": LINK_REASONS,
    "unverified": UNVERIFIED.isoformat(),
    "unverified_lines": {
        country: names for country, lines in LINES.items() if (names := unverified_names(lines))
    },
}


def line_texts() -> set[str]:
    """List what the crisis lines say about themselves; each is translated where it is shown."""
    return {line.about for lines in (*LINES.values(), GENERAL) for line in lines} | set(LINE_NAMES)
