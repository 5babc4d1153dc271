"""The sentences behind evaluation's closed lists."""

from collections.abc import Mapping
from typing import Any

from sebaya_chassis.web.feedback_link import FeedbackLinkInvalid
from sebaya_chassis.web.pages.texts import marked
from sebaya_contracts.topics import SERVICES
from sebaya_evaluation.errors import AlreadyAnswered

STAGES: Mapping[str, str] = {
    "asked": marked("Asked"),
    "offered": marked("Offered to a supporter"),
    "matched": marked("Matched"),
    "met": marked("Met"),
    "closed": marked("Closed"),
    "improved": marked("Feels better"),
    "withdrawn": marked("Taken back"),
}
WAVES: Mapping[str, str] = {
    "pre": marked("Before support"),
    "mid": marked("During support"),
    "post": marked("At its end"),
    "followup": marked("A while later"),
}
WAITS: Mapping[str, str] = {
    "to_offer": marked("From asking to an offer"),
    "to_accept": marked("From asking to a yes"),
    "to_meet": marked("From the yes to the first meeting"),
}
PROBLEMS: Mapping[str, str] = {
    FeedbackLinkInvalid.slug: marked(
        "This page has closed itself. Open your request again and start from there"
    ),
    AlreadyAnswered.slug: marked("You have already answered. Thank you"),
}
WORDS: Mapping[str, Any] = {
    "start": "/home",
    "waits": WAITS,
    "waves": WAVES,
    "stages": STAGES,
    "services": SERVICES,
}
