"""The ladder that a school has for a level: its own, or the district's default."""

from datetime import timedelta

from sebaya_contracts.district import ON_CALL, Ladder, Rung, School
from sebaya_contracts.words import Level, Role

# Acknowledged within, and contact after the alert: domain numbers, imminent 2 and 5 min, red 15 and
# 60 min, amber the same day. Four hours a rung for amber: each counsellor is called within the
# waking hours of a day.
_DEADLINES = {
    Level.IMMINENT: (timedelta(minutes=2), timedelta(minutes=5)),
    Level.RED: (timedelta(minutes=15), timedelta(minutes=60)),
    Level.AMBER: (timedelta(hours=4), timedelta(hours=24)),
}


def choose_ladder(school: School, level: Level) -> Ladder:
    """Choose the school's own ladder, or the default: the people on call, then every counsellor.
    Only a counsellor may open an alert, so no other person is called to one.
    """
    return school.ladders.get(level) or _default(school, level)


def _default(school: School, level: Level) -> Ladder:
    wait, contact = _DEADLINES[level]
    counsellors = tuple(one.person_id for one in school.staff if Role.COUNSELLOR in one.roles)
    return Ladder(
        rungs=tuple(
            Rung(who=who, wait_seconds=wait.total_seconds()) for who in ((ON_CALL,), counsellors)
        ),
        contact_within_seconds=contact.total_seconds(),
    )
