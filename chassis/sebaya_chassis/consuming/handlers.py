"""A handler is a typed function for one event type; the type says which records reach it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sebaya_chassis.storage.documents import DocumentChange
from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_contracts.event import Event

E = TypeVar("E", bound=Event)
Stores = TypeVar("Stores")

Handler = Callable[[Event, AppliedSequence, Stores], Awaitable[None]]
Planner = Callable[[Event, Stores], Awaitable[DocumentChange[Any]]]


@dataclass(slots=True)
class Handlers(Generic[Stores]):
    """The handlers of a service. Each gets the event, its mark, and the stores of the event's own
    school, and writes once.
    """

    _by_type: dict[type[Event], Callable[..., Awaitable[None]]] = field(default_factory=dict)
    _planners: dict[type[Event], Callable[..., Awaitable[DocumentChange[Any]]]] = field(
        default_factory=dict
    )

    def on(
        self, kind: type[E]
    ) -> Callable[
        [Callable[[E, AppliedSequence, Stores], Awaitable[None]]],
        Callable[[E, AppliedSequence, Stores], Awaitable[None]],
    ]:
        """Registers the handler of an event type."""

        def register(
            handler: Callable[[E, AppliedSequence, Stores], Awaitable[None]],
        ) -> Callable[[E, AppliedSequence, Stores], Awaitable[None]]:
            if kind in self._by_type:
                raise ValueError(f"{kind.kind()} has a handler already")
            self._by_type[kind] = handler
            return handler

        return register

    def document_change(
        self, kind: type[E]
    ) -> Callable[
        [Callable[[E, Stores], Awaitable[DocumentChange[Any]]]],
        Callable[[E, Stores], Awaitable[DocumentChange[Any]]],
    ]:
        """Registers what an event type does to one document; the events of a batch are then written
        together (one load, one write).
        """

        def register(
            planner: Callable[[E, Stores], Awaitable[DocumentChange[Any]]],
        ) -> Callable[[E, Stores], Awaitable[DocumentChange[Any]]]:
            async def alone(event: E, mark: AppliedSequence, stores: Stores) -> None:
                await (await planner(event, stores)).apply(mark)

            self.on(kind)(alone)
            self._planners[kind] = planner
            return planner

        return register

    def planner(self, kind: type[Event]) -> Planner[Stores] | None:
        """How an event type is written together with others; None where it has a handler of its
        own, or none.
        """
        return self._planners.get(kind)

    @property
    def together(self) -> bool:
        """Whether any event type can be written together with others."""
        return bool(self._planners)

    def of(self, kind: type[Event]) -> Handler[Stores] | None:
        return self._by_type.get(kind)

    @property
    def kinds(self) -> set[type[Event]]:
        return set(self._by_type)
