"""Rules whose words may come from either language, since students mix them ("aku udah thinking of
bundir").

The classes and phrases they use are filled by each language; see there.
"""

from .model import Construct, Level
from .patterns import Language, Rule

_SI = Construct.SUICIDAL_THOUGHTS

RULES = (
    Rule(
        "wants-suicide",
        _SI,
        Level.RED,
        """
        WANTS ..2 SUICIDE
        I SUICIDE
    """,
    ),
    Rule("thinks-of-suicide", _SI, Level.RED, "THINK ..3 SUICIDE"),
    Rule(
        "suicide-soon",
        _SI,
        Level.IMMINENT,
        """
        WANTS ..2 SUICIDE ..3 SOON
        SOON !tiap|setiap|sering|jadi|every|always|often ..2 WANTS ..2 SUICIDE
        I SUICIDE JUST? SOON
        SOON I SUICIDE
    """,
    ),
    Rule(
        "suicide-near",
        Construct.SUICIDE_EXPOSURE,
        Level.AMBER,
        """
        KIN ..5 SUICIDE
        I ..4 SUICIDE
    """,
    ),
    Rule("tried-suicide", Construct.SUICIDAL_BEHAVIOUR, Level.RED, "TRY ..2 SUICIDE"),
    Rule(
        "hurts-self",
        Construct.SELF_HARM,
        Level.RED,
        """
        HURT ..1 SELF|OTHERS_SELF
        self harm|harming
        SELF_HARM_WORD
    """,
    ),
)

TABLES = Language({}, {}, RULES, "")
