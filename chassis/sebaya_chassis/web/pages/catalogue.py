"""The languages of the pages: catalogues of texts, and the choice among them.

Texts stand in English in the templates; the Indonesian ones in `locale/id/LC_MESSAGES/pages.po`
beside them. They are read at start: nothing is compiled, so what is checked in is what is shown.
"""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

INDONESIAN = "id"
LANGUAGES = (INDONESIAN, "en")
# Names that ISO 639 has withdrawn and that Java, and Android with it, still sends.
OLD_NAMES = {"in": INDONESIAN, "jw": "jv"}
# Malay, and the languages of Indonesia that telephones are set to: their speakers read Indonesian.
NEAR = frozenset({"ms", "jv", "su", "mad", "min", "ban", "bug", "ace", "bjn", "mak", "sas", "bew"})
SOURCE = "en"
LOCALES = {language: Locale.parse(language) for language in LANGUAGES}
COOKIE = "sebaya_language"
# Longer than any browser's list; the rest of a longer one is not looked at.
LONGEST_HEADER = 200


@cache
def translations(language: str, folders: tuple[Path, ...]) -> NullTranslations:
    """Read the texts of one language from several folders, once; a later folder's text wins."""
    texts = NullTranslations()
    if language == SOURCE:
        return texts
    for folder in folders:
        loaded = _loaded(folder / language / "LC_MESSAGES" / "pages.po", language)
        loaded.add_fallback(texts)
        texts = loaded
    return texts


def _loaded(file: Path, language: str) -> Translations:
    with file.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def choose_language(by_hand: str | None, accept: str | None, of_school: Sequence[str] = ()) -> str:
    """Choose a language: the cookie's, else the browser's, else the school's, else Indonesian.

    A browser in a language of Indonesia asks for Indonesian, but at a school that has none of it.
    """
    if by_hand in LANGUAGES:
        return by_hand
    speaks_indonesian = not of_school or INDONESIAN in of_school
    names = (OLD_NAMES.get(name, name) for name in _preferred(accept or ""))
    wanted = [INDONESIAN if speaks_indonesian and name in NEAR else name for name in names]
    return negotiate_locale(wanted, LANGUAGES, sep="-") or next(
        (language for language in of_school if language in LANGUAGES), LANGUAGES[0]
    )


def _preferred(accept: str) -> list[str]:
    """Sort the languages of an Accept-Language header by weight (RFC 9110, 12.5.4), the most
    wanted first.
    """
    weighed = []
    for position, part in enumerate(accept[:LONGEST_HEADER].split(",")):
        name, _, parameter = (piece.strip() for piece in part.partition(";"))
        weight = parameter.lower().removeprefix("q").strip().removeprefix("=").strip()
        try:
            weighed.append((-float(weight or 1), position, name.split("-")[0].lower()))
        except ValueError:
            continue
    return [name for weight, _, name in sorted(weighed) if name and weight < 0]
