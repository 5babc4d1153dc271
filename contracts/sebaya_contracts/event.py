"""What every event is made of."""

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=True):
    """A fact of one school, named in the past tense.

    Fields may be added with a default; anything else is a new topic (`.v2`).
    """

    school_id: str

    @classmethod
    def kind(cls) -> str:
        """Return the CloudEvents type, which is the class's name."""
        return cls.__name__

    @property
    def repeats(self) -> bool:
        """Tell whether the event only says again what its document has said before."""
        return False


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A value inside an event."""
