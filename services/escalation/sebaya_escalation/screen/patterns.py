"""The small language the rule tables are written in, and its matcher.

A pattern is a row of steps, parted by spaces:

    mati            this word
    DIE             any word of the class DIE, or any phrase of that name
    DIE|hilang      either
    aja?            may be missing
    ..3             up to three words of any kind
    ~3              the same, and the two sides may come in either order
    !gaya|lampu     the next word, if one follows without a pause, is none of these
    <2!NEG          none of the two words before is one of these
    -TOPIC          no word near, in the same line, is one of these
    #5              the line has five words at most

Matching keeps a set of positions for each step, so the work for a text is bounded by its length
times the (fixed) size of the tables: there is nothing to backtrack.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .model import Construct, Level
from .normal import Pause


@dataclass(frozen=True, slots=True)
class Rule:
    """Patterns that mean the same thing. Level NONE: says nothing alone, but weighs together with
    thoughts of death.
    """

    id: str
    construct: Construct
    level: Level
    patterns: str


@dataclass(frozen=True, slots=True)
class Language:
    """The tables of one language. Classes and phrases of the same name are one across languages,
    since students mix them.
    """

    words: Mapping[str, str]
    phrases: Mapping[str, str]
    rules: Sequence[Rule]
    everyday: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words of one window: for each the classes it belongs to, as bits, and the pause before it."""

    masks: list[int]
    pauses: list[Pause]
    everything: int


@dataclass(frozen=True, slots=True)
class AnyOf:
    mask: int
    phrases: "tuple[Pattern, ...]"
    optional: bool

    def after(self, sentence: Sentence, places: set[int]) -> set[int]:
        reached = {
            at + 1 for at in places if at < len(sentence.masks) and sentence.masks[at] & self.mask
        }
        for phrase in self.phrases:
            if phrase.needs_met(sentence.everything):
                reached |= phrase.after(sentence, places)
        return reached | places if self.optional else reached

    def first(self) -> int:
        mask = self.mask
        for phrase in self.phrases:
            mask |= phrase.first
        return mask


@dataclass(frozen=True, slots=True)
class Gap:
    most: int

    def after(self, sentence: Sentence, places: set[int]) -> set[int]:
        return {
            at + step
            for at in places
            for step in range(min(self.most, len(sentence.masks) - at) + 1)
        }


@dataclass(frozen=True, slots=True)
class NotNext:
    mask: int

    def after(self, sentence: Sentence, places: set[int]) -> set[int]:
        return {
            at
            for at in places
            if at == len(sentence.masks)
            or sentence.pauses[at]
            or not sentence.masks[at] & self.mask
        }


@dataclass(frozen=True, slots=True)
class NotBefore:
    mask: int
    reach: int

    def after(self, sentence: Sentence, places: set[int]) -> set[int]:
        return {
            at
            for at in places
            if not any(sentence.masks[before] & self.mask for before in self._before(sentence, at))
        }

    def _before(self, sentence: Sentence, at: int) -> Iterator[int]:
        for before in range(at - 1, max(0, at - self.reach) - 1, -1):
            if (
                sentence.pauses[before + 1 : before + 2]
                and sentence.pauses[before + 1] >= Pause.SENTENCE
            ):
                return
            yield before


_AROUND = 12  # words on either side: enough for a sentence, and a bound for a text without any


def _line_around(sentence: Sentence, at: int, reach: int) -> range:
    """The words near the one before `at` that stand in the same line."""
    first = last = at - 1
    while first > max(0, at - 1 - reach) and sentence.pauses[first] < Pause.LINE:
        first -= 1
    end = min(len(sentence.masks), at + reach)
    while last + 1 < end and sentence.pauses[last + 1] < Pause.LINE:
        last += 1
    return range(first, last + 1)


@dataclass(frozen=True, slots=True)
class Nowhere:
    mask: int

    def after(self, sentence: Sentence, places: set[int]) -> set[int]:
        if not sentence.everything & self.mask:
            return places
        return {at for at in places if not self._near(sentence, at)}

    def _near(self, sentence: Sentence, at: int) -> bool:
        near = _line_around(sentence, at, _AROUND)
        return any(sentence.masks[place] & self.mask for place in near)


