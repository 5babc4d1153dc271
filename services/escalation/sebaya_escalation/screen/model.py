"""What the screen answers with. Plain values: no I/O, nothing of the rest of the project."""

from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How urgently a human is needed. Ordered: none < amber < red < imminent."""

    NONE = "none"
    AMBER = "amber"
    RED = "red"
    IMMINENT = "imminent"

    @property
    def rank(self) -> int:
        return _ORDER.index(self)

    def lowered(self) -> "Level":
        """One step down, never below amber: a context tag does not delete an alert."""
        return _ORDER[max(self.rank - 1, min(self.rank, 1))]

    def __lt__(self, other: str) -> bool:
        return self.rank < Level(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Level(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Level(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Level(other).rank


_ORDER = (Level.NONE, Level.AMBER, Level.RED, Level.IMMINENT)


class Construct(StrEnum):
    """What a signal speaks of. The first five follow the C-SSRS (wish to be dead, thoughts, method
    and plan, behaviour).
    """

    WISH_TO_BE_DEAD = "wish_to_be_dead"  # C-SSRS 1: passive suicidal ideation
    SUICIDAL_THOUGHTS = "suicidal_thoughts"  # C-SSRS 2 and 4: active ideation, intent
    PLAN_OR_MEANS = "plan_or_means"  # C-SSRS 3 and 5
    SUICIDAL_BEHAVIOUR = "suicidal_behaviour"  # C-SSRS 6: attempt or preparation
    FAREWELL = "farewell"  # C-SSRS 6, preparatory: notes, goodbyes, giving things away
    SUICIDE_EXPOSURE = "suicide_exposure"  # a suicide near the writer, or the bare word
    SELF_HARM = "self_harm"
    ABUSE = "abuse"
    VIOLENCE_SUFFERED = "violence_suffered"
    VIOLENCE_THREAT = "violence_threat"
    DANGER_NOW = "danger_now"
    RUNNING_AWAY = "running_away"
    EATING = "eating"
    CONCERN_FOR_OTHER = "concern_for_other"
    ADULT_WANTED = "adult_wanted"


class Tag(StrEnum):
    """The context a signal stands in. Any number of tags together lower a signal by one step."""

    NEGATED = "negated"
    PAST = "past"
    OTHER_PERSON = "other_person"
    HYPERBOLE = "hyperbole"
    QUOTE = "quote"
    NEWS = "news"


@dataclass(frozen=True, slots=True)
class Reason:
    """One signal: the rule that saw it and where, as characters `[start, end)` of the text exactly
    as it was written.
    """

    rule: str
    construct: Construct
    level: Level
    start: int
    end: int
    tags: frozenset[Tag] = frozenset()


@dataclass(frozen=True, slots=True)
class Screening:
    """The verdict on one text. `score` runs from 0 to 1 and rises with the level; it orders a
    queue, it is no probability.
    """

    level: Level
    score: float
    reasons: tuple[Reason, ...] = field(default=())
