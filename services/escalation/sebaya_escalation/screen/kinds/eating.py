"""Disordered eating."""

from ..inflect import verb
from ..model import Construct, Level
from ..patterns import Language, Rule

WORDS = {
    **verb(
        "VOMIT",
        "muntah",
        "vomit puke throw/threw/thrown purge",
        also="muntahin muntahan dimuntahin kumuntahin diutahkeun utah mutah muntah2 mutahin "
        "purging "
        "hurl sick kukeluarin dikeluarin keluarin",
        taken_out="termuntah kemuntah kemuntahan throws",
    ),
    "EAT": """
        makan makanan mkn nelan nelen nelan sarapan nasi dahar tuang mangan mam ngemil telan
        eat eating ate eaten food fud meal meals lunch lunches dinner dinners breakfast tea chop
        lunchbox supper chow snack
    """,
    "SLIMMER": """
        kurus kurusin langsing gendut gemuk gemukan diet berat timbangan bb kg kilo tulang rusuk
        perut lemak skinny thin fat slim weight scale scales bones ribs collarbones lighter kilos
        pounds size calories calorie kalori tiny heavy collarbone thigh gap
    """,
    "DAYS": "hari hr dinten dino ari days day weeks week minggu mgg",
    "NUMBER": """
        2 3 4 5 6 7 8 9 dua tiga empat lima enam tujuh two three four five six seven eight nine
        tilu opat lima genep telu papat ampek limo third fourth fifth
    """,
    "LAXATIVE": """
        pencahar dulcolax laxative laxatives lax laxies pelangsing furosemide diuretics ozempic
        pelangsingnya
    """,
    "RESTROOM": "wc toilet kamarmandi bathroom loo shower toilets jamban kmr",
    "ANA": """
        4na anorexia anorexic bulimia bulimic thinspo meanspo edtwt thinspiration edtok
        anoreksia proana
    """,
    "WATER_ONLY": "air es kopi banyu cai water ice coffee tea gum permen minum",
}

_EAT = Construct.EATING

