"""Reads a whole text, sentence by sentence, and says how urgently a human is needed.

The level of a text is the highest of its signals, so more text can raise it and never lowers it. A
context tag lowers its own signal by one step and never below amber; what must not alert at all is
what no pattern covers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product
from operator import or_

from . import context, english, indonesian, kinds, shared
from .model import Construct, Level, Reason, Screening, Tag
from .normal import Pause, Word, words_of
from .patterns import Pattern, Rule, Sentence, Tables

LANGUAGES = (
    indonesian.TABLES,
    english.TABLES,
    shared.TABLES,
    *kinds.TABLES,
    context.TABLES,
)
_TABLES = Tables(*LANGUAGES)
_SCORES = {Level.NONE: 0.0, Level.AMBER: 0.4, Level.RED: 0.7, Level.IMMINENT: 0.9}
_SCORE_OF_A_FURTHER_RULE = 0.03
_FURTHER_RULES_COUNTED = 3  # keeps every score of a level below the next level's

_THOUGHTS = frozenset(
    {Construct.WISH_TO_BE_DEAD, Construct.SUICIDAL_THOUGHTS, Construct.SUICIDAL_BEHAVIOUR}
)
_PREPARATIONS = frozenset({Construct.PLAN_OR_MEANS, Construct.FAREWELL})


@dataclass(frozen=True, slots=True)
class _Signal:
    """A rule that matched, before context lowers it."""

    rule: Rule
    start: int
    end: int
    tags: frozenset[Tag]

    def reason(self) -> Reason:
        return Reason(
            self.rule.id,
            self.rule.construct,
            _in_context(self.rule.level, self.tags),
            self.start,
            self.end,
            self.tags,
        )


@dataclass(frozen=True, slots=True)
class _Window:
    """One sentence: its words and what they are."""

    words: list[Word]
    sentence: Sentence

    @staticmethod
    def of(words: list[Word]) -> "_Window":
        masks = _TABLES.masks(word.form for word in words)
        everything = reduce(or_, masks, 0)
        sentence = Sentence(masks, [word.pause for word in words], everything)
        return _Window(words, _marked(sentence) if everything else sentence)

    def has(self, at: int, bits: int) -> bool:
        return bool(self.sentence.masks[at] & bits)

    def any(self, places: "range | list[int]", bits: int) -> bool:
        return any(self.has(at, bits) for at in places)


def _marked(sentence: Sentence) -> Sentence:
    """The sentence with the words of context phrases marked: a denial of a denial is none. What
    makes less of the danger holds within its own line only: more text never lowers a level.
    """
    masks = list(sentence.masks)
    for patterns, add, remove in _MARKS:
        for pattern in patterns:
            if pattern.needs_met(sentence.everything):
                for start, end in pattern.spans(sentence):
                    if add and max(sentence.pauses[start + 1 : end], default=0) >= Pause.LINE:
                        continue
                    masks[start:end] = [mask & ~remove | add for mask in masks[start:end]]
    return Sentence(masks, sentence.pauses, sentence.everything)


def screen(text: str) -> Screening:
    """Judge a text of any length, all of it.

    Linear in the length of the text. Spans in the reasons are characters of `text` itself.
    """
    signals = [
        signal for window in _windows(words_of(text, _TABLES)) for signal in _signals(window)
    ]
    reasons = [signal.reason() for signal in signals if signal.rule.level > Level.NONE]
    reasons += _together(signals)
    reasons.sort(key=lambda reason: (-reason.level.rank, reason.start, reason.end, reason.rule))
    level = max((reason.level for reason in reasons), default=Level.NONE)
    return Screening(level, _score(level, reasons), _once_each(reasons))


def _once_each(reasons: list[Reason]) -> tuple[Reason, ...]:
    """Both languages may see the same words as the same thing; the highest is kept."""
    kept: dict[tuple[Construct, int, int], Reason] = {}
    for reason in reasons:
        kept.setdefault((reason.construct, reason.start, reason.end), reason)
    return tuple(kept.values())


def _in_context(level: Level, tags: frozenset[Tag]) -> Level:
    return level.lowered() if tags else level


def _score(level: Level, reasons: list[Reason]) -> float:
    further = len({reason.rule for reason in reasons}) - 1
    return round(
        _SCORES[level] + _SCORE_OF_A_FURTHER_RULE * max(0, min(further, _FURTHER_RULES_COUNTED)), 2
    )


def _together(signals: list[_Signal]) -> Iterator[Reason]:
    """Thoughts of death beside a plan, means or a farewell anywhere in the same text weigh more
    than each alone.
    """
    thoughts = [signal for signal in signals if signal.rule.construct in _THOUGHTS]
    preparations = [signal for signal in signals if signal.rule.construct in _PREPARATIONS]
    chosen = product(_outermost(thoughts), _outermost(preparations))
    pairs = [
        _pair(thought, preparation)
        for thought, preparation in chosen
        if thought.end <= preparation.start or preparation.end <= thought.start
    ]
    if pairs:
        yield max(pairs, key=lambda reason: reason.level.rank)


def _outermost(signals: list[_Signal]) -> list[_Signal]:
    """Of each level and context the first and the last: enough to find a pair that does not share
    its words, however long the text.
    """
    first = {
        (signal.rule.level, bool(signal.tags)): signal
        for signal in sorted(signals, key=lambda signal: -signal.end)
    }
    last = {
        (signal.rule.level, bool(signal.tags)): signal
        for signal in sorted(signals, key=lambda signal: signal.start)
    }
    return [*first.values(), *last.values()]


def _pair(thought: _Signal, preparation: _Signal) -> Reason:
    weak = preparation.rule.level is Level.NONE and thought.rule.level is Level.AMBER
    tags = thought.tags | preparation.tags
    level = _in_context(Level.RED if weak else Level.IMMINENT, tags)
    return replace(
        thought.reason(),
        rule=f"{thought.rule.id}+{preparation.rule.id}",
        construct=preparation.rule.construct,
        level=level,
        tags=tags,
    )


# --- sentences
# ------------------------------------------------------------


def _windows(words: list[Word]) -> Iterator[_Window]:
    """Sentences. A sentence of one word stays with the one before: "Cuma mau satu. Mati." is one
    thought.
    """
    begin = 0
    for end, word in enumerate(words):
        if word.pause >= Pause.SENTENCE and end and _parts(words, end, begin):
            yield _Window.of(words[begin:end])
            begin = end
    if words:
        yield _Window.of(words[begin:])


def _parts(words: list[Word], at: int, begin: int) -> bool:
    return words[at].pause is Pause.PARAGRAPH or (at - begin > 1 and not _alone(words, at))


def _alone(words: list[Word], at: int) -> bool:
    return at + 1 == len(words) or words[at + 1].pause >= Pause.SENTENCE


def _signals(window: _Window) -> Iterator[_Signal]:
    if not window.sentence.everything:
        return
    for number in sorted(_TABLES.rules_for(word.form for word in window.words)):
        rule, pattern = _TABLES.rules[number]
        if pattern.needs_met(window.sentence.everything):
            yield from _matches(window, rule, pattern)


def _matches(window: _Window, rule: Rule, pattern: Pattern) -> Iterator[_Signal]:
    for start, end in pattern.spans(window.sentence):
        yield _Signal(
            rule,
            window.words[start].start,
            window.words[end - 1].end,
            frozenset(_tags(window, rule.construct, start, end)),
        )


# --- context
# ------------------------------------------------------------

_NEG, _NEG_FAR, _ADVERB = _TABLES.bit("NEG"), _TABLES.bit("NEG_FAR"), _TABLES.bit("ADVERB")
_I, _MY, _OTHER, _BEFORE_OTHER = (
    _TABLES.bit("I"),
    _TABLES.bit("MY"),
    _TABLES.bit("OTHER"),
    _TABLES.bit("PREPOSITION"),
)
_OTHERS = _TABLES.bit("OTHERS_SELF") | _TABLES.bit("OTHERS_LIFE")
_PAST, _NEWS, _LAUGH, _SAY, _HEARSAY = (
    _TABLES.bit(name) for name in ("PAST", "NEWS", "LAUGH", "SAY", "HEARSAY")
)
_TOPIC = _TABLES.bit("TOPIC")
_MARKS = (
    (_TABLES.phrase("UNDENIED"), 0, _NEG | _NEG_FAR),
    (_TABLES.phrase("OVER_LONG_AGO"), _PAST, 0),
    (_TABLES.phrase("TRIVIAL_CAUSE"), _LAUGH, 0),
)  # the patterns, and the classes their words gain and lose

_ME = _TABLES.bit("ME") | _TABLES.bits_of("_ME")
_SUFFERED = frozenset({Construct.ABUSE, Construct.VIOLENCE_SUFFERED, Construct.DANGER_NOW})
_DENIABLE = frozenset(
    {
        Construct.SUICIDAL_THOUGHTS,
        Construct.SUICIDAL_BEHAVIOUR,
        Construct.SELF_HARM,
        Construct.PLAN_OR_MEANS,
    }
)  # their patterns hold no "not"

_VICTIM_REACH = 2  # "pegang paha / aku"
_PERSON_REACH = 7  # words; further back a subject rarely still holds in a chat
_NEGATION_REACH = 4
_PAST_REACH = 6
_NEWS_REACH = 12


def _tags(window: _Window, construct: Construct, start: int, end: int) -> Iterator[Tag]:
    if _negated(window, start) or (construct in _DENIABLE and window.any(range(start, end), _NEG)):
        yield Tag.NEGATED
    if construct in _SUFFERED and window.any(
        range(start, min(end + _VICTIM_REACH, len(window.words))), _I | _ME
    ):
        # the other person is the one who does it, and that it is over does not make it less of a
        # disclosure
        return
    if _quoted(window, start):
        yield Tag.QUOTE
    elif construct is not Construct.CONCERN_FOR_OTHER and (
        window.any(range(start, end), _OTHERS) or _about_another(window, start)
    ):
        yield Tag.OTHER_PERSON
    around = _around(window, start, end, _PAST_REACH)
    if window.any(around, _PAST):
        yield Tag.PAST
    if window.any(around, _LAUGH):
        yield Tag.HYPERBOLE
    if window.any(_around(window, start, end, _NEWS_REACH), _NEWS | _TOPIC):
        yield Tag.NEWS


def _around(window: _Window, start: int, end: int, reach: int) -> range:
    """Places near a match. What stands in another line or sentence does not soften this one."""
    pauses = window.sentence.pauses
    last = end
    while last < min(len(pauses), end + reach) and pauses[last] < Pause.LINE:
        last += 1
    return range(_before(window, start, reach).start, last)


def _before(window: _Window, start: int, reach: int) -> range:
    first = start
    while first > max(0, start - reach) and window.sentence.pauses[first] < Pause.LINE:
        first -= 1
    return range(first, start)


def _negated(window: _Window, start: int) -> bool:
    near = _before(window, start, _NEGATION_REACH)
    for at in reversed(near):
        if window.has(at, _NEG):
            return True
        if not window.has(at, _ADVERB | _I):
            break
    return window.any(near, _NEG_FAR)


def _about_another(window: _Window, start: int) -> bool:
    if window.has(start, _I) and not _owned(window, start):
        return False
    return _subject(window, start) is Tag.OTHER_PERSON


def _quoted(window: _Window, start: int) -> bool:
    said = [at for at in _before(window, start, _PERSON_REACH) if window.has(at, _SAY)]
    return any(_subject(window, at) is Tag.OTHER_PERSON for at in said)


def _subject(window: _Window, start: int) -> Tag | None:
    """Whom the words before `start` are about: the nearest person who is no mere object ("sama
    ibu", "because of him").
    """
    for at in reversed(_before(window, start, _PERSON_REACH)):
        if window.has(at, _HEARSAY):
            return Tag.OTHER_PERSON
        if window.has(at, _I) and not _owned(window, at):
            return None
        if window.has(at, _OTHER) and not _object(window, at):
            return Tag.OTHER_PERSON
    return None


def _owned(window: _Window, at: int) -> bool:
    """ "temen aku": the friend, not the writer."""
    return at > 0 and window.has(at - 1, _OTHER) and window.sentence.pauses[at] is Pause.NONE


def _object(window: _Window, at: int) -> bool:
    before = at - 1
    while before >= 0 and at - before <= 2 and window.has(before, _MY | _OTHER):
        before -= 1
    return before >= 0 and window.has(before, _BEFORE_OTHER)
