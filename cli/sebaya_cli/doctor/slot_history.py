"""The places of each supporter, taken and freed in the order of the supporter's own document."""

from dataclasses import dataclass, field
from datetime import datetime

from sebaya_cli.topic_events import TopicEvent
from sebaya_contracts.matching import SlotFreed, SlotTaken, SupporterProfiled


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that is or was taken. `at` is when the broker had it."""

    school_id: str
    supporter_id: str
    match_id: str
    case_id: str
    at: datetime


@dataclass(slots=True)
class Places:
    cap: int | None = None
    taken: dict[str, Slot] = field(default_factory=dict)


@dataclass(slots=True)
class Slots:
    """By supporter (`school:supporter`). `over` tells of each moment at which there were more than
    the cap allows to take.
    """

    by_supporter: dict[str, Places] = field(default_factory=dict)
    taken: dict[str, Slot] = field(default_factory=dict)
    """Every slot ever taken, by match."""
    over: list[str] = field(default_factory=list)

    def see(self, seen: TopicEvent) -> None:
        event = seen.event
        if not isinstance(event, SupporterProfiled | SlotTaken | SlotFreed):
            return
        who = f"{event.school_id}:{event.supporter_id}"
        places = self.by_supporter.setdefault(who, Places())
        match event:
            case SupporterProfiled():
                places.cap = event.cap
            case SlotFreed():
                if places.taken.pop(event.match_id, None) is None:
                    self.over.append(f"{who}: {event.match_id} was freed and was not taken")
            case SlotTaken():
                self._take(who, places, event, seen.at)

    def _take(self, who: str, places: Places, event: SlotTaken, at: datetime) -> None:
        if event.match_id in places.taken:
            self.over.append(f"{who}: {event.match_id} was taken twice")
        slot = Slot(event.school_id, event.supporter_id, event.match_id, event.case_id, at)
        places.taken[event.match_id] = self.taken[event.match_id] = slot
        # A cap that is lowered takes nothing away; what it forbids is taking one more.
        if len(places.taken) > (places.cap if places.cap is not None else event.cap):
            self.over.append(
                f"{who}: {len(places.taken)} places taken of {places.cap} with {event.match_id}"
            )
