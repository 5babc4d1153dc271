"""Another pupil in danger, told by a friend: what is said of `she` and of `temanku`."""

from ..inflect import listed, owned
from ..model import Construct, Level
from ..patterns import Language, Rule

WORDS = {
    "FRIEND": " ".join(
        owned(
            """
            teman temen tmn temn sahabat kawan bestie besti sohib kanca kanco babaturan réncang
            batur adik adek kakak abang sepupu pacar mantan
            """
        )
        | listed(
            """
                friend freind frend bff bestie mate m8 friends mate's bsf sis bro
                roommate boyfriend girlfriend bf gf cousin deskmate classmate sister
                brother teammate die deknen inyo manehna anjeunna
"""
        )
    ),
    "OF_FRIEND": """
        he she they him her his their hes shes he's she's dia ia inyo die dheweke manehna anjeunna
        deweke doi
    """,
    "WORRY": """
        takut khawatir kuatir cemas bingung firasat wedi takuik sieun hariwang worried scared worry
        afraid concerned worrying anxious
    """,
    "HINTS": """
        bye goodbye pamit pamitan dadah perpisahan terakhir forever selamanya last hilang
        burden beban funeral kubur mati die dead death hidup alive wasiat menghilang capek
        hopeless existing
    """,
    "GIVES": "kasih ngasih dikasih bagi bagiin gave give giving gives shared ngekeki nitip titip",
    "BELONGINGS": """
        gitar hp akun koleksi bonekanya sepeda kucing cat hamster guitar collection account stuff
        things everything clothes jewelry notes dog bracelet barang barangnya tasnya jaket
    """,
    "SILENT": """
        pick answer answering replying reply respond angkat bales balas nyaut aktif centang offline
        dc
    """,
}

PHRASES = {
    "A_FRIEND": "FRIEND|OF_FRIEND",
}

_C = Construct.CONCERN_FOR_OTHER

