"""The languages of the pages: catalogues of texts, and the choice among them.

Texts stand in English in the templates; the Indonesian ones in `locale/id/LC_MESSAGES/pages.po`
beside them. They are read at start: nothing is compiled, so what is checked in is what is shown.
"""

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES = ("id", "en")
SOURCE = "en"
LOCALES = {language: Locale.parse(language) for language in LANGUAGES}
COOKIE = "sebaya_language"
# Longer than any browser's list; the rest of a longer one is not looked at.
LONGEST_HEADER = 200


def translations(language: str, folders: Iterable[Path]) -> NullTranslations:
    """Read the texts of one language from several folders; a later folder's text wins."""
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
    """Choose a language: the cookie's, else the browser's, else the school's, else Indonesian."""
    if by_hand in LANGUAGES:
        return by_hand
    return negotiate_locale(_preferred(accept or ""), LANGUAGES, sep="-") or next(
        (language for language in of_school if language in LANGUAGES), LANGUAGES[0]
    )


def _preferred(accept: str) -> list[str]:
    """Sort the languages of an Accept-Language header by weight, the most wanted first."""
    weighed = []
    for position, part in enumerate(accept[:LONGEST_HEADER].split(",")):
        name, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), position, name.split("-")[0].lower()))
        except ValueError:
            continue
    return [name for weight, _, name in sorted(weighed) if name and weight < 0]