@dataclass(frozen=True, slots=True)
class Short:
    most: int

    def after(self, sentence: Sentence, places: set[int]) -> set[int]:
        return {at for at in places if len(_line_around(sentence, at, self.most)) <= self.most}


Step = AnyOf | Gap | NotNext | NotBefore | Nowhere | Short


@dataclass(frozen=True, slots=True)
class Pattern:
    steps: tuple[Step, ...]
    first: int = field(init=False)
    needs: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        taken = [step for step in self.steps if isinstance(step, AnyOf) and not step.optional]
        object.__setattr__(self, "first", taken[0].first())
        object.__setattr__(self, "needs", tuple(sorted(step.first() for step in taken)))

    def needs_met(self, everything: int) -> bool:
        # Asked of every pattern that a sentence might meet: a plain loop takes half the time of
        # all().
        for need in self.needs:  # noqa: SIM110
            if not need & everything:
                return False
        return True

    def after(self, sentence: Sentence, places: set[int]) -> set[int]:
        for step in self.steps:
            if not places:
                break
            places = step.after(sentence, places)
        return places

    def spans(self, sentence: Sentence) -> Iterator[tuple[int, int]]:
        """The shortest match from each place, none inside the one before, as word positions
        `[start, end)`.
        """
        free = 0
        for at, mask in enumerate(sentence.masks):
            if at >= free and mask & self.first and (ends := self.after(sentence, {at})):
                free = min(ends)
                yield at, free


