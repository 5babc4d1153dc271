"""Violence by an adult, or in the family."""

from ..inflect import suffered, verb
from ..model import Construct, Level
from ..patterns import Language, Rule

WORDS = {
    **verb(
        "BEAT",
        "pukul tampar tendang hajar gebuk tonjok cambuk pecut sabet jambak cekik banting seret "
        "hantam injak injek gampar tempeleng gaplok cubit rotan tumbuk belasah lempar siram sundut "
        "setrika aniaya siksa ikat rantai jepit sirami dorong tinju libas tabok keplak lecut "
        "pentung",
        "hit/hit beat/beat/beaten slap punch kick choke strangle whip belt cane flog drag "
        "shake/shook/"
        "shaken smack thrash burn throttle bash spank pinch bruise lash whack slam",
        also="kdrt dropped ngantem nggebuki nggajul neunggeul ngagebugan nampiling malacuik "
        "mancakiak "
        "digebugan diteunggeul nabok geprak dilacuik ditokok",
        taken_out="pukul pukulnya ikat ikatan dorong kembali rantainya lempar pinches belts caned "
        "shakes dragon cans pukulan terikat keikat ikatin dilempar siram kesiram belting terdorong "
        "terlempar belted caning ikati seret terseret mengikat ngikat injak shook "
        "tumbuk tumbukan tumbuhan tertumbuk menumbuk numbuk",
    ),
    "STRIKER": """
        rotan sabuk ikat gesper hanger gantungan sapu sandal kabel selang rotan penggaris tongkat
        gagang botol helm belt cane rotan ruler cord hose stick broom slipper switch paddle ladle
        spoon bottle fist fists wire
    """,
    "HURT_PART": """
        memar lebam bengkak biru benjol bonyok babak berdarah sobek patah retak lecet melepuh bilur
        bruise bruises bruised bleeding bleed welts welt swollen burst broke broken split bump
        blisters stitches limping scar scars
    """,
    "DRUNK": "mabuk mabok teler ngamuk ngamok drunk drinking drinks drank pissed rage kesurupan",
    "DENIED": "dikasih dibolehin boleh allowed given diberi fed dikasi",
    "CONFINE": """
        dikunci dikunciin dikurung dikurungin dirantai diiket dikonci dikancing disekap
        locked locks lock chained tied ties handcuffed padlocked
    """,
    "CELL": """
        gudang kandang wc jamban toilet cellar shed basement attic cage garage cupboard kennel
        bathroom closet mandi balkon loteng
    """,
    "HURT": """
        menyakiti nyakiti nyakitin menyakitin sakiti sakitin ngelukain melukai lukai
        hurt hurts hurting
    """,
    "AFRAID": "takut takutt scared afraid terrified dread terrifies wedi sieun takuik",
}

PHRASES = {
    "AT_NIGHT": "kalau|kalo|klo|when|whenever|tiap|setiap|every|each|if|nek|mun|pas",
}