RULES = (
    Rule(
        "friend-says-farewell",
        _C,
        Level.AMBER,
        """
        FRIEND ..2 said|says|sent|posted|wrote|typed|chat ..3 HINTS -TOPIC
        FRIEND ..2 bilang|blg|ngetik|ngirim|story|nulis|live ..3 HINTS -TOPIC
        HINTS ..4 SILENT|centang|dc|offline
        A_FRIEND ..5 GIVES ..5 BELONGINGS ..8 need|nanti|butuh|after|pergi|forever|everyone
        A_FRIEND ..5 GIVES ..5 BELONGINGS ..8 semua|jaga|care|mom|mama|why|kenapa
        FRIEND ..4 bought|beli|has|got|punya ..3 NOOSE|POISON|DRUG|WEAPON|EDGE
        FRIEND ..4 nyimpen|keeps|bawa|hid|saving|ngumpulin ..3 NOOSE|POISON|DRUG|WEAPON|EDGE
        A_FRIEND ..3 told|said|says|bilang|ngasih tau ..1 me|aku? the? date|day|tanggal
        A_FRIEND ..3 told|said|says|bilang|ngasih tau ..1 me|aku? the? plan|rencananya|rencana
        A_FRIEND ..4 ga|gak|tidak ..2 bakal|akan|gona|gonna|be|ada ..1 here|ada|alive
        A_FRIEND ..4 won't|wont|aint|not ..2 bakal|akan|gona|gonna|be|ada ..1 here|ada|alive
        A_FRIEND ..4 ga|gak|tidak ..2 bakal|akan|gona|gonna|be|ada ..1 dateng|lulus|around
        A_FRIEND ..4 won't|wont|aint|not ..2 bakal|akan|gona|gonna|be|ada ..1 dateng|lulus|around
        FRIEND ..4 tired|capek|cape|lelah ..2 of|buat|sama ..1 existing|hidup|living
    """,
    ),
    Rule(
        "friend-in-the-act",
        _C,
        Level.IMMINENT,
        """
        A_FRIEND ..4 di|on|at|up|neng|di ..2 HIGH_PLACE ..4 !main|foto -LIGHT
        A_FRIEND ..3 nelen|took|swallowed|menelan ..4 TOO_MUCH|POISON|pills|DRUG -LIGHT
        A_FRIEND ..3 minum|ate|drank|telan ..4 TOO_MUCH|POISON|pills|DRUG -LIGHT
        A_FRIEND ..4 ngunci|locked ..3 kamar|wc|toilet ..6 EDGE|DRUG|SILENT|nangis -LIGHT
        A_FRIEND ..4 kunci|mengunci ..3 kamar|wc|toilet ..6 EDGE|DRUG|SILENT|nangis -LIGHT
        A_FRIEND ..4 ngunci|locked ..3 bathroom|room|lab ..6 EDGE|DRUG|SILENT|nangis -LIGHT
        A_FRIEND ..4 kunci|mengunci ..3 bathroom|room|lab ..6 EDGE|DRUG|SILENT|nangis -LIGHT
        A_FRIEND ..4 ngunci|locked ..3 kamar|wc|toilet ..6 pisau|botol|crying|blood -LIGHT
        A_FRIEND ..4 kunci|mengunci ..3 kamar|wc|toilet ..6 pisau|botol|crying|blood -LIGHT
        A_FRIEND ..4 ngunci|locked ..3 bathroom|room|lab ..6 pisau|botol|crying|blood -LIGHT
        A_FRIEND ..4 kunci|mengunci ..3 bathroom|room|lab ..6 pisau|botol|crying|blood -LIGHT
        A_FRIEND ..3 mau|wants|gonna|going|mo ..2 LEAP ..3 !tali|kelas -LIGHT
        his|her|kakinya|sepatunya ..5 edge|roof|pinggir|rooftop|jembatan|bridge -LIGHT
        A_FRIEND ..3 EDGE|DRUG ..4 hand|tangan|now|skrg|sekarang -LIGHT
    """,
    ),
    Rule(
        "friend-hurts-self",
        _C,
        Level.RED,
        """
        FRIEND ..5 WOUND|nyilet|nyayat ..4 ON_ME|lengannya|tangannya|pahanya|herself|himself|EDGE
        A_FRIEND ..3 cut|cuts|cutting|nyilet|nyayat|scratches|burns herself|himself|dirinya
        A_FRIEND ..3 cut|cuts|cutting|nyilet|nyayat|scratches|burns tangannya|lengannya|sendiri
        her|his ..1 ON_ME ..4 STREAK|cuts|lines|scars|blood
        lengannya|tangannya|pahanya ..4 STREAK|sayatan|silet|garis
        STREAK ..3 her|his ON_ME
        STREAK ..2 di lengannya|tangannya|pahanya
        FRIEND ..6 NEG|hasnt|hasn't|doesnt|not|ga ..1 EAT ..4 DAYS|since|sejak|udah|NUMBER
        FRIEND ..6 VOMIT ..4 tiap|every|after|abis|sengaja|lunch
    """,
    ),
    Rule(
        "friend-is-harmed",
        _C,
        Level.RED,
        """
        FRIEND ..6 BEAT_DI ..4 ELDER|bapaknya|ibunya|papanya|mamanya
        ELDER|bapaknya|papanya|ayahnya|ibunya|mamanya ..2 BEAT ..1 him|her|dia|inyo|temenku
        her|his ..1 dad|uncle|stepdad|coach|mum ..3 BEAT|GRAB|comes|goes ..2 her|him|room|me
        her|his ..1 dad|uncle|stepdad|coach|mum ..3 hurts|hits|touches|sells ..2 her|him|room|me
        her|his ..1 mom|brother|tutor ..3 BEAT|GRAB|comes|goes ..2 her|him|room|me
        her|his ..1 teacher|father|boyfriend ..3 BEAT|GRAB|comes|goes ..2 her|him|room|me
        her|his ..1 mom|brother|tutor ..3 hurts|hits|touches|sells ..2 her|him|room|me
        her|his ..1 teacher|father|boyfriend ..3 hurts|hits|touches|sells ..2 her|him|room|me
        FRIEND ..6 ELDER|bapaknya|ayahnya|omnya|pamannya|kakeknya ..3 GRAB|masuk|cium|VIOLATE|pegang
        FRIEND ..6 diperas|VIOLATE_DI|diancam|disebar|dijual|digrepe|dipegang
        FRIEND ..5 bruise|bruises|lebam|memar|biru ..4
        FRIEND|her|she ..4 foto|pics|nudes|photos ..3 LEAK|bugilnya|diperes
    """,
    ),
    Rule(
        "friend-worries-writer",
        _C,
        Level.AMBER,
        """
        WORRY ..4 A_FRIEND ..5 HINTS|nekat|macem2|sakit|kenapa2
        WORRY ..4 A_FRIEND ..5 sendiri|something|herself|himself|safe
        A_FRIEND ..6 HINTS ..6 WORRY
        FRIEND ..8 jangan|jgn ..1 bilang|tell ..3 siapa2|siapa|anyone ..4 WORRY|janji|promised
        FRIEND ..8 dont|don't ..1 bilang|tell ..3 siapa2|siapa|anyone ..4 WORRY|janji|promised
        FRIEND ..8 jangan|jgn ..1 cerita|snitch ..3 siapa2|siapa|anyone ..4 WORRY|janji|promised
        FRIEND ..8 dont|don't ..1 cerita|snitch ..3 siapa2|siapa|anyone ..4 WORRY|janji|promised
        FRIEND ..8 jangan|jgn|dont|don't ..1 bilang|tell ..3 anybody|guru ..4 WORRY|janji|promised
        FRIEND ..8 jangan|jgn|dont|don't ..1 cerita|snitch ..3 anybody|guru ..4 WORRY|janji|promised
        FRIEND ..8 jangan|jgn|dont|don't ..1 bilang|tell ..3 teacher|adult ..4 WORRY|janji|promised
        FRIEND ..8 jangan|jgn ..1 cerita|snitch ..3 teacher|adult ..4 WORRY|janji|promised
        FRIEND ..8 dont|don't ..1 cerita|snitch ..3 teacher|adult ..4 WORRY|janji|promised
        FRIEND ..8 jangan|jgn|dont|don't ..1 bilang|tell ..3 siapa2|siapa|anyone ..4 promise|gimana
        FRIEND ..8 jangan|jgn ..1 cerita|snitch ..3 siapa2|siapa|anyone ..4 promise|gimana
        FRIEND ..8 dont|don't ..1 cerita|snitch ..3 siapa2|siapa|anyone ..4 promise|gimana
        FRIEND ..8 jangan|jgn|dont|don't ..1 bilang|tell ..3 siapa2|siapa|anyone ..4 what|should
        FRIEND ..8 jangan|jgn|dont|don't ..1 cerita|snitch ..3 siapa2|siapa|anyone ..4 what|should
        FRIEND ..8 jangan|jgn|dont|don't ..1 bilang|tell ..3 anybody|guru ..4 promise|gimana
        FRIEND ..8 jangan|jgn|dont|don't ..1 cerita|snitch ..3 anybody|guru ..4 promise|gimana
        FRIEND ..8 jangan|jgn|dont|don't ..1 bilang|tell ..3 anybody|guru ..4 what|should
        FRIEND ..8 jangan|jgn|dont|don't ..1 cerita|snitch ..3 anybody|guru ..4 what|should
        FRIEND ..8 jangan|jgn|dont|don't ..1 bilang|tell ..3 teacher|adult ..4 promise|gimana
        FRIEND ..8 jangan|jgn|dont|don't ..1 cerita|snitch ..3 teacher|adult ..4 promise|gimana
        FRIEND ..8 jangan|jgn|dont|don't ..1 bilang|tell ..3 teacher|adult ..4 what|should
        FRIEND ..8 jangan|jgn|dont|don't ..1 cerita|snitch ..3 teacher|adult ..4 what|should
        promised|janji ..3 not|ga|gak|nggak|tidak|wouldnt|wouldn't ..1 say|tell|bilang|cerita ..3
        how|gimana|gmn|cara ..3 help|bantu|nolong|tolong ..2 FRIEND ..6 HINTS|cutting
        how|gimana|gmn|cara ..3 help|bantu|nolong|tolong ..2 FRIEND ..6 nyilet|suicidal
    """,
    ),
)

TABLES = Language(WORDS, PHRASES, RULES, "")
