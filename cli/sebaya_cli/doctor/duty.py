"""Who is on duty at a moment, reckoned from a school's description apart from the product."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sebaya_contracts.district import ON_CALL, Day, Rung, School, Shift

DAYS = tuple(Day)


def reached(school: School, rung: Rung, moment: datetime) -> set[str]:
    """The people of a rung who can be paged at that moment."""
    who = set(rung.who) - {ON_CALL}
    if ON_CALL in rung.who:
        who |= on_duty(school, moment)
    return who & {person.person_id for person in school.staff if person.email or person.webhook_url}


def on_duty(school: School, moment: datetime) -> set[str]:
    """By the weekly rota in the school's own time, with whoever stands in."""
    local = moment.astimezone(ZoneInfo(school.time_zone))
    rostered = {shift.person_id for shift in school.rota if _covers(shift, local)}
    stand_in = {one.person_id: one.substitute_id for one in school.substitutions if one.since <= moment < one.until}
    return {stand_in.get(person_id, person_id) for person_id in rostered}


def _covers(shift: Shift, local: datetime) -> bool:
    since, until, now = _minutes(shift.since), _minutes(shift.until), local.hour * 60 + local.minute
    today = DAYS[local.weekday()] in shift.days
    if since < until:
        return today and since <= now < until
    yesterday = DAYS[(local - timedelta(days=1)).weekday()] in shift.days
    return (today and now >= since) or (yesterday and now < until)


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
