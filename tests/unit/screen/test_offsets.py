"""Spans lie in the original text, and nothing said besides makes a screening milder."""

from hypothesis import example, given
from hypothesis import strategies as st

from examples import examples
from sebaya_escalation.screen import Level, screen

RISKY = [
    "aku pengen mati",
    "aku mau bunuh diri",
    "malam ini aku mau bunuh diri",
    "temanku mau bunuh diri",
    "ini pesan terakhirku",
    "papa mukulin aku",
    "i want to die",
    "I'm going to kill myself tonight",
    "i used to cut myself",
    "my friend says she wants to kill herself",
]
BENIGN = [
    "Terima kasih sudah membaca.",
    "Wkwk maaf ya.",
    "Filmnya bagus.",
    "Dulu aku suka renang.",
    "Dia baik kok.",
    "Nggak apa-apa.",
    "My friend is nice.",
    "Just kidding about the homework lol.",
    "I'm not sure.",
    "👍",
    "Ketawa.",
]
BREAKS = [". ", "!\n", "\n\n", "? "]
SNIPPETS = [
    *RISKY,
    *BENIGN,
    "<b>",
    "</b>",
    "&nbsp;",
    "&#105;",
    "\u200b",
    "ﬀ",
    "İ",
    "ß",
    "e\u0301",
    "\U0001f170",
    "b u n u h",
    "m@ti",
    "\n",
    "  ",
    ".",
    "2",
    "[i]",
]
texts = st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=12), max_size=8).map("".join)


@given(texts)
@example("İaku mau bunuh diriß")
@example("&amp;aku mau bunuh diri&amp;")
@examples(250)
def test_every_span_lies_inside_the_original_text(text: str) -> None:
    screening = screen(text)

    assert all(0 <= reason.start < reason.end <= len(text) for reason in screening.reasons)
    assert (screening.level is Level.NONE) == (screening.score == 0) == (not screening.reasons)
    assert screening.level is max(
        (reason.level for reason in screening.reasons), default=Level.NONE
    )


@given(
    st.sampled_from(RISKY),
    st.sampled_from(BREAKS),
    st.lists(st.sampled_from([*BENIGN, *RISKY]), min_size=1, max_size=4).map(" ".join),
)
@example("aku mau bunuh diri", ". ", "Just kidding about the homework lol.")
@examples(200)
def test_more_text_never_lowers_the_level(risky: str, pause: str, more: str) -> None:
    alone = screen(risky)

    for together in (screen(risky + pause + more), screen(more + pause + risky)):
        assert together.level >= alone.level
        assert together.score >= alone.score


@given(texts, texts)
@example("temanku mau bunuh diri:0", "b u n u haku mau bunuh diri")
@examples(150)
def test_two_paragraphs_are_at_least_as_urgent_as_each(first: str, second: str) -> None:
    together = screen(f"{first}\n\n{second}")

    assert together.level >= max(screen(first).level, screen(second).level)


@given(texts)
@examples(100)
def test_the_same_text_has_the_same_verdict(text: str) -> None:
    assert screen(text) == screen(text)


def test_the_words_that_were_seen_are_shown() -> None:
    text = "Hai kak, makasih ya. Jujur aku MAU B.U.N.U.H   d1r1 …"
    reason = screen(text).reasons[0]

    assert text[reason.start : reason.end] == "MAU B.U.N.U.H   d1r1"
