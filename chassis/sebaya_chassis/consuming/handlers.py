"""A handler is a typed function for one event type; the type says which records reach it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from sebaya_chassis.storage.documents import DocumentChange
from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_contracts.event import Event

E = TypeVar("E", bound=Event)
Context = TypeVar("Context")


class ProcessLost(Exception):
    """The process that a handler had given its record to died of it (`kills_process`), or was
    ended since it did not come back (`timeout`).

    Parked after as many losses as this service's own deaths would count.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Handler: TypeAlias = Callable[[E, AppliedSequence, Context], Awaitable[None]]
ChangePlanner: TypeAlias = Callable[[E, Context], Awaitable[DocumentChange[Any]]]


@dataclass(slots=True)
class Handlers(Generic[Context]):
    """The handlers of a service, module-level functions that are registered by decorator.

    Each is given the event, its mark, and the context of the event's own school (its documents,
    and the parts of the process that it needs), and writes once.
    """

    _by_type: dict[type[Event], Callable[..., Awaitable[None]]] = field(default_factory=dict)
    _planners: dict[type[Event], Callable[..., Awaitable[DocumentChange[Any]]]] = field(
        default_factory=dict
    )

    def on(self, kind: type[E]) -> Callable[[Handler[E, Context]], Handler[E, Context]]:
        """Register the handler of an event type. Raises ValueError where it has one already."""

        def register(handler: Handler[E, Context]) -> Handler[E, Context]:
            if kind in self._by_type:
                raise ValueError(f"{kind.kind()} has a handler already")
            self._by_type[kind] = handler
            return handler

        return register

    def document_change(
        self, kind: type[E]
    ) -> Callable[[ChangePlanner[E, Context]], ChangePlanner[E, Context]]:
        """Register what an event type does to one document.

        The changes of a fetch are then written in bulk: one load and one write for many documents.
        Raises ValueError where the type has a handler already.
        """

        def register(planner: ChangePlanner[E, Context]) -> ChangePlanner[E, Context]:
            async def apply_alone(event: E, mark: AppliedSequence, context: Context) -> None:
                change = await planner(event, context)
                await change.apply(mark)

            self.on(kind)(apply_alone)
            self._planners[kind] = planner
            return planner

        return register

    def planner(self, kind: type[Event]) -> ChangePlanner[Any, Context] | None:
        """Find what plans the document change of an event type; None where it has a handler of its
        own, or none.
        """
        return self._planners.get(kind)

    @property
    def writes_in_bulk(self) -> bool:
        """Tell whether any event type can be written in bulk with others."""
        return bool(self._planners)

    def of(self, kind: type[Event]) -> Handler[Any, Context] | None:
        """Find the handler of an event type."""
        return self._by_type.get(kind)

    @property
    def kinds(self) -> set[type[Event]]:
        """List the event types that have a handler."""
        return set(self._by_type)
