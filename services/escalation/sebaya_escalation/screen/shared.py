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
        KIN ..5 SUICIDE -TOPIC
        I ..4 SUICIDE -TOPIC
    """,
    ),
    Rule(
        "suicide-named",
        Construct.SUICIDE_EXPOSURE,
        Level.AMBER,
        "SUICIDE_NAMED #4 -TOPIC",
    ),
    Rule("tried-suicide", Construct.SUICIDAL_BEHAVIOUR, Level.RED, "TRY ..2 SUICIDE"),
    Rule(
        "hurts-self",
        Construct.SELF_HARM,
        Level.RED,
        """
        HURT ..1 SELF|OTHERS_SELF -TOPIC
        self harm|harming|harmed|harmer|harms -TOPIC
        SELF_HARM_WORD -TOPIC
    """,
    ),
)

_TOPIC = """
    poster seminar webinar materi penyuluhan sosialisasi pencegahan mencegah leaflet prevention
    awareness hotline helpline assembly ppt presentasi presentation essay esai opini makalah
    puisi sajak novel tokoh tokohnya karakter lagu lagunya lirik lyrics song film filmnya movie
    drama drakor monolog monologue naskah skenario wattpad cerpen sinopsis berita artikel article
    news documentary dokumenter podcast kuesioner questionnaire survei survey psikotes homework
    psikologi psychology pshe pelatihan simulasi penelitian research statistik statistics charity
    fundraiser trailer misa arwah sejarah history penjajahan romeo juliet poem poet poets novels
    anthology webtoon anime manga plot chapter bab episode game gamenya level boss bos rank ronde
    lomba debat debate workshop training campaign kampanye duta headline
"""

TABLES = Language(
    {"TOPIC": _TOPIC},
    {
        "SUICIDE_NAMED": """
            KILL SELF|OTHERS_SELF|diri
            SUICIDE_WORD
            HANG SELF|OTHERS_SELF
            end it all
            END my|own|her|his LIFE
        """
    },
    RULES,
    "",
)
