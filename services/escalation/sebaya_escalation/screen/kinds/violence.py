"""The writer plans or threatens violence toward others."""

from ..inflect import verb
from ..model import Construct, Level
from ..patterns import Language, Rule

WORDS = {
    **verb(
        "ATTACK",
        "bunuh tusuk bacok habisi abisi tikam gorok hajar racun bakar cekik tabrak ledak siram "
        "hantam gebuk keroyok patah dorong bantai tembak tonjok",
        "kill stab shoot/shot murder slit/slit burn poison strangle choke smash bomb gut maim "
        "cripple torch break/broke/broken push crack",
        also="unalive nyiram mateni babalikin beating dibunuh",
        taken_out="shots pushes dorong breaks cracks bakar siram kepatah tembak hajar patah "
        "patahan "
        "racunnya crack broke cracking breaking",
    ),
    "TARGET": """
        him her them everyone everybody people dem hes all ppl bullies bully kids teacher teachers
        sir family dad stepdad mum mom sister brother ex someone somebody boy girl he she
        dia ia mereka semua semuanya guru gurunya pak bu orang anak mantan bapak ayah papa tiri
        ibu mama adik adek abang kakak senior kating satu sekelas sekolah dy doi lu lo kalian inyo
        manehna deweke dong kamorang
    """,
    "PAYBACK": """
        dendam balas bales balesin ngebales membalas pembalasan revenge payback avenge
    """,
    "REGRET": """
        nyesel menyesal ngerasain rasain merasakan tahu jera kapok minta
        regret pay sorry feel suffer learn bleed cry scream beg
    """,
}

PHRASES = {
    "I_WILL": """
        SELF_ME ..2 bakal|mau|akan|bkl|mo|arep|rek|ka|pengen|pingin|pgn|siap|harus|nak
        bakal|mau|pengen|pgn|tinggal|siap|arep|rek ..1 SELF_ME
        gonna|gona|going|want|wanna|imma|ima|i'll|ill|planning|plan|finna|ready|will|go to?
        pengen|pingin|pgn|bakal rasanya|banget|bgt?
        tinggal|kepikiran|rencana|rencananya|niat|plan|planned|bayangin|membayangkan
        thinking|think|thoughts|dream|fantasise|fantasize|imagine about|of
        SELF_ME will|go|don
    """,
}