class Tables:
    """The languages together, compiled: words to bits, patterns to steps."""

    def __init__(self, *languages: Language) -> None:
        self._bits: dict[str, int] = {}
        self._forms: dict[str, int] = {}
        self._everyday: frozenset[str] = frozenset()
        self._squeezed: dict[str, str] = {}
        self._phrases: dict[str, tuple[Pattern, ...]] = {}
        self._everyday_at_first(languages)
        self._classes(languages)
        self._name_phrases(languages)
        self.rules = tuple(
            (rule, pattern)
            for language in languages
            for rule in language.rules
            for pattern in self._compiled(rule.patterns)
        )
        self._signal = (
            _union(pattern_mask(pattern) for _, pattern in self.rules) & self._warning_bits()
        )
        for form in sorted(self._forms, key=self.warns):
            self._squeezed[_squeeze(form)] = form
        self._beginnings = {
            form[:length]
            for form in self._forms
            if self.warns(form)
            for length in range(1, len(form) + 1)
        }
        self._index = self._indexed()

    def knows(self, form: str) -> bool:
        return form in self._forms

    def warns(self, form: str) -> bool:
        return bool(self._forms.get(form, 0) & self._signal)

    def begins(self, form: str) -> bool:
        return form in self._beginnings

    def rules_for(self, forms: Iterable[str]) -> set[int]:
        """Numbers of the rules (in `rules`) that these words could meet: each pattern waits for its
        rarest step.
        """
        numbers: set[int] = set()
        for form in forms:
            if waiting := self._index.get(form):
                numbers.update(waiting)
        return numbers

    def squeezed(self, form: str) -> str | None:
        return self._squeezed.get(form)

    def masks(self, forms: Iterable[str]) -> list[int]:
        """For each word the classes it belongs to, as bits."""
        bits = self._forms.get
        return [bits(form, 0) for form in forms]

    def bit(self, name: str) -> int:
        """The bits of a class, for the engine's context rules."""
        return self._bits[name]

    def bits_of(self, ending: str) -> int:
        """Return the bits of all classes whose name ends so, for the engine's context rules."""
        return _union(bit for name, bit in self._bits.items() if name.endswith(ending))

    def phrase(self, name: str) -> tuple[Pattern, ...]:
        """Return the patterns of a phrase, for the engine's context rules."""
        return self._phrases[name]

    def _indexed(self) -> dict[str, tuple[int, ...]]:
        index: dict[str, list[int]] = {}
        by_bit: dict[int, list[str]] = {}
        for form, mask in self._forms.items():
            for bit in _bits(mask):
                by_bit.setdefault(bit, []).append(form)
        forms_of = {
            need: {form for bit in _bits(need) for form in by_bit.get(bit, ())}
            for _, pattern in self.rules
            for need in pattern.needs
        }
        for number, (_, pattern) in enumerate(self.rules):
            rarest = min(
                pattern.needs,
                key=lambda need: sum(
                    _COMMON if form in self._everyday else 1 for form in forms_of[need]
                ),
            )
            for form in forms_of[rarest]:
                index.setdefault(form, []).append(number)
        return {form: tuple(numbers) for form, numbers in index.items()}

    def _warning_bits(self) -> int:
        return _union(self._bits[name] for name in WARNING_CLASSES if name in self._bits)

    def _everyday_at_first(self, languages: Sequence[Language]) -> None:
        for language in languages:
            for form in language.everyday.split():
                self._forms.setdefault(form, 0)
        self._everyday = frozenset(self._forms)

    def _classes(self, languages: Sequence[Language]) -> None:
        for language in languages:
            for name, forms in language.words.items():
                for form in forms.split():
                    self._forms[form] = self._forms.get(form, 0) | self._bit_of(name)

    def _name_phrases(self, languages: Sequence[Language]) -> None:
        """Phrases may use classes and the phrases named before them."""
        names = [name for language in languages for name in language.phrases]
        for name in dict.fromkeys(names):
            texts = [language.phrases[name] for language in languages if name in language.phrases]
            self._phrases[name] = tuple(
                pattern for text in texts for pattern in self._compiled(text)
            )

    def _compiled(self, patterns: str) -> list[Pattern]:
        return [
            Pattern(tuple(self._step(step) for step in row.split()))
            for written in patterns.strip().splitlines()
            if written.strip()
            for row in either_order(written)
        ]

    def _step(self, step: str) -> Step:
        if step.startswith(".."):
            return Gap(int(step[2:]))
        if step.startswith("#"):
            return Short(int(step[1:]))
        if step.startswith("-"):
            return Nowhere(self._any(step[1:]).first())
        if step.startswith("!"):
            return NotNext(self._any(step[1:]).first())
        if before := re.fullmatch(r"<(\d)!(.+)", step):
            return NotBefore(self._any(before[2]).first(), int(before[1]))
        return self._any(step.removesuffix("?"), optional=step.endswith("?"))

    def _any(self, names: str, *, optional: bool = False) -> AnyOf:
        mask = 0
        phrases: list[Pattern] = []
        for name in names.split("|"):
            if name in self._phrases:
                phrases += self._phrases[name]
            if name not in self._phrases or name in self._bits:
                mask |= self._bits[name] if name.isupper() else self._literal(name)
        return AnyOf(mask, tuple(phrases), optional)

    def _literal(self, form: str) -> int:
        bit = self._bit_of(f"={form}")
        self._forms[form] = self._forms.get(form, 0) | bit
        return bit

    def _bit_of(self, name: str) -> int:
        return self._bits.setdefault(name, 1 << len(self._bits))


def either_order(row: str) -> list[str]:
    """Return a row as it stands, or both orders of what stands around its `~n`."""
    if not (near := re.search(r" ~(\d) ", row)):
        return [row]
    first, gap, last = row[: near.start()].strip(), f"..{near[1]}", row[near.end() :].strip()
    return [f"{first} {gap} {last}", f"{last} {gap} {first}"]


_COMMON = 20  # an everyday word is met about that much more often than another word of the tables


def pattern_mask(pattern: Pattern) -> int:
    return _union(pattern.needs)


WARNING_CLASSES = (
    *(
        "DIE",
        "KILL",
        "SELF",
        "OTHERS_SELF",
        "SUICIDE_WORD",
        "SUICIDAL",
        "LIFE",
        "OTHERS_LIFE",
        "END",
    ),
    *("HURT", "CUT", "BLADE", "SELF_HARM_WORD", "HANG", "MEANS", "HIT", "RAPED"),
)
"""What is worth looking for inside disguised words. Words of other classes are read only as they
stand.
"""


def _bits(mask: int) -> Iterator[int]:
    """The bits of a mask, each by itself."""
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit


def _union(masks: "Iterator[int] | Sequence[int]") -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union


def _squeeze(form: str) -> str:
    return re.sub(r"(.)\1+", r"\1", form)