RULES = (
    Rule(
        "vomits-after-meals",
        _EAT,
        Level.RED,
        """
        abis|habis|sehabis|selesai each|every? EAT ..6 VOMIT|RESTROOM|jari|fingers !bareng
        setelah|bar|sanggeus|after|after each|every? EAT ..6 VOMIT|RESTROOM|jari|fingers !bareng
        VOMIT ..4 after ..2 EAT|every|meals
        VOMIT ..3 tiap|setiap|every ..2 EAT|hari|malam|night|day|abis|meal
        VOMIT ..3 sengaja|purpose|daily|lagi ..2 EAT|hari|malam|night|day|abis|meal
        jari|jariku|finger|fingers ..5 tenggorokan|throat|VOMIT|muntah|comes|mulut
        sikat|toothbrush|spoon|sendok ..5 tenggorokan|throat|VOMIT|muntah|comes|mulut
        make|made|making|makes|paksa|dipaksa ..1 myself|miself|diri|self sick|VOMIT|throw
        makan ..4 semua|banyak|terus|trs ..4 VOMIT
        binge|binged|binging|bingeing ..8 VOMIT|RESTROOM|hate|again|purge
        binge|binges and purge
        taking|take|took|minum|nelen|beli ..3 LAXATIVE
        LAXATIVE ..6 malam|mlm|night|tiap|every|most|whole|all|EAT|lemas|lemes|kurus
        LAXATIVE ..1 tiap|every
    """,
    ),
    Rule(
        "goes-without-food",
        _EAT,
        Level.RED,
        """
        NUMBER DAYS ..3 NEG|no|without|cuma|only|kosong ..2 EAT|WATER_ONLY|nelen|apa2|apapun
        NUMBER DAYS ..3 just|nothing|ora|teu|kagak|indak|ndak ..2 EAT|WATER_ONLY|nelen|apa2|apapun
        NEG|no|without|havent|haven't ..1 EAT ..4 NUMBER|since|dari|sejak ..1 DAYS|senin
        NEG|no|without|havent|haven't ..1 EAT ..4 NUMBER|since|dari|sejak ..1 monday|sunday|selasa
        hasnt|hasn't|nothing ..1 EAT ..4 NUMBER|since|dari|sejak ..1 DAYS|senin|monday|sunday|selasa
        ora|teu|ndak ..1 EAT ..4 NUMBER|since|dari|sejak ..1 DAYS|senin|monday|sunday|selasa
        NEG|no|without|havent|haven't ..1 EAT ..4 NUMBER|since|dari|sejak ..1 fri|rabu|tuesday
        NEG|no ..1 EAT ..4 NUMBER|since|dari|sejak ..1 friday|wednesday|thursday
        without|havent|haven't ..1 EAT ..4 NUMBER|since|dari|sejak ..1 friday|wednesday|thursday
        hasnt|hasn't|nothing|ora|teu|ndak ..1 EAT ..4 NUMBER|since|dari|sejak ..1 fri|rabu|tuesday
        hasnt|hasn't|nothing ..1 EAT ..4 NUMBER|since|dari|sejak ..1 friday|wednesday|thursday
        ora|teu|ndak ..1 EAT ..4 NUMBER|since|dari|sejak ..1 friday|wednesday|thursday
        NEG|no|ora|teu|kagak|indak|ndak ..1 EAT|nelen NUMBER|udah|ude DAYS|NUMBER
        cuma|only|just|mung|hanya ..1 WATER_ONLY ..4 NUMBER|DAYS|since|sejak|udah
        no food|fud|eating|chop NUMBER?
        no food|fud ..4 DAYS|since|cant|can't
        day|hari|dinten|hri ke|ka NUMBER ..6 EAT|puasa|kosong|fast|ringan
        fasting|fast|puasa ..4 NUMBER DAYS ..6 SLIMMER
        NUMBER DAYS fasted|fasting|kosong
        fainted|faint|pingsan|blacked ..8 EAT|SLIMMER|food|jeans|worth
        not|dont|don't|ga|gak|nggak|takut|scared ..2 EAT ..6 SLIMMER|deserve|pantas|kurus
        stopped|stop|quit|berhenti|brenti|stopping EAT
        starve|starving|starved ..2 myself|me|to|until|since
        dont|don't|ga|gak|not|didnt deserve|allowed|pantas|layak|earned ..2 EAT
    """,
    ),
    Rule(
        "hides-food",
        _EAT,
        Level.AMBER,
        """
        buang|kubuang|dibuang ..3 EAT ..8 kurus|SLIMMER|nobody|tissue|tisu
        ngumpetin|umpetin|sembunyiin|hide ..3 EAT ..8 kurus|SLIMMER|nobody|tissue|tisu
        buang|kubuang|dibuang ..3 EAT ..8 pocket|saku|ketauan|every|tiap
        ngumpetin|umpetin|sembunyiin|hide ..3 EAT ..8 pocket|saku|ketauan|every|tiap
        hiding|hid|throw|bin|binned|spit|feed|feeding ..3 EAT ..8 kurus|SLIMMER|nobody|tissue|tisu
        hiding|hid|throw|bin|binned|spit|feed|feeding ..3 EAT ..8 pocket|saku|ketauan|every|tiap
        spit|spitting|ngeluarin|chew|dilepeh|lepeh ..4 napkin|tissue|tisu|cup
        skip|skipping|skipped|skips|nyekip ..2 EAT|lunch|malem|malam ..4
        takut|afraid|scared|terrified ..2 EAT|gemuk|gendut|fat|kue|nasi|cake
        ngitung|count|counting|counted|hitung ..2 kalori|calories|calorie|cals|biji|bites
        timbang|nimbang|weigh|weighed|weighing ..5 tiap|every|times|kali|hari|morning|pagi|abis
        angkanya|number ..5 turun|naik|down|up ..6 EAT|boleh|allowed|worth|baru
        timbangan|scale|scales ..5 turun|naik|down|up ..6 EAT|boleh|allowed|worth|baru
        EAT ..4 diam2|secret|sembunyi|secretly
        look|feel|im|i'm|ngerasa|keliatan ..1 so? fat|disgusting|gendut|jijik ..6 EAT|cermin|mirror
        bones|tulang|ribs|rusuk|collarbone|selangka ..4 keliatan|show|showing
        bones|tulang|ribs|rusuk|collarbone|selangka ..4 visible|kelihatan|stick|count
        haid|period|periods ..2 berhenti|stopped|ilang|stop|gone ..8 EAT|SLIMMER
        ANA ..3 lagi|again|says|back|relapse|friend|kambuh
    """,
    ),
    Rule(
        "eating-danger-now",
        _EAT,
        Level.IMMINENT,
        """
        EAT|food ..8 NUMBER|minggu|week|days|hari ..8 cant|can't|gabisa|ga ..2 get|stand|berdiri
        EAT|food ..8 NUMBER|minggu|week|days|hari ..8 cant|can't|gabisa|ga ..2 bangun|up|walk
        pingsan|fainted|collapse|collapsed|jatuh|ambruk ..6 NUMBER DAYS ..4 EAT|kosong|makan
        NUMBER DAYS ..6 ga|gak|nggak|cant|can't ..1 kuat|bisa|berdiri|stand|walk|get
    """,
    ),
)

TABLES = Language(WORDS, {}, RULES, "")
