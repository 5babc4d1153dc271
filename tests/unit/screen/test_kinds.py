"""One family for each kind of danger, with benign twins. The sentences are the project's own."""

import pytest

from sebaya_escalation.screen import Level, Tag, screen

RISKY = {
    "suicide": """
        amber | bunuh diri
        amber | gantung diri
        amber | kill myself
        amber | suicide
        amber | end it all
        red | hari Minggu aku udah ga ada lagi
        red | by Friday I won't be here
        red | nisanku tolong dikasih bunga
        red | jangan cari aku lagi
        imminent | gue udah di pinggir jembatan
        imminent | malam ini aku lakuin
    """,
    "self_harm": """
        red | kusayat lenganku pake cutter
        red | I burn my arm on purpose
        red | semalem nyilet paha lagi
        amber | bekas sayatan di lengan ketauan mama
    """,
    "overdose": """
        imminent | i just took like 30 tylenol
        imminent | udah kutelan semua pil nenek
        imminent | she won't wake up
        imminent | tanganku ketusuk, darahnya ga berhenti
    """,
    "abuse": """
        red | ayah memukulku
        red | ibu namparin aku tiap malam
        red | dikunci di gudang sama bapak tiri
        red | my stepdad whipped me with a cord
        imminent | papa gedor pintu kamarku bawa golok
    """,
    "sexual": """
        red | om memperkosaku
        red | guruku melecehkanku
        red | disuruh buka baju di depan kamera
        red | he has my nudes and will send them to school if I don't pay
    """,
    "threatened": """
        red | dia bilang bakal bacok aku
        red | he pulled a knife on me
        imminent | dua orang lagi ngikutin aku, aku dikepung
        amber | aku dipalak senior tiap hari
    """,
    "violence": """
        red | besok gue bawa piso ke sekolah
        red | I want to stab him in the neck
        red | gonna burn the school
    """,
    "eating": """
        red | tiap abis makan aku muntahin di wc
        red | I haven't eaten for four days
        red | lima hari cuma minum air
        amber | I skip lunch and weigh myself every morning
    """,
    "running_away": """
        red | gue udah kabur
        red | diusir mama dari rumah
        red | sleeping in a park
        red | dad locked me in the basement
    """,
    "friend_at_risk": """
        imminent | temanku menelan semua pil ibunya
        red | my friend cuts herself
        red | temenku digebukin bapaknya
        amber | temenku bilang pamit selamanya
    """,
}
TWINS = """
    bunuh diri dibahas di seminar pencegahan
    kami bikin poster tentang suicide prevention
    hari Minggu warungnya udah ga ada lagi
    by Friday the homework won't be here
    gue udah di pinggir lapangan
    malam ini aku kerjain PR
    kusayat daging buat sate
    kuiris bawang sampai nangis
    i just took like 30 photos
    udah kutelan semua kuenya
    she won't come to the party
    ayah memukul bola
    ibu masak tiap malam
    kunci gudang dipegang bapak
    my stepdad painted the fence with a brush
    papa ketuk pintu kamarku bawa martabak
    disuruh buka buku di depan kelas
    he has my notes and will send them to school if I don't mind
    dia bilang bakal traktir aku
    he pulled a prank on me
    besok gue bawa bekal ke sekolah
    I want to beat him in chess
    tiap abis makan aku cuci piring
    lima hari cuma main game
    gue udah selesai
    sleeping in a tent with my cousins
    temanku menelan semua permen
    temenku bilang halo
    sudah lama tidak sakit
    Bu Ratna memeluk aku waktu aku sedih
    Bu guru memegang tanganku waktu aku nangis
    pelatih memegang aku waktu salto
    Bu Ratna nyuruh aku pegang mikrofon
    Coach held my hand when I cried
    Miss beat me at chess
    Mas Dimas nendang bola ke aku
    temanku colek aku di kelas
"""
# How pupils speak of a grown-up at school, and of one that did it.
STAFF = (
    "Bu Ratna",
    "Pak Budi",
    "Bu Ratna di ruang BK",
    "Pak guru",
    "Guru BK",
    "wali kelasku",
    "kepala sekolah",
    "konselor",
    "Mr Budi",
    "my counsellor",
)
BY_STAFF = {
    "red": (
        "memukul aku",
        "mukul saya",
        "menampar gue",
        "memukulku",
        "memegang badanku",
        "meraba aku",
        "menyentuh badan saya",
        "suka megang-megang aku",
        "memegang aku dan aku takut",
        "hit me",
        "slapped me",
        "kissed me",
    ),
    "amber": ("memegang aku", "megang gue", "nyakitin aku"),
}
TO_ME = {
    "red": ("aku dipukul Bu Ratna", "saya diraba pak guru", "I was hit by my counsellor"),
    "amber": ("saya dipegang-pegang Bu Ratna", "Kak Dimas memukul aku", "aku dipukul kak Dimas"),
}


