"""What strangers type or paste, by class. Written for this project; every free-text door is tried
with all of it.
"""

import json
from dataclasses import dataclass

ZWJ, ZWNJ, ZWSP, BOM, RLO, LRI, PDF = (
    "\u200d",
    "\u200c",
    "\u200b",
    "\ufeff",
    "\u202e",
    "\u2066",
    "\u202c",
)
FAMILY = ZWJ.join("👨👩👧👦")

TEXTS: dict[str, tuple[str, ...]] = {
    "NUL and control characters": ("\x00", "a\x00b", "a\x01\x02\x07\x08\x1b[31mb", "\x7f\x80\x9f", "a\x0bb\x0cc", "a\u2028b\u2029c"),
    "bidi overrides": (f"user{RLO}txt.exe", f"{LRI}abc", f"{RLO}{PDF}{RLO}", "\u200f\u200eabc\u061c"),
    "zero width": (f"a{ZWSP}b{ZWNJ}c{ZWJ}d{BOM}e", ZWSP * 50, f"{BOM}hello", "\u00ad\u2060\u180e", "\U000e0041\U000e0042"),
    "combining marks": ("Z" + "\u0351\u0323\u0489" * 200, "e\u0301", "\u0301", "ก็็็็็็็็็็", "각 \u1112\u1161\u11ab"),
    "emoji sequences": (FAMILY * 20, "👍🏽" * 30, "🏳️‍🌈🇮🇩", "1️⃣", "🇮" * 51),
    "right to left": ("שלום עולם", "مرحبا \u0661\u0662\u0663", "abc אבג 123", "ﷺ" * 40),
    "very long words": ("a" * 7999, "ha" * 3999, "𝔞" * 4000, "\u0f68\u0fbc" * 500),
    "not characters": ("\ufffe\uffff", "\U0010ffff", "\ue000", "\ufdd0", "\ufffd"),
    "look alikes and cases": ("ⓗⓔⓛⓟ", "ｈｅｌｐ", "ſtraße İstanbul ı", "ﬁne", "Ǆ", "ὈΔΎΣ"),
    "templates and formats": ("{{7*7}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{0.__class__}", "%s%n%x%d", "%(name)s", "{}", "{{", "`id`"),
    "markup and scripts": ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;&#x0;&amp;", "javascript:alert(1)", "<!--"),
    "queries as text": ('{"$gt": ""}', "$where", "'; DROP TABLE cases;--", '" OR ""="', "a.b.$c", "__proto__", "$$NOW", "constructor"),
    "paths": ("../../../../etc/passwd", "..\\..\\boot.ini", "/dev/null", "C:\\con", "file:///etc/passwd", "a%2e%2e%2fb", "%00"),
    "formula starts": ("=1+1", "=cmd|' /C calc'!A0", "+62812000", "-1", "@SUM(A1)", "\t=1", "\r=1", "007"),
    "header injection": ("a\r\nBcc: x@y.test", "a\nSubject: x", "a\rb", "x\r\n\r\nbody", "a%0d%0aSet-Cookie: x", "=?utf-8?q?a=0D=0A?="),
    "numbers as text": ("0", "-0", "1e309", "NaN", "Infinity", "0x10", "1_000", "٣", "9" * 400, "1,5", "null", "true", "undefined", "None"),
    "spaces": ("a  b", "a\u3000b", "a\u00a0b", "  a  ", "\ta\n", " ", "\u2003", "\n\n\n"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Raw:
    """What no text can hold: JSON as it goes over the wire. `{}` in a body is replaced by it."""

    name: str
    json: bytes


# A lone half of a surrogate pair is JSON, and is no character.
RAW = (
    Raw("lone high surrogate", b'"a\\ud800b"'),
    Raw("lone low surrogate", b'"\\udc00"'),
    Raw("surrogates the wrong way round", b'"\\udc00\\ud800"'),
    Raw("escaped NUL", b'"a\\u0000b"'),
    Raw("invalid UTF-8", b'"\xff\xfe"'),
    Raw("overlong UTF-8", b'"\xc0\xae\xc0\xae"'),
    Raw("surrogate in UTF-8", b'"\xed\xa0\x80"'),
    Raw("cut UTF-8", b'"\xf0\x9f\x98"'),
    Raw("bare control character", b'"a\nb"'),
    Raw("not a number", b"NaN"),
    Raw("infinity", b"-Infinity"),
    Raw("a huge exponent", b"1e999999"),
    Raw("a huge number", b"9" * 5000),
    Raw("deep nesting", b"[" * 20000 + b"]" * 20000),
)


def all_texts() -> list[tuple[str, str]]:
    """Class and text."""
    return [(name, text) for name, texts in TEXTS.items() for text in texts]


def encoded(text: str) -> bytes:
    return json.dumps(text, ensure_ascii=False).encode()
