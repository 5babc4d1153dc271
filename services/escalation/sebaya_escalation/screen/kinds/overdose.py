"""An overdose or an injury that is happening or has happened."""

from ..inflect import verb
from ..model import Construct, Level
from ..patterns import Language, Rule

WORDS = {
    **verb(
        "SWALLOW",
        "telan minum tenggak",
        "swallow take/took/taken down gulp drink/drank/drunk pop neck chug ingest",
        also="nelen telen nelenin nenggak ngombe ngunjuk minumin nginum inum makan ate tooken "
        "finished had telan nelan menelen nyesep ngisep isep ngelem",
        taken_out="in minumku necks necked necking neckin downs popin",
    ),
    **verb("STAB", "tusuk bacok tikam sabet tebas", "stab slash"),
    **verb("BURN", "bakar siram sundut sulut setrika", "burn scald scorch"),
    "FELL": "jatoh jatuh kejatuhan keserempet ketabrak tertabrak kecelakaan nabrak kelindes fell",
    "NO_BREATH": """
        sesek sesak engap kejang kejang2 pingsan gemeter menggigil gemetar lemes lemas kunang2
        ngantuk mual muntah muntah2 mencret berbusa busa umpluk kesemutan bengkak biru kebiruan
        dizzy shaking shivering seizing seizure fitting convulsing vomiting puking sick sleepy
        drowsy blurry blurred floaty woozy numb twitching foaming ringing spinning cold faint
        fainted blue gasping wheezing tingling slurring slurry hallucinating
    """,
    "BLOOD": "darah darahnya darahku getih blood bleeding bleed bled emoblood ngerembes ngucur",
    "STOPS": "berhenti brenti berenti mandeg brhnti stop stops stopping stopped",
    "WAKE": "bangun bangun2 nyaut nyahut respon gerak wake waking awake respond responding",
    "GULPED_ALL": "sekaligus overdosis od overdosed overdose overdosing kebanyakan dobel",
}

PHRASES = {
    "TOOK": """
        SELF_ME ..2 SWALLOW
        already|udah|udh|sudah|abis|habis|barusan|baru|just|ive|tadi ..2 SWALLOW
        SWALLOW_KU
    """,
    "TOO_MUCH": """
        MANY ..2 DRUG
        DRUG ..2 MANY
        COUNT ..2 DRUG
        DRUG ..2 COUNT
        COUNT of them|those|these|my|mums|moms
    """,
}

_OD, _NOW = Construct.SUICIDAL_BEHAVIOUR, Construct.DANGER_NOW

