"""The school's supporters as a student may know them: picked or excluded by id, never typed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sebaya_contracts.matching import SupporterProfiled
from sebaya_contracts.words import SupporterState
from sebaya_intake.errors import SupporterUnknown

VISIBLE_STATES = frozenset({SupporterState.ACTIVE, SupporterState.PAUSED})


@dataclass(frozen=True, slots=True)
class Supporter:
    """One supporter on the school's list."""

    school_id: str
    supporter_id: str
    display_name: str
    state: SupporterState

    @classmethod
    def of(cls, event: SupporterProfiled) -> "Supporter":
        """Return the supporter that an event describes."""
        return cls(event.school_id, event.supporter_id, event.display_name, event.state)

    @property
    def document_id(self) -> str:
        return build_document_id(self.school_id, self.supporter_id)


def build_document_id(school_id: str, supporter_id: str) -> str:
    """Build the document's id: two schools may use the same id for their supporters."""
    return f"{school_id}:{supporter_id}"


def ensure_all_known(named: Mapping[str, Iterable[str]], known: Iterable[str]) -> None:
    """Refuse supporters that are not on the list; `named` are by the field they stand in.

    Raises SupporterUnknown: an exclusion without effect would be a promise not kept.
    """
    listed = set(known)
    wrong = [field for field, ids in named.items() if set(ids) - listed]
    if wrong:
        raise SupporterUnknown(
            errors=[{"field": field, "message": "Not on the school's list"} for field in wrong]
        )
