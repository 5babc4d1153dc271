"""Makes the forms of a word from its root, so that a table names each verb and noun once.

Indonesian: the nasal active (`pukul` → `memukul`, `mukul`), its endings (-i, -in, -kan), whom it
meets (-ku, -mu, -nya), the passive (di-), the writer's own act (ku-), what befalls (ter-, ke-).
English: -s, -ing, -ed, the irregular past and participle, and -in for -ing. Forms are made and
never taken apart, so a word that only looks alike is never read as one of them. Forms that are
another word besides are named where they are, in `taken_out`.
"""

from collections.abc import Iterable
from itertools import product

ENDINGS = ("", "i", "in", "kan")
OWNERS = ("", "ku", "mu", "nya")
_VOWELS = "aeiou"
_DROPPED = {"p": "m", "t": "n", "s": "ny", "k": "ng", "f": "m"}  # the first letter goes
_KEPT = {"b": "m", "v": "m", "d": "n", "j": "n", "z": "n", "c": "n", "g": "ng", "h": "ng"}


def nasals(root: str) -> tuple[str, ...]:
    """Return the root behind the nasal of the active, the written and the spoken one:
    `pukul` → `mukul`, `cabik` → `ncabik`, `nyabik`; `per` before a root stays: `mperkosa`."""
    first = root[0]
    if root.startswith("per"):
        return ("m" + root, "m" + root[1:])
    if first in _DROPPED:
        return (_DROPPED[first] + root[1:],)
    if first in _VOWELS:
        return ("ng" + root,)
    if first == "c":
        return ("n" + root, "ny" + root[1:])
    if first in _KEPT:
        return (_KEPT[first] + root, "nge" + root)
    return (root, "nge" + root)


def active(root: str) -> set[str]:
    """Return what one does to others: mukul, memukuli, pukulin, memukulnya."""
    stems = [root, *nasals(root), *("me" + stem for stem in nasals(root))]
    return _forms(stems, ENDINGS, ("", "mu", "nya"))


def meeting_me(root: str) -> set[str]:
    """Return what is done to the writer in one word: memukulku, mukuliku."""
    return _forms([*nasals(root), *("me" + stem for stem in nasals(root))], ENDINGS, ("ku", "q"))


def passive(root: str) -> set[str]:
    """Return what is suffered: dipukul, dipukulin, dipukuli, dipukulnya."""
    return _forms(["di" + root], ENDINGS, ("", "nya"))


def by_me(root: str) -> set[str]:
    """Return the writer's own act: kupukul, kupukulin, kupukulkan."""
    return _forms(["ku" + root], ENDINGS, ("",))


def befallen(root: str) -> set[str]:
    """Return what befalls: terpukul, kepukul, kepukulan."""
    return _forms(["ter" + root, "ke" + root], ("",), ("",)) | {f"ke{root}an"}


def _forms(stems: Iterable[str], endings: Iterable[str], owners: Iterable[str]) -> set[str]:
    return {"".join(parts) for parts in product(stems, endings, owners)}


def listed(words: str) -> set[str]:
    """Return words that have no further forms, as they stand."""
    return set(words.split())


def owned(nouns: str, owners: Iterable[str] = ("ku", "q", "nya")) -> set[str]:
    """Return nouns alone and with whose they are: tangan, tanganku, tangannya."""
    return {noun + owner for noun in nouns.split() for owner in ("", *owners)}


def mine(nouns: str) -> set[str]:
    """Return nouns of the writer in one word: tanganku, tanganq."""
    return {noun + owner for noun in nouns.split() for owner in ("ku", "q")}


# --- English
# ------------------------------------------------------------


def english(entry: str) -> set[str]:
    """Return the forms of an English verb: `hit/hit`, `slap`, `take/took/taken`.

    An entry is the base, with the past and the participle behind slashes where they are irregular.
    """
    base, *irregular = entry.split("/")
    return {base, third_person(base), *gerunds(base), *(irregular or [past(base)])}


def participle(entry: str) -> set[str]:
    """Return what one is, when it was done to one: beaten, hit, slapped."""
    base, *irregular = entry.split("/")
    return {irregular[-1] if irregular else past(base)}


def third_person(base: str) -> str:
    """Return the verb with -s: hits, punches, carries."""
    if base.endswith(("s", "sh", "ch", "x", "z")):
        return base + "es"
    return base[:-1] + "ies" if _consonant_y(base) else base + "s"


def gerunds(base: str) -> set[str]:
    """Return the verb with -ing and as it is typed: hitting, hittin."""
    stem = base[:-1] if base.endswith("e") and not base.endswith("ee") else _doubled(base)
    return {stem + "ing", stem + "in"}


def past(base: str) -> str:
    """Return the regular past: slapped, choked, carried."""
    if base.endswith("e"):
        return base + "d"
    return base[:-1] + "ied" if _consonant_y(base) else _doubled(base) + "ed"


def _consonant_y(base: str) -> bool:
    return base.endswith("y") and base[-2] not in _VOWELS


def _doubled(base: str) -> str:
    """The base as -ing and -ed find it: one short syllable doubles its last letter."""
    short = len(base) > 2 and base[-1] not in "aeiouwxy" and base[-2] in _VOWELS
    return base + base[-1] if short and _syllables(base) == 1 and _single(base) else base


def _single(base: str) -> bool:
    return base[-3] not in _VOWELS


def _syllables(base: str) -> int:
    return sum(
        letter in _VOWELS and (at == 0 or base[at - 1] not in _VOWELS)
        for at, letter in enumerate(base)
    )


# --- classes
# ------------------------------------------------------------


def verb(
    name: str, indonesian: str = "", foreign: str = "", also: str = "", taken_out: str = ""
) -> dict[str, str]:
    """Return the classes of a kind of act: NAME what one does, NAME_ME done to the writer in one
    word, NAME_DI suffered, NAME_KU the writer's own act, NAME_TER what befalls, NAME_PP the English
    participles. `also` joins NAME as it stands; `taken_out` leaves every class.
    """
    roots, entries, other = indonesian.split(), foreign.split(), set(taken_out.split())
    forms = {
        "": _union(map(active, roots)) | _union(map(english, entries)) | set(also.split()),
        "_ME": _union(map(meeting_me, roots)),
        "_DI": _union(map(passive, roots)),
        "_KU": _union(map(by_me, roots)),
        "_TER": _union(map(befallen, roots)),
        "_PP": _union(map(participle, entries)),
    }
    return {name + part: " ".join(sorted(made - other)) for part, made in forms.items() if made}


def _union(sets: Iterable[set[str]]) -> set[str]:
    return set().union(*sets)


def suffered(name: str, by: str) -> str:
    """Return the patterns of an act of the class `name` that `by` does to the writer."""
    return f"""
        {by} ..3 {name} ..1 AT_ME
        {name}_ME
        {name}_DI ..4 {by}
        {by} ..3 {name}_DI
        BE ..1 {name}_PP ..3 {by}
    """
