"""The ladder that a school has for a level: its own, or the district's default."""

from datetime import timedelta

from sebaya_contracts.district import ON_CALL, Ladder, Rung, School
from sebaya_contracts.words import Level, Role

# Acknowledged within, and contact after the alert: domain numbers, imminent 2 and 5 min, red 15 and
# 60 min, amber the same day. Four hours a rung for amber: three rungs are gone through within the
# waking hours of a day.
_DEADLINES = {
    Level.IMMINENT: (timedelta(minutes=2), timedelta(minutes=5)),
    Level.RED: (timedelta(minutes=15), timedelta(minutes=60)),
    Level.AMBER: (timedelta(hours=4), timedelta(hours=24)),
}


def choose_ladder(school: School, level: Level) -> Ladder:
    """Choose the school's own ladder, or the default: the people on call, then every counsellor,
    then every coordinator.
    """
    return school.ladders.get(level) or _default(school, level)


def _default(school: School, level: Level) -> Ladder:
    wait, contact = _DEADLINES[level]
    rungs = [(ON_CALL,), _with_role(school, Role.COUNSELLOR), _with_role(school, Role.COORDINATOR)]
    return Ladder(
        rungs=tuple(Rung(who=who, wait_seconds=wait.total_seconds()) for who in rungs),
        contact_within_seconds=contact.total_seconds(),
    )


def _with_role(school: School, role: Role) -> tuple[str, ...]:
    return tuple(person.person_id for person in school.staff if role in person.roles)
