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
WAITS: Mapping[str, str] = {
    "to_offer": marked("From asking to an offer"),
    "to_accept": marked("From asking to a yes"),
    "to_meet": marked("From the yes to the first meeting"),
}
PROBLEMS: Mapping[str, str] = {
    FeedbackLinkInvalid.slug: marked(
        "This page has closed itself. Open your request again and press “Say how it went”"
    ),
    AlreadyAnswered.slug: marked("You have already said how it went. Thank you"),
}
WORDS: Mapping[str, Any] = {
    "start": "/home",
    "waits": WAITS,
    "stages": STAGES,
    "services": SERVICES,
}
