"""What pages say while an adult is needed: to the student by how far and how soon the adults are,
to the peer what to do until one is there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sebaya_chassis.web.pages.texts import marked
from sebaya_contracts.words import DetailsReason, WorryReason
from sebaya_intake.domain.adult_help import HelpStage, Pace
from sebaya_intake.domain.sealed_details import SafeTime
from sebaya_intake.domain.sealed_plan import PlanPart

# With a name, and without one where the counsellor has left the school's file.
TITLES: Mapping[HelpStage, str] = {
    HelpStage.CALLING: marked("We are calling an adult of your school"),
    HelpStage.CALLED: marked("An adult of your school has been told"),
    HelpStage.TAKEN: marked("%(name)s is there for you now"),
    HelpStage.CONTACTED: marked("%(name)s is in touch with you"),
}
A_COUNSELLOR = marked("A counsellor of your school")
STEPS: Mapping[HelpStage, str] = {
    HelpStage.CALLING: marked("calling"),
    HelpStage.CALLED: marked("told"),
    HelpStage.TAKEN: marked("taken on"),
    HelpStage.CONTACTED: marked("in touch"),
}
_COMING = marked(
    "They read what is written here and answer on this page. "
    "You can leave it open: their words appear by themselves."
)
_THERE = marked(
    "They read what you write below, and answer on this page. "
    "You can leave it open: their words appear by themselves."
)
UNTIL_TAKEN: Mapping[Pace, Sequence[str]] = {
    Pace.AT_ONCE: (
        marked("It is marked as urgent. They answer you on this page."),
        marked(
            "Please do not stay alone until then: go to somebody near you, "
            "or call one of the numbers above."
        ),
    ),
    Pace.SOON: (_COMING, marked("If you cannot wait, the numbers above answer right now.")),
    Pace.TODAY: (_COMING, marked("You have done nothing wrong. It helps if more than one knows.")),
}
ONCE_TAKEN: Mapping[Pace, Sequence[str]] = {
    Pace.AT_ONCE: (
        _THERE,
        marked("Please stay with somebody until the two of you have spoken."),
    ),
    Pace.SOON: (_THERE,),
    Pace.TODAY: (_THERE,),
}
# To the one who worries about a friend: what is on its way is for the friend, not for them.
FRIEND_TOLD: Mapping[Pace, Sequence[str]] = {
    Pace.AT_ONCE: (
        marked("It is marked as urgent. What the counsellor asks or answers stands on this page."),
        marked(
            "If your friend is in danger right now, do not go there alone: get the nearest adult, "
            "or call one of the numbers above."
        ),
    ),
    Pace.SOON: (
        marked("What the counsellor asks or answers stands on this page."),
        marked("If it cannot wait, the numbers above answer right now."),
    ),
    Pace.TODAY: (marked("What the counsellor asks or answers stands on this page."),),
}
PEER_TITLES: Mapping[HelpStage, str] = {
    HelpStage.CALLING: marked("A counsellor is being called"),
    HelpStage.CALLED: marked("A counsellor has been called"),
    HelpStage.TAKEN: marked("%(name)s has taken this on"),
    HelpStage.CONTACTED: marked("%(name)s is in touch with the student"),
}
# Three sentences each, after the guidance for young people on talking safely about suicide.
SAY: Sequence[str] = (
    marked("Say that you are glad they told you, and that you take it seriously."),
    marked("Ask straight out: are you safe right now, and is somebody with you?"),
    marked("Say that an adult is coming here, and stay in touch until they do."),
)
SAY_NOT: Sequence[str] = (
    marked("Do not promise to keep it secret."),
    marked("Do not argue, scold, or say that others have it worse."),
    marked("Do not ask how or with what, and do not go there alone."),
)
# Handing on has its own buttons, at the peer's page of matching.
WORRIES: Mapping[WorryReason, str] = {
    WorryReason.DANGER_NOW: marked("They are in danger right now"),
    WorryReason.SELF_HARM: marked("They may hurt themselves or do not want to live"),
    WorryReason.HURT_BY_OTHERS: marked("Somebody hurts them"),
    WorryReason.MAY_HURT_OTHERS: marked("They may hurt somebody else"),
    WorryReason.SOMETHING_ELSE: marked("It is something else"),
}
DETAILS_REASONS: Mapping[DetailsReason, str] = {
    DetailsReason.LIFE_IN_DANGER: marked("A life is in danger"),
    DetailsReason.CANNOT_BE_REACHED: marked("The student does not answer any more"),
    DetailsReason.DUTY_TO_REPORT: marked("The law asks for a report"),
    DetailsReason.MEETING_AGREED: marked("The student wants to meet"),
}
SAFE_TIMES: Mapping[SafeTime, str] = {
    SafeTime.ANY_TIME: marked("At any time"),
    SafeTime.BREAKS: marked("In the breaks at school"),
    SafeTime.AFTER_SCHOOL: marked("After school"),
    SafeTime.EVENING: marked("In the evening"),
    SafeTime.WRITE_FIRST: marked("Only write, do not call"),
}
PLAN_PARTS: Mapping[PlanPart, str] = {
    PlanPart.WARNING_SIGNS: marked("How I notice that it is getting hard"),
    PlanPart.ALONE: marked("What I can do by myself"),
    PlanPart.COMPANY: marked("People and places that do me good"),
    PlanPart.HELPERS: marked("Whom I can ask for help"),
    PlanPart.SAFER: marked("What makes it safer around me"),
}
WORDS: Mapping[str, Any] = {
    "plan_parts": PLAN_PARTS,
    "details_reasons": DETAILS_REASONS,
    "safe_times": SAFE_TIMES,
    "worries": WORRIES,
    "help_titles": TITLES,
    "a_counsellor": A_COUNSELLOR,
    "help_steps": STEPS,
    "until_taken": UNTIL_TAKEN,
    "once_taken": ONCE_TAKEN,
    "friend_told": FRIEND_TOLD,
    "peer_titles": PEER_TITLES,
    "say": SAY,
    "say_not": SAY_NOT,
}
