"""What a sentence comes to, alone. The sentences are the project's own."""

import pytest

from sebaya_escalation.screen import Construct, Level, screen

NONE = """
    Aku menangis semalaman karena nilai.
    kemarin mati lampu pas belajar
    mati gaya gue di depan kelas
    filmnya bikin mati ketawa
    belajar mati-matian buat ujian
    deg-degan setengah mati
    sampai mati aku dukung Persib
    takut mati
    aku nggak mau mati muda
    kucingku mau mati
    laptopku mau mati
    ibu bakal bunuh aku kalau tahu nilaiku hehe
    bunuh bos terakhirnya susah banget
    bunuh waktu di kantin
    pengen akhirin semester ini
    mau akhirin hubungan sama pacar
    potong rambut kependekan
    beli tali rafia buat pramuka
    obat batukku habis
    berita siswa gantung diri itu bikin sedih
    mau nyusul temen ke kantin
    I'm dead tired of this homework.
    My mom will kill me when she sees this.
    Go out there and kill it!
    I died laughing at that video.
    I'm dying to see the show.
    I could kill for a pizza right now.
    One more boss to kill in this game.
    I don't want to die in a plane crash.
    Cutting class again, sorry.
    We write an essay about suicide prevention.
"""
AMBER = """
    aku pengen mati
    pgn bgt mati rasanya
    pen metong aja
    mending koit aja gue
    lebih baik aku mati
    mati aja kali ya
    capek hidup
    ga mau hidup lagi
    gada gunanya gue idup
    buat apa aku hidup
    udah ga kuat lagi kak
    ga pengen bangun lagi besok
    pengen tidur selamanya
    pengen ilang dari dunia
    andai aku ga pernah lahir
    kalau aku ga ada pasti semua lega
    Tuhan, cabut saja nyawaku
    pengen nyusul almarhum ayah
    sahabatku bunuh diri bulan lalu
    aku dipalak tiap hari
    mau kabur dari rumah
    boleh nggak aku ngomong sama guru BK?
    I want to die
    I wish I was dead.
    I wish I'd never been born.
    I'm tired of living.
    I don't want to wake up tomorrow.
    Everyone would be better off without me.
    There is no reason to live.
    Could I talk to an adult?
    I'm planning to run away from home.
"""
RED = """
    aku mau bunuh diri
    gw mw bndir
    kepikiran terus buat gantung diri
    aku ingin mengakhiri hidupku
    pengen loncat dari lantai empat
    mending bunuh diri aja
    ada rencana buat bunuh diri
    aku nyoba bunuh diri minggu ini
    ini pesan terakhirku
    aku suka nyakitin diri sendiri
    semalem nyilet tangan lagi
    bapakku sering mukul aku
    abis makan aku muntahin makanan lagi
    aku diperkosa om sendiri
    om megang dada aku
    dia ngancem mau sebar foto telanjang aku
    mau bawa pisau ke sekolah biar mereka takut
    I'm going to kill myself.
    I wanna kms
    I keep having suicidal thoughts.
    I've been thinking about ending my life.
    I relapsed and started cutting again.
    My stepdad hits me.
    My uncle touched me.
    I'm going to bring a knife to school.
    aku udah thinking of bundir
"""
IMMINENT = """
    malam ini aku mau bunuh diri
    aku mau mati sekarang
    besok aku bunuh diri
    aku udah siapin tali. aku mau bunuh diri
    selamat tinggal semuanya. aku mau bunuh diri
    aku udah nulis surat perpisahan. rasanya pengen mati.
    udah nelen semua obat
    I'm going to kill myself tonight.
    I won't be here tomorrow.
    I just swallowed a whole bottle of pills
    This is my last message. I want to die.
    I have a plan. I want to end my life.
"""


def _cases(level: Level, sentences: str) -> list[tuple[str, Level]]:
    return [(line.strip(), level) for line in sentences.strip().splitlines()]


CASES = [
    *_cases(Level.NONE, NONE),
    *_cases(Level.AMBER, AMBER),
    *_cases(Level.RED, RED),
    *_cases(Level.IMMINENT, IMMINENT),
]


@pytest.mark.parametrize(("text", "level"), CASES)
def test_a_sentence_has_its_level(text: str, level: Level) -> None:
    assert screen(text).level is level


def test_levels_are_ordered_and_speak_the_words_of_the_glossary() -> None:
    assert Level.NONE < Level.AMBER < Level.RED < Level.IMMINENT
    assert [
        level.value for level in sorted([Level.RED, Level.NONE, Level.IMMINENT, Level.AMBER])
    ] == ["none", "amber", "red", "imminent"]


def test_a_score_never_crosses_into_the_next_level() -> None:
    scores = {
        level: [screen(text).score for text, expected in CASES if expected is level]
        for level in Level
    }
    assert scores[Level.NONE] == [0.0] * len(scores[Level.NONE])
    assert 0 < min(scores[Level.AMBER]) <= max(scores[Level.AMBER]) < min(scores[Level.RED])
    assert max(scores[Level.RED]) < min(scores[Level.IMMINENT]) <= max(scores[Level.IMMINENT]) <= 1


def test_silence_and_noise_are_no_signal() -> None:
    assert [
        screen(text).level for text in ("", " ", "\n\n", "...", "?!", "🙂🙂", "<b></b>", "&nbsp;")
    ] == [Level.NONE] * 8


def test_thoughts_in_one_place_and_a_farewell_in_another_weigh_together() -> None:
    screening = screen("Aku pengen mati. Tadi siang aku bolos les. Selamat tinggal dunia.")

    assert screening.level is Level.IMMINENT
    assert screening.reasons[0].construct is Construct.FAREWELL


def test_the_same_words_are_not_counted_as_thought_and_as_plan() -> None:
    assert screen("aku punya rencana bunuh diri").level is Level.RED


@pytest.mark.parametrize(
    ("text", "construct"),
    [
        ("aku pengen mati", Construct.WISH_TO_BE_DEAD),
        ("aku mau bunuh diri", Construct.SUICIDAL_THOUGHTS),
        ("aku punya rencana bunuh diri", Construct.PLAN_OR_MEANS),
        ("I tried to kill myself last week", Construct.SUICIDAL_BEHAVIOUR),
        ("ini surat terakhirku", Construct.FAREWELL),
        ("I cut my arms", Construct.SELF_HARM),
        ("papa mukulin aku", Construct.ABUSE),
        ("aku bakal bunuh dia", Construct.VIOLENCE_THREAT),
        ("I just took all the pills", Construct.DANGER_NOW),
        ("I need to talk to a counsellor", Construct.ADULT_WANTED),
        ("aku takut dia kenapa-kenapa", Construct.CONCERN_FOR_OTHER),
    ],
)
def test_a_reason_names_what_it_speaks_of(text: str, construct: Construct) -> None:
    assert construct in {reason.construct for reason in screen(text).reasons}
