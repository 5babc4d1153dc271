"""Threats, stalking, extortion, and being chased."""

from ..inflect import verb
from ..model import Construct, Level
from ..patterns import Language, Rule

WORDS = {
    **verb(
        "THREATEN",
        "ancam ancem",
        "threaten blackmail",
        also="nodong ditodong todong palak malak dipalak dipalakin teror diteror neror",
    ),
    **verb(
        "FOLLOW_ME",
        "ikut buntut kuntit kejar intai intip untit",
        "follow stalk chase track tail",
        also="ngikutin diikutin mengikuti diikuti dibuntuti nguntit membuntuti ngejar dikejar "
        "mandago nututi ngintil folowing folow stalker penguntit nungguin",
        taken_out="ikut ikutan terikut ikutin mengikut ngikut ikuti keikut ikutnya trackin tails "
        "tracks",
    ),
    **verb(
        "SLAY_ME",
        "bunuh tusuk bacok habisi abisi tembak bakar gorok penggal culik",
        "kill stab shoot/shot murder slit/slit rape kidnap bury",
        taken_out="bakar bakarin tembakan kebakaran terbakar shots hurts beats",
    ),
    "WAITS": """
        nunggu nungguin menunggu ditunggu ditungguin nongkrong mangkal jaga waiting waits wait
        parked stands standing lurking outside nyegat dicegat cegat nongol
    """,
    "MY_PLACE": """
        rumahku kosku kamarku gangku sekolahku rumah gerbang gate house address alamat alamatku
        route rute jendela jendelaku window pager pagar bus halte
    """,
    "STRANGER": """
        mobil motor van car man guy stranger orang cowok bapak dia he they someone avanza
    """,
}

RULES = (
    Rule(
        "is-threatened-with-harm",
        Construct.VIOLENCE_SUFFERED,
        Level.RED,
        """
        THREATEN_DI ..3 SLAY_ME|SLAY_ME_DI|WEAPON|mati
        THREATEN ..3 SLAY_ME|SLAY_ME_DI|WEAPON ..2 AT_ME
        THEY ..2 bakal|mau|akan|mo|arep|rek|will|gonna|going|finna ..2 SLAY_ME ..1 AT_ME
        THEY ..3 said|says|bilang|blg ..4 SLAY_ME ..1 AT_ME
        mau|bakal|akan|mo|bkl SLAY_ME_DI !di
        SLAY_ME_ME
        mati lo|lu|kau|kowe besok|nanti|malam|senin
        youre|you're|ur|your|u dead monday|tomorrow|friday|when|after|meat|if|next
        dead if|when i|u|you ..2 talk|tell|leave|date|snitch|tells|told
        WEAPON ..3 ke|to|at|against|on|in ..1 leherku|perutku|neck|throat|leher|face|me|aku
        nodong|ditodong|todong ..3 WEAPON|sajam|di
        pulled|pull|pointed|points|showed|shows|waved|flashed ..2 WEAPON
        a WEAPON|gun on me|us
        THEY ..3 bawa|pegang|megang|has|got|carries|nyelipin ..2 WEAPON
        snitches get stitches
    """,
    ),
    Rule(
        "is-stalked",
        Construct.VIOLENCE_SUFFERED,
        Level.RED,
        """
        THEY|ELDER|STRANGER ..2 FOLLOW_ME AT_ME ..2 home|pulang|rumah|everywhere|from
        FOLLOW_ME_DI ..2 orang|motor|mobil|cowok|bapak
        STRANGER ..4 FOLLOW_ME ..1 AT_ME !on|back
        THEY ..3 tau|tahu|knows|know|hafal ..2 where i|rumahku|alamatku|alamat|rumah|live|rute
        knows|know where ..1 live|sleep|sit|work
        STRANGER ..3 WAITS ..4 MY_PLACE ..6 tiap|every|lagi|again|terus|day|daily|malam
        WAITS ..4 outside|depan|gate|gerbang|luar ..4 for me|aku|gue|saya|tiap|setiap|every
        tracker|airtag|gps|dilacak|pelacak|spyware ..6 bag|tas|hp|phone|car|motor|my
        foto|picture|pictures|pics|photo of|aku|gue|saya ..2 tidur|sleeping|asleep
        foto|picture|pictures|pics|photo of|aku|gue|saya ..2 house|window|pulang
        shows|nongol|muncul ..2 up? ..2 wherever|everywhere|terus|rumahku|gate
        same car|van|man|guy|motor|mobil|orang ..6 every|tiap|again|third|lagi
    """,
    ),
    Rule(
        "is-chased-now",
        Construct.DANGER_NOW,
        Level.IMMINENT,
        """
        im|i'm|i being? FOLLOW_ME_PP|followed
        STRANGER ..2 following|folowing|chasing|behind me|us
        lagi|lg dikejar ..2 THEY
        aku|gue|saya|kami|kita ..2 dikepung|disekap
        dikepung|barricaded
        active? shooter|gunman|gunmen|gunshots|shots ..3 in|building|hall|school|hostel|outside
        HIDES ..6 STRANGER|shooter|gun|they|mereka ..4
        trying|coba|nyoba ..2 get|break|masuk|ndobrak|dobrak in|into|pintu|rumah
        someones|someone ..2 in|dalam|di|trying ..2 my|the|rumah|pintu|kamar house|door|window
        ada|orang ..2 in|dalam|di|trying ..2 my|the|rumah|pintu|kamar house|door|window
    """,
    ),
    Rule(
        "must-pay",
        Construct.VIOLENCE_SUFFERED,
        Level.RED,
        """
        SELF_ME ..2 THREATEN_DI
        setor|setoran|nyetor|upeti|pungutan|tagihan ..8 dipukul|dihajar|senior|dikeroyok|ditendang
        pinjol|debt|dc|rentenir ..8 rumah|ancam|ngancem|sebar|teror|house|threaten|dibawa|kill
        pay ..3 or|else|every|week ..4 they|hurt|beat|else|he|her
        or else
    """,
    ),
    Rule(
        "is-attacked-by-peers",
        Construct.VIOLENCE_SUFFERED,
        Level.AMBER,
        """
        palak|dipalak|malak|dipalakin|pemalak ..4 SELF_ME|tiap|lagi|senior
        BEAT_DI ..3 THEY|senior|kating|kakel|rame|bareng
        THEY ..3 BEAT ..1 AT_ME !to|at|in|up|by
        SELF_ME ..3 dikeroyok|diludahin|ditelanjangin|digunduli|disekap|dicekik|ditenggelamin
        held|hold|pinned|pin me down|under|against
        SELF_ME ..2 BEAT_DI !tugas|realita|kenyataan
        beat|beaten|beating|beatin me up
SELF_ME ..2 beaten up ..3 !at
    """,
    ),
)

PHRASES = {
    "HIDES": """
        hiding|hidin|hide|sembunyi|ngumpet|umpetan|bersembunyi
        locked|ngunci|kunci ..2 door|pintu|in
        under ..1 desk|desks|bed|table
        kolong|lemari|wardrobe|cupboard
    """,
}

TABLES = Language(WORDS, PHRASES, RULES, "")