RULES = (
    Rule(
        "took-too-much",
        _NOW,
        Level.IMMINENT,
        """
        TOOK ..3 TOO_MUCH !off
        TOOK ..2 POISON
        TOOK ..4 DRUG ..3 GULPED_ALL
        SWALLOW ..3 TOO_MUCH ..8 NO_BREATH
        GULPED_ALL ..3 DRUG
        TOOK ..3 semua|smua|semuanya|sekaligus ..4 obat|pil|isi|isinya|bottle
        TOOK ..3 semua|smua|semuanya|sekaligus ..4 jar|box|refill|pack|sebotol
        TOOK ..3 everything|lot|loads|lots|whole ..4 obat|pil|isi|isinya|bottle
        TOOK ..3 everything|lot|loads|lots|whole ..4 jar|box|refill|pack|sebotol
        abis|udah|udh|sudah|already|just nelen|minum|swallowed ..3 semua|smua|sebotol|sekotak
        abis|udah|udh|sudah|already|just took|ketelen|menelan ..3 semua|smua|sebotol|sekotak
        abis|udah|udh|sudah|already|just nelen|minum|swallowed ..3 satu|banyak|everything|whole
        abis|udah|udh|sudah|already|just took|ketelen|menelan ..3 satu|banyak|everything|whole
        took|taken|had|popped too|2 many|much|MANY !photos|pictures|screenshots
        took ..2 loads|lots|handful
        drank|drinks|drink|minum|nenggak ..3 POISON|spirtus|zonrox|cairan|bensin|under
        DRUG ..2 GULPED_ALL
        SELF_ME ..1 overdosis|od|overdosed ..3 DRUG|tadi|semalem|lagi|again
    """,
    ),
    Rule(
        "took-and-hidden",
        _NOW,
        Level.IMMINENT,
        """
        TOOK ..4 DRUG ..8 dont|don't|jangan|jgn|no ..1 tell|bilang|ring|call|kasih
        TOOK ..4 DRUG ..6 NO_BREATH
        TOOK ..4 DRUG ..8 last|terakhir|selesai|tenang|sorry|maaf|bye|over|selamanya
        took|taken|swallowed|ate|nelen|telan|minum them|it? all !at
        took|swallowed|drank|ate ..2 mums|moms|mum's|mom's|dads|dad's|nans|grandmas|gran's ..2 DRUG
        minum|nelen|telan|makan|SWALLOW_KU ..1 DRUG ..1 ibu|mama|nenek|bapak|ayah|kakek|oma|opa
    """,
    ),
    Rule(
        "bleeds-on",
        _NOW,
        Level.IMMINENT,
        """
        BLOOD ..3 NEG|ora|teu|indak|won't|wont|cant|can't|not|doesnt|doesn't|gabisa ..2 STOPS
        NEG|won't|wont|cant|can't|doesnt|doesn't ..1 STOPS ..2 BLOOD
        cut|iris|sayat|motong|slit|sliced|kepotong ..2 too|terlalu|kedaleman|kedalaman ..1 deep
        kedaleman|kedalaman ..2 kali|nih|darah|lagi|dikit
        BLOOD ..2 everywhere|banyak|bnyk|mana2|sprei|lantai|floor|towel|towels|handuk|terus|deres
        loads|lot|lots of blood
        losing ..2 blood
    """,
    ),
    Rule(
        "does-not-wake",
        _NOW,
        Level.IMMINENT,
        """
        THEY|OTHER|ELDER|YOUNGER ..4 NEG|won't|wont|not|isnt|isn't|cant|doesnt ..1 WAKE -LIGHT
        NEG|won't|wont|not ..1 breathing|napas|nafas|bernapas|bernafas -LIGHT
        CANT|hard ..1 to? breathe|napas|nafas !at|in|through -LIGHT
        bibirnya|lips|mulutnya ..3 biru|kebiruan|blue|busa|berbusa|foam -LIGHT
        mouth ..1 foaming|foam -LIGHT
        foam|busa ..4 mouth|mulut|from|coming -LIGHT
        heart|jantung|jantungku ..4 boom|skipping|skipin|racing ..6 DRUG|took|pil|minum -LIGHT
        heart|jantung|jantungku ..4 boom|skipping ..6 please|tolong|help|caffeine -LIGHT
        heart|jantung|jantungku ..4 skipin|racing ..6 please|tolong|help|caffeine -LIGHT
        heart|jantung|jantungku ..4 lari|kenceng|drum|stop ..6 DRUG|took|pil|minum -LIGHT
        heart|jantung|jantungku ..4 lari|kenceng|drum|stop ..6 please|tolong|help|caffeine -LIGHT
        DRUG|took|pil ..8 heart|jantung|jantungku ..4 boom|skipping|skipin -LIGHT
        DRUG|took|pil ..8 heart|jantung|jantungku ..4 racing|lari|drum|stop -LIGHT
        eyes ..2 rolled|rolling back? -LIGHT
        matanya ..2 putih|keatas|naik|kosong ..6 ga|nyaut|nafas|napas|gerak -LIGHT
        THEY|FRIEND|YOUNGER ..3 collapsed|ambruk|dropd ..6 ga|not|won't|wont|cant|breathing -LIGHT
        THEY|FRIEND|YOUNGER ..3 limp|unconscious|pingsan|kaku ..6 ga|not|won't -LIGHT
        THEY|FRIEND|YOUNGER ..3 limp|unconscious|pingsan|kaku ..6 wont|cant|breathing -LIGHT
        THEY|FRIEND|YOUNGER ..3 collapsed|ambruk|dropd ..6 bangun|bangun2|napas -LIGHT
        THEY|FRIEND|YOUNGER ..3 collapsed|ambruk|dropd ..6 movin|moving|biru -LIGHT
        THEY|FRIEND|YOUNGER ..3 limp|unconscious|pingsan|kaku ..6 bangun|bangun2|napas -LIGHT
        THEY|FRIEND|YOUNGER ..3 limp|unconscious|pingsan|kaku ..6 movin|moving|biru -LIGHT
        cant|can't|gabisa|ga bisa ..1 feel|move|gerak|keep|buka ..2 my|eyes|mata ..6 -LIGHT
        cant|can't|gabisa|ga bisa ..1 feel|move|gerak|keep|buka ..2 kaki|badan|legs ..6 -LIGHT
        THEY|YOUNGER|ELDER|OTHER ..2 kejang|kejang2|seizing|fitting|convulsing|overdosed -LIGHT
    """,
    ),
    Rule(
        "is-stabbed",
        _NOW,
        Level.IMMINENT,
        """
        SELF_ME ..3 STAB_DI|STAB_TER
        THEY|ELDER STAB AT_ME
        PART ..2 STAB_DI|STAB_TER
        SELF_ME ..3 BURN_TER|BURN_DI !matahari|kopi|kuah
        BURN_DI ..2 ELDER
        THEY|YOUNGER|OTHER ..3 STAB_DI|STAB_TER
        kena bacok|tusuk|tikam|tembak|panah|clurit|celurit
    """,
    ),
    Rule(
        "was-in-a-crash",
        _NOW,
        Level.RED,
        """
        hit ..2 my head ..8 NO_BREATH
        kepala|kepalaku ..2 kebentur|kejedot|bocor|retak|benjol|kena|dibanting ..8 NO_BREATH
        FELL ..4 from|dari ..2 HIGH_PLACE|lantai|tangga|motor ..8 NO_BREATH|BLOOD
    """,
    ),
    Rule(
        "drugged",
        _NOW,
        Level.RED,
        """
        spiked my|her|his drink
        my|her|his drink ..2 spiked
        something|sesuatu|apa in|di my|her|his drink|minuman|minumanku|gelas
        dikasih|kasih|dicekokin|dicekoki|minum ..2 pil|obat ..4 gatau|aneh|konser|orang
        ngelem|nyabu|sabu|nyimeng|inhaling|huffing|sniffing ..6 NO_BREATH|tiap|every|lagi|stop
        brownie|brownies|gummies|gummy|edible|edibles ..8 NO_BREATH|heart|breathe|jantung|wake
    """,
    ),
)

TABLES = Language(WORDS, PHRASES, RULES, "")
