"""English as students write it. Constructs follow the C-SSRS (see `model.Construct`); the words are
the project's own.
"""

from ..patterns import Language
from .dangers import DANGERS
from .thoughts import THOUGHTS
from .words import EVERYDAY, PHRASES, WORDS

TABLES = Language(WORDS, PHRASES, THOUGHTS + DANGERS, EVERYDAY)