RULES = (
    Rule("is-beaten-by-elder", Construct.ABUSE, Level.RED, suffered("BEAT", "ELDER")),
    Rule(
        "is-beaten-by-staff",
        Construct.ABUSE,
        Level.RED,
        """
        STAFF ..5 BEAT ..1 AT_ME !up|in|out|off|back|at
        SELF_ME ..3 BEAT_DI ..1 STAFF
        BE ..1 BEAT_PP ..2 STAFF
    """,
    ),
    Rule(
        "is-hurt-by-staff",
        Construct.ABUSE,
        Level.AMBER,
        "STAFF ..5 HURT ..1 AT_ME",
    ),
    Rule(
        "is-beaten-by-senior",
        Construct.VIOLENCE_SUFFERED,
        Level.AMBER,
        """
        SENIOR ..5 BEAT ..1 AT_ME !up|in|out|off|back|at
        SELF_ME ..3 BEAT_DI ..1 SENIOR
    """,
    ),
    Rule(
        "is-beaten-with",
        Construct.ABUSE,
        Level.RED,
        """
        BEAT ..2 AT_ME ..2 pake|pakai|pk|with|nganggo|ku|jo ..1 STRIKER
        BEAT_DI ..3 pake|pakai|pk|nganggo|ku|jo ..2 STRIKER
        STRIKER ..4 BEAT ..1 AT_ME
        STRIKER ..3 BEAT_DI
        THEY BEAT ..1 AT_ME ..3 AT_NIGHT|lagi|again|daily|terus|drunk|so
        AT_NIGHT ..4 THEY ..1 BEAT ..1 AT_ME
        the belt|cane|rotan|slipper|hose|cord ..3 again|out|me|comes|tonight|came
        ELDER ..3 STRIKER ..5 AT_ME
        BEAT_DI ..2 di rumah|kamar
        ELDER ..1 BEAT lagi|terus|again|hard
        ELDER ..2 BURN|lempar|siram|lakban|masukin ..2 AT_ME
        ELDER ..2 BURN|WOUND ..2 my|AT_ME ..2 PART|AT_ME
        PART|AT_ME ..2 BEAT_DI|BURN_DI|WOUND_DI ..3 ELDER|pake|pakai
        he|she|ELDER ..2 pushes|pushed|holds ..1 my head|face|hand ..4 water|sink|stove
        he|she|ELDER ..2 held|puts|dunks ..1 my head|face|hand ..4 water|sink|stove
        he|she|ELDER ..2 pushes|pushed|holds ..1 my head|face|hand ..4 wall|fire|pan|table
        he|she|ELDER ..2 held|puts|dunks ..1 my head|face|hand ..4 wall|fire|pan|table
        ELDER ..3 nahan|mencekik|ngelindes ..4 AT_ME|kepalaku|tanganku|mulutku
        ELDER ..3 nempelin|masukin|jedotin ..4 AT_ME|kepalaku|tanganku|mulutku
        disuruh|dipaksa|made|makes ..3 kneel|berlutut|jongkok ..4 jam|hours|sambal|cabe
        disuruh|dipaksa|made|makes ..3 push|squat|makan ..4 jam|hours|sambal|cabe
        disuruh|dipaksa|made|makes ..3 kneel|berlutut|jongkok ..4 rice|kerikil|cabai|soap|sabun
        disuruh|dipaksa|made|makes ..3 push|squat|makan ..4 rice|kerikil|cabai|soap|sabun
        kena ..1 rotan|sabuk|tampar|pukul|gampar|gesper|sebat|tumbuk|tonjok
        ELDER ..3 main tangan|fisik
        ringan tangan
        lays|laid|laying|put|puts ..1 hands on me|us|my
        THEY|ELDER ..2 BEAT ..1 my PART|YOUNGER|mum|mom -LIGHT
    """,
    ),
    Rule(
        "elder-hurts-others-at-home",
        Construct.ABUSE,
        Level.RED,
        """
        ELDER ..3 BEAT ..2 ELDER|YOUNGER !with|up|in|at
        YOUNGER|ibu|mama|mum|mom ..2 BEAT_DI ..4 ELDER
        ELDER ..4 pulang|home ..3 DRUNK
        DRUNK ..6 BEAT|BEAT_DI
        ELDER ..3 DRUNK ..8 AT_ME|pintu|door|kamar|hide|hiding|sembunyi|ngumpet|run|lock
        AFRAID ..4 pulang|home ..8 ELDER|DRUNK|BEAT_DI|rumah
        ELDER ..4 WEAPON ..5 AT_ME|ibu|mama|mum|mom|pintu|door
        WEAPON ..4 ELDER ..4 throat|leher|ibu|mama|mum|mom
    """,
    ),
    Rule(
        "marks-of-a-beating",
        Construct.ABUSE,
        Level.RED,
        """
        HURT_PART ..5 ELDER ..4 BEAT|BEAT_DI|lempar|siram|banting|did
        ELDER ..8 PART ..2 HURT_PART
        hide|hiding|cover|nutupin|tutupin|sembunyiin ..3 lebam|memar|bruise|bruises|bilur|welts
        bilang|bilangnya|say|says|said|told ..2 jatuh|jatoh|fell ..5 padahal|but|aslinya|really
        bruise|bruises|lebam|memar ..4 shape|shaped|bentuk|fingers|jari|tangan
        PART ..3 HURT_PART ..4 karena|krn|gara2|because|from|cause|sama ..2 ELDER
    """,
    ),
    Rule(
        "kept-like-an-animal",
        Construct.ABUSE,
        Level.RED,
        """
        CONFINE ..3 CELL
        CELL ..2 CONFINE
        tidur|sleep|slept|sleeping ..3 kandang|gudang|lantai|teras|garage|shed|outside|luar|floor
        NEG|not|no ..1 DENIED ..2 makan|food|eat|dinner|minum
        dijemur|berlutut|jongkok|kneel|knelt|kneeling ..5 jam|hours|rice|beras|kerikil|gravel|until
        makan sisa|leftovers|nasi basi
        kulkas|fridge ..2 digembok|locked|dikunci
        ELDER ..3 NEG|not ..1 ngasih|kasih|let|feed|feeds ..1 AT_ME? makan|eat
    """,
    ),
    Rule(
        "elder-now",
        Construct.DANGER_NOW,
        Level.IMMINENT,
        """
        ELDER|THEY ..3 gedor|ngedor|dobrak|ndobrak|nendang|kicking|kickin|banging|breaking ..2 pintu
        ELDER|THEY ..3 kicking|kickin|banging|bangin|breaking|smashing ..2 door
        hiding|hidin|sembunyi|ngumpet|umpetan|hide ..6 ELDER|DRUNK
        lagi|lg|now|rn|sekarang ..2 BEAT ..2 AT_ME|ibu|mama|mum|mom|adek|adik|brother|sister
        ELDER ..2 lagi|lg|is ..2 BEAT|BURN ..3
        ELDER|he|she ..2 WEAPON ..3 at|ke|to|di|leher|neck|mum|mom|ibu|mama
        he's|hes|he ..2 at|outside|breaking ..1 the? door|bathroom|window ..4
        ELDER ..4 on the floor ..6
        dia|bapak|ayah|papa ..2 nyari|nyariin|muter|teriak ..4 AT_ME ..6 sabuk|pisau|parang
        dia|bapak|ayah|papa ..2 nyari|nyariin|muter|teriak ..4 AT_ME ..6 golok|kayu|ikat
        not breathing|breathin|waking
    """,
    ),
)

TABLES = Language(WORDS, PHRASES, RULES, "")
