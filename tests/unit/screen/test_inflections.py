"""The generator: every root has its forms, every form its level, and no rule is dead."""

import re

import pytest

from sebaya_escalation.screen import Level, engine, inflect, kinds, screen
from sebaya_escalation.screen.patterns import either_order


@pytest.mark.parametrize(
    ("root", "made"),
    [
        ("pukul", {"mukul", "memukul", "memukuli", "mukulin", "pukulin", "memukulnya"}),
        ("tampar", {"nampar", "menampar", "namparin"}),
        ("siram", {"nyiram", "menyiram", "nyiramin"}),
        ("kunci", {"ngunci", "mengunci", "kunciin"}),
        ("bunuh", {"mbunuh", "membunuh", "ngebunuh"}),
        ("cekik", {"nyekik", "mencekik"}),
        ("injak", {"nginjak", "menginjak"}),
        ("perkosa", {"memperkosa", "merkosa"}),
        ("lempar", {"melempar", "ngelempar"}),
    ],
)
def test_a_root_is_made_active_by_its_first_letter(root: str, made: set[str]) -> None:
    assert made <= inflect.active(root)


def test_a_root_says_whom_it_meets_and_by_whom() -> None:
    assert {"memukulku", "mukuliku"} <= inflect.meeting_me("pukul")
    assert {"dipukul", "dipukulin", "dipukuli", "dipukulnya"} <= inflect.passive("pukul")
    assert {"kusayat", "kusayati"} <= inflect.by_me("sayat")
    assert {"ketusuk", "tertusuk"} <= inflect.befallen("tusuk")


@pytest.mark.parametrize(
    ("entry", "made"),
    [
        ("slap", {"slap", "slaps", "slapping", "slappin", "slapped"}),
        ("choke", {"chokes", "choking", "choked"}),
        ("punch", {"punches", "punching", "punched"}),
        ("carry", {"carries", "carrying", "carried"}),
        ("beat/beat/beaten", {"beat", "beats", "beating", "beaten"}),
        ("burn", {"burns", "burning", "burned"}),
        ("threaten", {"threatening", "threatened"}),
    ],
)
def test_an_english_verb_has_its_forms(entry: str, made: set[str]) -> None:
    assert made <= inflect.english(entry)


FRAMES = [
    ("ayah {} aku", inflect.active("tampar"), Level.RED),
    ("aku {} ayah", inflect.passive("tampar"), Level.RED),
    ("{}", inflect.meeting_me("tampar"), Level.AMBER),
    ("my stepdad {} me again", inflect.english("slap"), Level.RED),
    ("gue udah {} tangan sendiri", inflect.active("silet"), Level.RED),
    ("{} lenganku pake cutter", inflect.by_me("sayat"), Level.RED),
    ("dia bilang gue mau {}", inflect.passive("bacok"), Level.AMBER),
    ("dia {} di perut", inflect.befallen("tusuk"), Level.RED),
    ("om {}", inflect.meeting_me("perkosa"), Level.RED),
]


@pytest.mark.parametrize(("frame", "forms", "least"), FRAMES)
def test_every_form_of_an_act_has_its_level(frame: str, forms: set[str], least: Level) -> None:
    assert [form for form in sorted(forms) if screen(frame.format(form)).level < least] == []


ROWS = [
    (rule.id, row)
    for table in kinds.TABLES
    for rule in table.rules
    for written in rule.patterns.strip().splitlines()
    if written.strip()
    for row in either_order(written)
]


def test_no_row_of_a_kind_is_dead() -> None:
    """Sentences made of a word for each step are seen by the row's rule."""
    assert [(rule, row) for rule, row in ROWS if not _lives(rule, row)] == []


def test_every_class_of_a_kind_is_used() -> None:
    tables = [*kinds.TABLES, engine.context.TABLES]
    texts = [text for table in tables for text in table.phrases.values()]
    texts += [rule.patterns for table in tables for rule in table.rules]
    used = set(re.findall(r"[A-Z][A-Z_]+", " ".join(texts)))
    made = re.compile(r".+_(ME|DI|KU|TER|PP)")
    named = {
        name
        for table in tables
        for name in table.words
        if not (made.fullmatch(name) and name not in {"AT_ME", "SELF_ME", "ON_ME"})
    }

    assert named <= used, named - used


def _lives(rule: str, row: str) -> bool:
    sentences = (_sentence(row, turn) for turn in range(8))
    return any(rule in {reason.rule for reason in screen(text).reasons} for text in sentences)


def _sentence(row: str, turn: int) -> str:
    return " ".join(
        _word(step, turn) for step in row.split() if not step.startswith(("..", "!", "<", "-", "#"))
    )


def _word(step: str, turn: int) -> str:
    """A word or phrase that the step takes, another one each turn."""
    names = step.removesuffix("?").split("|")
    name = names[turn % len(names)]
    words = [text for table in _TABLES if (text := table.words.get(name))]
    if words:
        forms = sorted(" ".join(words).split())
        return forms[(turn * 7) % len(forms)]
    for table in _TABLES:
        if name in table.phrases:
            rows = [row for row in table.phrases[name].strip().splitlines() if row.strip()]
            return _sentence(rows[turn % len(rows)], turn)
    return name


_TABLES = engine.LANGUAGES
