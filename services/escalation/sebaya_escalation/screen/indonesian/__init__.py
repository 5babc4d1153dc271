"""Indonesian as students write it: formal, chatty, slang, shortened.

Forms are listed or built from roots, never stripped from words: so "nyakitin" is "menyakiti", and
"menangis" can not become "menang". Constructs follow the C-SSRS (see `model.Construct`); the words
are the project's own.
"""

from ..patterns import Language
from .dangers import DANGERS
from .thoughts import THOUGHTS
from .words import EVERYDAY, PHRASES, WORDS

TABLES = Language(WORDS, PHRASES, THOUGHTS + DANGERS, EVERYDAY)
