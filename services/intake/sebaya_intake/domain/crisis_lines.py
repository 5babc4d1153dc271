"""Crisis lines by country. `verified_on` is the day of the source that was read for an entry.

An entry without a dated source bears UNVERIFIED, the day on which the list was drawn up. No source
says that a number answers today: the operator rings each up before the first school opens and every
90 days (`sebaya lines confirm`), and is alerted when that is overdue. A line stays meanwhile.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

UNVERIFIED = date(2026, 11, 26)


class Way(StrEnum):
    CALL = "call"
    TEXT = "text"
    WEB = "web"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class CrisisLine:
    """One way to reach help outside the school."""

    name: str
    way: Way
    contact: str
    about: str
    verified_on: date


# Sources: ID kesprimkom.kemkes.go.id (7 Aug 2025), frasa.id on SAPA 129 (27 Mar 2025); SG
# moh.gov.sg (18 Jun 2025), CNA (21 Jul 2025); MY vietnamnews.vn on HEAL and 999 (7 Jan 2026); AU
# House of Representatives (20 Mar 2023); KE childhelplineinternational.org (2023).
LINES: dict[str, tuple[CrisisLine, ...]] = {
    "ID": (
        CrisisLine(
            "SEJIWA",
            Way.CALL,
            "119 ext. 8",
            "National mental health line of the Ministry of Health",
            UNVERIFIED,
        ),
        CrisisLine(
            "healing119.id",
            Way.WEB,
            "https://healing119.id",
            "Counselling by the Ministry of Health, anonymous",
            date(2025, 8, 7),
        ),
        CrisisLine(
            "SAPA 129",
            Way.CALL,
            "129",
            "Violence against women and children, day and night",
            date(2025, 3, 27),
        ),
        CrisisLine("Emergency", Way.CALL, "112", "Danger right now", UNVERIFIED),
    ),
    "US": (
        CrisisLine(
            "988 Suicide & Crisis Lifeline",
            Way.CALL,
            "988",
            "Call or text, day and night",
            UNVERIFIED,
        ),
        CrisisLine(
            "Crisis Text Line", Way.TEXT, "HOME to 741741", "By text, day and night", UNVERIFIED
        ),
        CrisisLine("Emergency", Way.CALL, "911", "Danger right now", UNVERIFIED),
    ),
    "GB": (
        CrisisLine("Childline", Way.CALL, "0800 1111", "For everybody under 19, free", UNVERIFIED),
        CrisisLine("Samaritans", Way.CALL, "116 123", "Day and night, free", UNVERIFIED),
        CrisisLine("Shout", Way.TEXT, "SHOUT to 85258", "By text, day and night", UNVERIFIED),
        CrisisLine("Emergency", Way.CALL, "999", "Danger right now", UNVERIFIED),
    ),
    "MY": (
        CrisisLine(
            "Talian HEAL",
            Way.CALL,
            "15555",
            "Ministry of Health, 8 in the morning until midnight",
            date(2026, 1, 7),
        ),
        CrisisLine("Emergency (MERS)", Way.CALL, "999", "Danger right now", date(2026, 1, 7)),
    ),
    "SG": (
        CrisisLine("national mindline", Way.CALL, "1771", "Day and night", date(2025, 7, 21)),
        CrisisLine("Samaritans of Singapore", Way.CALL, "1767", "Day and night", date(2025, 7, 21)),
        CrisisLine(
            "Emergency", Way.CALL, "995", "Danger right now (ambulance; police 999)", UNVERIFIED
        ),
    ),
    "AU": (
        CrisisLine(
            "Kids Helpline",
            Way.CALL,
            "1800 55 1800",
            "For everybody from 5 to 25, day and night",
            date(2023, 3, 20),
        ),
        CrisisLine("Lifeline", Way.CALL, "13 11 14", "Day and night", UNVERIFIED),
        CrisisLine("Emergency", Way.CALL, "000", "Danger right now", UNVERIFIED),
    ),
    "KE": (
        CrisisLine(
            "Child Helpline",
            Way.CALL,
            "116",
            "For children and young people, free",
            date(2023, 11, 20),
        ),
        CrisisLine("Emergency", Way.CALL, "999", "Danger right now", UNVERIFIED),
    ),
}

# No number at all: one that belongs to another country would be worse than none.
GENERAL = (
    CrisisLine(
        "Emergency services",
        Way.ADVICE,
        "",
        "In danger right now? Call your country's emergency number.",
        UNVERIFIED,
    ),
    CrisisLine(
        "An adult near you",
        Way.ADVICE,
        "",
        "Go to an adult you trust, or to the nearest hospital, and say it out loud.",
        UNVERIFIED,
    ),
)


def lines_for(country: str | None) -> tuple[CrisisLine, ...]:
    """Return the country's own lines; for any other the general advice, never nothing."""
    return LINES.get(country or "", GENERAL)
