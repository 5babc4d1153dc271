"""The short-lived link by which a student answers the questionnaires of one wave: intake issues it,
evaluation reads it. Its key fits no other purpose.
"""

from dataclasses import dataclass
from datetime import datetime

from sebaya_chassis.web.feedback_link import (
    FeedbackLinkInvalid,
    IssuedLink,
    read_claims,
    sign_claims,
)
from sebaya_contracts.words import Wave

AUDIENCE = "wave"
CLAIMS = ("school_id", "case_id", "wave", "aud", "iat", "exp")


@dataclass(frozen=True, slots=True)
class WaveLink:
    """The case and the wave that the answers are about."""

    school_id: str
    case_id: str
    wave: Wave


def issue_wave_link(secret: str, link: WaveLink, now: datetime) -> IssuedLink:
    """Issue a token, valid as a feedback link is from `now` (the store's) on."""
    claims = {"school_id": link.school_id, "case_id": link.case_id, "wave": link.wave.value}
    return sign_claims(secret, AUDIENCE, claims, now)


def read_wave_link(secret: str, token: str) -> WaveLink:
    """Read what a token allows. Raises FeedbackLinkInvalid for every one that is not right."""
    claims = read_claims(secret, AUDIENCE, CLAIMS, token)
    try:
        return WaveLink(str(claims["school_id"]), str(claims["case_id"]), Wave(claims["wave"]))
    except ValueError:
        raise FeedbackLinkInvalid from None