LETTERS = [
    "Bu Guru yang baik, panen kami bagus tahun ini dan adik sudah bisa berenang. Terima kasih atas "
    "bukunya. Ayah memukuliku dengan rotan kalau listrik mati. Salam hangat dari kami sekeluarga.",
    "Dear Coach, thank you for the season. The bus was late but we sang. My uncle comes into my "
    "room at night. The new jerseys look great and I hope we win on Saturday.",
]


def _rows() -> list[tuple[str, str, str]]:
    return [
        (kind, *(part.strip() for part in line.split(" | ", 1)))
        for kind, lines in RISKY.items()
        for line in lines.strip().splitlines()
    ]


@pytest.mark.parametrize(("kind", "level", "text"), _rows())
def test_a_danger_has_its_level(kind: str, level: str, text: str) -> None:
    assert screen(text).level.value == level, kind


@pytest.mark.parametrize(
    ("level", "text"),
    [
        *(
            (level, f"{who} {did}")
            for level, acts in BY_STAFF.items()
            for did in acts
            for who in STAFF
        ),
        *((level, text) for level, texts in TO_ME.items() for text in texts),
    ],
)
def test_a_grown_up_at_school_who_hurts_is_seen_however_they_are_named(
    level: str, text: str
) -> None:
    assert screen(text).level.value == level


@pytest.mark.parametrize("letter", LETTERS)
def test_one_clause_of_danger_is_seen_in_a_calm_letter(letter: str) -> None:
    sentences = letter.split(". ")
    [decisive] = [one for one in sentences if screen(one).level > Level.NONE]

    assert screen(letter).level is screen(decisive).level is Level.RED


@pytest.mark.parametrize("text", [line.strip() for line in TWINS.strip().splitlines()])
def test_a_benign_twin_does_not_alert(text: str) -> None:
    assert screen(text).level is Level.NONE


@pytest.mark.parametrize(
    "text",
    [
        "nggak bisa nggak mikirin bunuh diri",
        "I can't stop thinking about killing myself",
        "bukan cuma mikir, aku mau bunuh diri",
        "not just thinking, I will kill myself",
        "menurut lo, aku bunuh diri aja?",
    ],
)
def test_a_denial_of_a_denial_is_none(text: str) -> None:
    assert screen(text).level is Level.RED


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("this homework makes me want to kill myself", Tag.HYPERBOLE),
        ("gara-gara remed fisika aku mau bunuh diri", Tag.HYPERBOLE),
        ("aku mau bunuh diri 😂", Tag.HYPERBOLE),
        ("last year I wanted to kill myself", Tag.PAST),
        ("dulu waktu SD aku mau bunuh diri", Tag.PAST),
        ("I had tried to kill myself", Tag.PAST),
        ("poster kami bertanya apakah kamu mau bunuh diri", Tag.NEWS),
    ],
)
def test_what_is_a_trifle_or_over_or_a_topic_is_not_red(text: str, tag: Tag) -> None:
    screening = screen(text)

    assert screening.level is Level.AMBER
    assert tag in frozenset().union(*(reason.tags for reason in screening.reasons))