RULES = (
    Rule(
        "plans-an-attack",
        Construct.VIOLENCE_THREAT,
        Level.RED,
        """
        <2!NEG|ELDER|THEY I_WILL ..2 ATTACK !me|us|aku|gue ..1 TARGET !with|feelings|at
        ATTACK_KU ..2 TARGET|dia|lehernya|mukanya
        <2!NEG I_WILL ..2 ATTACK ..2 mukanya|kepalanya|lehernya|perutnya|rumahnya|face|skull|neck
        <2!NEG I_WILL ..2 bikin|make|buat ..1 TARGET ..3 REGRET|mati|cacat|bleed|berdarah|pingsan
        make|making ..1 TARGET pay|regret|suffer|bleed|beg
        biar|so|supaya ..1 TARGET ..3 ngerasain|rasain|merasakan|suffer|bleed|mampus|mati|feel
        ATTACK ..2 TARGET ..3 pake|pakai|pk|with ..2 WEAPON|POISON|bare
        how|cara|gimana|gmn|berapa ..4 ATTACK ..1 a? TARGET|person|someone|human|manusia
        want|wish ..1 TARGET dead
        PAYBACK ..6 WEAPON|darah|blood|malam|malem|tonight|mati
        tunggu|liat|wait|watch aja|and|till|until|saja ..4 mati|dead|darah|blood
        tunggu|liat|wait|watch aja|and|till|until|saja ..4 balas|bales|pay|nyesel
        gue|aku|i'll|saya|imma ..2 habisin|abisin|bunuh ..1 dia|him|her|them|mereka
        gue|aku|i'll|saya|imma ..2 bacok|tusuk|kill|stab ..1 dia|him|her|them|mereka
        gue|aku|i'll|saya|imma ..2 habisin|abisin|bunuh ..1 lu|lo|kalian|semua|someone|you
        gue|aku|i'll|saya|imma ..2 bacok|tusuk|kill|stab ..1 lu|lo|kalian|semua|someone|you
        besok|tomorrow|monday|friday|senin ..2 dia|mereka|he|they|you'll|u ..3 mati|dead|nyesel
        besok|tomorrow|monday|friday|senin ..2 dia|mereka|he|they|you'll|u ..3 pay|bleed|ngerasain
        racun|racunin|poison|obat ..3 di|in|ke|to ..2 minumannya|makanannya|bekalnya|his
        racun|racunin|poison|obat ..3 di|in|ke|to ..2 her|their|botolnya|minuman|tea
        dorong|push ..1 dia|him|her|them ..3 dari|off|from|down|ke ..2 HIGH_PLACE|stairs|tangga
        pushed|pushing ..1 dia|him|her|them ..3 dari|off|from|down|ke ..2 HIGH_PLACE|stairs|tangga
        dorong|push ..1 dia|him|her|them ..3 dari|off|from|down|ke ..2 lantai|rel|jalan
        pushed|pushing ..1 dia|him|her|them ..3 dari|off|from|down|ke ..2 lantai|rel|jalan
        air keras
        tak|won't|ga|wont sampai|see|live|liat besok|tomorrow dia|he|him
        list|daftar ..3 nama|names|people|orang ..6 ATTACK|mati|target|pay|die|WEAPON
        kill|killing|killin list
    """,
    ),
    Rule(
        "weapon-for-others",
        Construct.VIOLENCE_THREAT,
        Level.RED,
        """
        SELF_ME ..3 bawa|bw|mbawa|mawa|bring|bringing ..3 WEAPON ..6 SCHOOL|TARGET|BAG
        SELF_ME ..3 bawa|bw|mbawa|mawa|bring|bringing ..3 WEAPON ..6 besok|biar|tomorrow
        SELF_ME ..3 brought|carry|carrying ..3 WEAPON ..6 SCHOOL|TARGET|BAG|besok|biar|tomorrow
        SELF_ME ..3 got|take|taking ..3 WEAPON ..6 SCHOOL|TARGET|BAG|besok|biar|tomorrow
        bawa|bw|bring|bringing|brought|take|taking ..3 WEAPON ..3 ke|to|di|in|into|for ..1 SCHOOL
        WEAPON ..5 BAG ..8 TARGET|WHEN|nunggu|wait|waiting|SCHOOL
        BAG ..4 WEAPON ..8 TARGET|WHEN
        ngasah|mengasah|asah|diasah|sharpened|sharpening|sharpen ..2 WEAPON
        WEAPON ..2 diasah|sharpened|loaded|siap|ready|tajem|tajam
        its|it's|gun loaded
        WEAPON ..2 di|in|dalam|dlm|under|ana BAG
        BAG ..2 isinya|ada|got|has WEAPON
        SELF_ME ..2 bawa|bw|got|have|brought|bring|carry|simpen|nyelipin ..1 a? WEAPON !for|buat
        WEAPON ..3 buat|for|untuk dia|mereka|him|them|her|semua|everyone
        WEAPON ..6 nunggu|tinggal|wait|waiting ..3 TARGET|lewat|keluar|pulang|comes
        beli|bought|buy|buying|order|ordered ..2 WEAPON|ammo|petrol|bensin ..8 TARGET|biar|for|buat
        petrol|bensin|kerosene|paraffin|molotov ..5 rumahnya|sekolah|school !naik
    """,
    ),
    Rule(
        "attack-on-school",
        Construct.VIOLENCE_THREAT,
        Level.RED,
        """
        shoot|shooting|blow|blowing|bomb|burn|burning up? ..1 the|this|my ..1 school|place|class|gym
        bakar|ngebom|bom|ledakin|ngeledakin|mbakar ..2 sekolah|kelas|asrama|ruang|kantor|rumahnya
        dont|don't|jangan come|masuk|dateng ..2 school|sekolah|kelas ..3 tomorrow|besok|monday|senin
    """,
    ),
    Rule(
        "attack-now",
        Construct.VIOLENCE_THREAT,
        Level.IMMINENT,
        """
        WEAPON ..5 RIGHT_NOW ..4 TARGET|rumahnya|kelasnya|house|door
        RIGHT_NOW ..4 depan ..1 rumahnya|kelasnya|rumah dia|rmhnya
        outside ..1 his|her|their house|door|class ..6
        WEAPON in|di my? hand|tangan|tanganku ..6 TARGET
        tonight|malam|malem ini? ..3 ATTACK !me|aku TARGET
        <2!NEG|ELDER|THEY I_WILL ..2 ATTACK !me|us TARGET ..3 WHEN
        lagi|lg|kita ..1 ngehajar|menghajar ..2 TARGET ..6 darah|darahnya|pingsan
        lagi|lg|kita ..1 mukulin|gebukin|ngeroyok ..2 TARGET ..6 darah|darahnya|pingsan
    """,
    ),
    Rule(
        "has-hurt-others",
        Construct.VIOLENCE_THREAT,
        Level.RED,
        """
        SELF_ME ..2 BEAT ..3 cewekku|pacarku|cewek|girlfriend|gf ..6 lagi|again|sampe
        SELF_ME ..2 BEAT ..3 cewekku|pacarku|cewek|girlfriend|gf ..6 sampai|until|nangis
        SELF_ME ..2 BEAT ..3 girl|adikku|adek ..6 lagi|again|sampe|sampai|until|nangis
        SELF_ME ..2 BEAT ..3 adik|brother|sister ..6 lagi|again|sampe|sampai|until|nangis
        I|gue|aku ..1 pushed|pushing|dorong ..2 him|her|dia ..6 not|ga|ngga|blood|darah|down
        I|gue|aku ..1 stabbed|nusuk|bacok ..2 him|her|dia ..6 not|ga|ngga|blood|darah|down
        take|takes|lose|lost|hilang|kehilangan ..2 control|kendali|kontrol ..6 hurt|hit|pukul|mukul
        SELF_ME ..2 nyiksa|menyiksa ..2 kucing|anjing|cat ..6 again|lagi|enak|tenang|calm|like
        SELF_ME ..2 torture|tortured ..2 kucing|anjing|cat ..6 again|lagi|enak|tenang|calm|like
        SELF_ME ..2 nyiksa|menyiksa ..2 dog|kitten|hamster ..6 again|lagi|enak|tenang|calm|like
        SELF_ME ..2 torture|tortured ..2 dog|kitten|hamster ..6 again|lagi|enak|tenang|calm|like
        SELF_ME ..2 drowned|strangled ..2 kucing|anjing|cat ..6 again|lagi|enak|tenang|calm|like
        SELF_ME ..2 drowned|strangled ..2 dog|kitten|hamster ..6 again|lagi|enak|tenang|calm|like
        SELF_ME ..2 mencekik|bunuh|killed ..2 kucing|anjing|cat ..6 again|lagi|enak|tenang|calm|like
        SELF_ME ..2 mencekik|bunuh|killed ..2 dog|kitten|hamster ..6 again|lagi|enak
        SELF_ME ..2 mencekik|bunuh|killed ..2 dog|kitten|hamster ..6 tenang|calm|like
    """,
    ),
)

TABLES = Language(WORDS, PHRASES, RULES, "")
