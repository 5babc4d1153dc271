"""Hurting oneself without the wish to die."""

from ..inflect import verb
from ..model import Construct, Level
from ..patterns import Language, Rule

WORDS = {
    **verb(
        "WOUND",
        "silet sayat iris gores tusuk cakar sundut garuk lukai cubit gosok potong gigit tonjok "
        "pukul jedot bentur sakit siram kerik korek jepit kelupas",
        "cut/cut slit/slit slice slash carve scratch burn bite/bit/bitten hit/hit punch hurt/hurt "
        "harm stab scrape bang poke dig/dug pinch score",
        also="nyilet nyilet2 siletin nyakitin nyayat ngegores ngiris cutting jedotin benturin "
        "jeduk2in digurat ngagurat taruih meureutan manyayek nyileti",
        taken_out="sakit sakitnya sakiti terpukul gosokan koreksi digs kesakitan kegigit",
    ),
    "STREAK": """
        sayatan siletan goresan irisan garis guratan bekas luka bekasnya lukanya sayatannya
        lines scars scar cuts marks slits burns rows barcode gashes
    """,
    "ON_ME": """
        lenganku tanganku pahaku betisku perutku pergelanganku kulitku badanku tubuhku pipiku
        mukaku kepalaku kakiku tangan lengan paha betis pergelangan perut arm arms wrist wrists
        thigh thighs leg legs stomach hip hips skin ankle ankles forearm calf belly tummy
    """,
    "DELIBERATE": "sengaja purpose purposely purposefully deliberately sendiri myself relief",
    "RELIEVES": """
        lega tenang plong enteng adem kosong calm calmer relief relieved quiet quieter numb
        release feel better kontrol control
    """,
    "URGE": "urge urges itch craving crave ngidam kangen nagih ketagihan kecanduan addicted pengen",
    "COVERED": """
        sleeves sleeve longsleeve bandaids plasters plaster bandage bandages bracelets
        concealer foundation hansaplast plester perban jaket manset gelang jaketan panjang hoodie
    """,
    "SH": "sh selfharm shing sewerslide barcode barcodes beans styro",
}

PHRASES = {
    "I_WOUND": """
        SELF_ME ..3 WOUND
        WOUND_KU
        tak|dak WOUND
        sendiri ..1 yang WOUND
    """,
}

_SH = Construct.SELF_HARM

RULES = (
    Rule(
        "wounds-own-body",
        _SH,
        Level.RED,
        """
        I_WOUND ..3 ON_ME ..6 EDGE|FIRE|BLOOD|DELIBERATE|RELIEVES|lagi|again
        EDGE|FIRE ~3 ON_ME !gak|ga
        WOUND_KU ..4 EDGE|ON_ME|BLOOD
        WOUND ..2 ON_ME ..3 sendiri|sengaja|lagi
        WOUND ..2 my own PART
        cut|cuts|cutting|slit|slice|carve|carved|scratch|burn|burned|bite|hit|punch ..1 my ON_ME
        carve|carved|carving ..4 ON_ME|skin|myself
        cut|cutting|cuts ..4 to feel|cope|calm|breathe
    """,
    ),
    Rule(
        "wounds-on-purpose",
        _SH,
        Level.RED,
        """
        DELIBERATE ..4 I_WOUND|EDGE|FIRE|BLOOD
        WOUND|touch|touched|press|pressed|held|hold ..6 on purpose
        I_WOUND ..6 sampe|sampai|until|till ..3 BLOOD|berdarah|lecet|luka|numb|stops|purple|bruise
        sampe|sampai|until|till ..2 berdarah|bleed|bleeds|bled|bleeding
        nonjok|tonjok|punch|punched|punching|hit|mukul|mukulin ..2 wall|tembok|dinding|walls ..8
        jedotin|benturin|jedukin|banging|banged|bash|bashed ..1 my? head|kepalaku
        cut|line|sayatan|silet ..1 every|each|per|setiap|tiap|satu
        ngukir|mengukir|kuukir|carved ..4 kulit|skin|lengan|paha|arm|thigh|leg
        numb|calm|relief|better|quiet when|after i? cut|bleed|hurt|burn
    """,
    ),
    Rule(
        "self-harm-again",
        _SH,
        Level.RED,
        """
        URGE ..2 to? cut|cutting|nyilet|nyayat|bleed|selfharm|relapse|hurt
        relapse|relapsed|relapsing|kambuh ..6 EDGE|ON_ME|cut|nyilet|clean|hari|days|again|lagi
        clean ..3 days|weeks|months|hari|minggu|bulan
        days|weeks|months clean
        nyilet|nyayat|silet|sayat|cutting|selfharm lagi|again|terus|tiap
        sh again|relapse|urges|thoughts|scars|tonight
        did|do|doing it again|lagi ..2 ON_ME
        ON_ME ..3 lagi|again|fresh|baru|perih|deui ..3 EDGE|semalem|malam|night|cut|luka|dari
        tiap|every|setiap|abis|after ..6 EDGE|silet|cutter|blade
        used to cut until|lagi
        hari|day nol|zero lagi|again
        balik|back ..2 nol|zero|relapse
        sengaja ..3 panas|luka|air|setrika|kompor|api|jatuh|jatoh
        cabut|nyabut|pull|pulling|pluck ..2 rambut|rambutku|hair|alis|lashes ..3 botak|sampe|sampai
        cabut|nyabut|pull|pulling|pluck ..2 rambut|rambutku ..3 until|one|patch|calm
        cabut|nyabut|pull|pulling|pluck ..2 hair|alis|lashes ..3 until|one|patch|calm
        snap|snapped|snapping ..2 band|elastic|karet|rubber ..3 wrist|tangan
        WOUND|EDGE|luka ..5 deserve|pantas|layak|hukuman|punish|punishment
        bring|brought|bawa|keep|kept|nyimpen|simpan|simpen|hide|hid ..2 EDGE ..4 BAG|case|bantal
        EDGE ..3 under|behind|inside|in|balik|dalam|dlm|bawah ..2 case|casing|bantal|pillow|kasur
    """,
    ),
    Rule(
        "marks-of-self-harm",
        _SH,
        Level.AMBER,
        """
        STREAK ..2 di|on|in|up|down|along|across ..1 my? ON_ME
        ON_ME ..3 penuh|full|banyak|covered ..2 STREAK
        hide|hiding|cover|covering|nutupin|nutup|tutupin|sembunyiin ..2 STREAK|ON_ME
        COVERED ..5 STREAK|sayatan|luka|bekas
        STREAK ..4 COVERED
        luka|lukanya|wounds|fresh ..3 ditutup|ketauan|see|show|hide|nutupin|bracelets|gelang
        lengan panjang|pendek ..4 takut|panas|malu|ketauan|bekas|luka|garis
        long|full sleeves ..4 heat|summer|june|may|hot|see|hide|cover|allergy
        SH again|dong|lagi|udah
        how|cara|gimana|gmn ..2 stop|berhenti ..1 cutting|nyilet|nyayat|bleeding|hurting
    """,
    ),
)

TABLES = Language(WORDS, PHRASES, RULES, "")
