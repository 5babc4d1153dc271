"""Texts that a template names by variable only, marked so that a search for untranslated ones finds
them; and the names of roles, topics and levels.
"""

from collections.abc import Mapping

from sebaya_contracts.words import CaseTopic, Level, Role


def marked(text: str) -> str:
    """Return the text as it is; it is translated where it is shown."""
    return text


ROLES: Mapping[Role, str] = {
    Role.SUPPORTER: marked("Supporter"),
    Role.COUNSELLOR: marked("Counsellor"),
    Role.COORDINATOR: marked("Coordinator"),
    Role.DISTRICT_LEAD: marked("District lead"),
    Role.OPERATOR: marked("Operator"),
}
TOPICS: Mapping[CaseTopic, str] = {
    CaseTopic.LONELINESS: marked("Feeling alone"),
    CaseTopic.BULLYING: marked("Being bullied"),
    CaseTopic.FAMILY: marked("Things at home"),
    CaseTopic.SCHOOL: marked("School and grades"),
    CaseTopic.FRIENDSHIP: marked("Friends"),
    CaseTopic.RELATIONSHIP: marked("Love and dating"),
    CaseTopic.GRIEF: marked("Losing somebody"),
    CaseTopic.ANXIETY: marked("Worry and fear"),
    CaseTopic.BODY_IMAGE: marked("My body"),
    CaseTopic.IDENTITY: marked("Who I am"),
    CaseTopic.OTHER: marked("Something else"),
}
LEVELS: Mapping[Level, str] = {
    Level.NONE: marked("calm"),
    Level.AMBER: marked("today"),
    Level.RED: marked("urgent"),
    Level.IMMINENT: marked("at once"),
}
# The hours at which two may meet; other words of an API show as they are.
HOURS: Mapping[str, str] = {
    "mon-lunch": marked("Monday, lunch break"),
    "mon-after": marked("Monday, after school"),
    "tue-lunch": marked("Tuesday, lunch break"),
    "tue-after": marked("Tuesday, after school"),
    "wed-lunch": marked("Wednesday, lunch break"),
    "wed-after": marked("Wednesday, after school"),
    "thu-lunch": marked("Thursday, lunch break"),
    "thu-after": marked("Thursday, after school"),
    "fri-lunch": marked("Friday, lunch break"),
    "fri-after": marked("Friday, after school"),
    "sat-lunch": marked("Saturday, lunch break"),
    "sat-after": marked("Saturday, after school"),
}
