"""Which of each document's event numbers the topics hold."""

from dataclasses import dataclass, field

from sebaya_cli.topic_events import TopicEvent
from sebaya_contracts.envelope import Sequence
from sebaya_contracts.topics import Topic

# A document of a hundred thousand events would have outgrown its store; a forged number must not
# fill the memory.
MOST = 10_000_000


@dataclass(slots=True)
class SequenceNumbers:
    """By writer and document, and there by epoch: one bit a number. A document may write to several
    topics; its numbers count over all.
    """

    seen: dict[tuple[str, str], dict[int, int]] = field(default_factory=dict)
    trimmed: set[str] = field(default_factory=set)
    """Writers of a topic that no longer holds everything."""
    backwards: list[str] = field(default_factory=list)
    _newest: dict[tuple[str, str, str], Sequence] = field(default_factory=dict)

    def see(self, topic: Topic, seen: TopicEvent, *, whole: bool) -> None:
        """Count one event; `whole`: its topic still holds everything."""
        if topic.retention is None:
            return  # a compacted topic keeps the newest of each key alone
        writer, subject, sequence = (
            seen.about.source.lstrip("/"),
            seen.about.subject,
            seen.about.sequence,
        )
        if sequence.number > MOST:
            self.backwards.append(
                f"{writer}/{subject}: a number {sequence.number} that no document reaches"
            )
            return
        epochs = self.seen.setdefault((writer, subject), {})
        bits, bit = epochs.get(sequence.epoch, 0), 1 << sequence.number
        # The audit chains of a school bear one name in all services, and one topic has them all.
        place = (topic.name, writer, subject)
        newest = self._newest.get(place, sequence)
        if sequence < newest and not bits & bit:
            self.backwards.append(
                f"{writer}/{subject}: {sequence.number} came for the first time after "
                f"{newest.number}"
            )
        epochs[sequence.epoch] = bits | bit
        self._newest[place] = max(newest, sequence)
        if not whole:
            self.trimmed.add(writer)

    def gaps(self, writer: str, subject: str) -> list[int]:
        """List the missing numbers.

        An epoch begins where the restored store stood, and so does a document with a trimmed
        beginning.
        """
        found: list[int] = []
        for place, (_, bits) in enumerate(sorted(self.seen[writer, subject].items())):
            first = (bits & -bits).bit_length() - 1
            lowest = first if place or writer in self.trimmed else 1
            found += [
                number for number in range(lowest, bits.bit_length()) if not bits >> number & 1
            ]
        return found

    def last(self, writer: str, subject: str) -> int:
        """Return the highest number of the newest epoch; 0 where there is none."""
        epochs = self.seen.get((writer, subject))
        return epochs[max(epochs)].bit_length() - 1 if epochs else 0
