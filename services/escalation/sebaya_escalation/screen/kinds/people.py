"""Persons and bodies that the rules of all kinds speak of, in both languages."""

from ..inflect import listed, mine, owned
from ..patterns import Language

_FAMILY = """
    ayah papa papah papi bapak bapa bokap babeh abah apak ibu mama mamah mami mamak emak nyokap
    enyak bunda umi amak ortu orangtua om paman pakde pakdhe paklik tante bibi bude budhe bulik
    uwak kakek nenek opa oma kakak abang sepupu
"""
_KEEPERS = """
    pelatih guru ustadz ustad ustaz pengasuh pembina majikan wali pendeta romo dosen tutor kepsek
    satpam pembimbing
"""
_BODY = """
    tangan lengan paha perut leher kepala muka wajah pipi punggung kaki betis rambut dada pinggang
    telinga kuping mata mulut bibir gigi hidung jari kuku pergelangan nadi urat kulit badan tubuh
    tulang rusuk bahu pundak pantat lutut telapak jidat dahi
"""
_GIVEN_TO = ["ku", "nya"]

WORDS = {
    # who has power over the writer, at home and outside
    "ELDER": " ".join(
        owned(_FAMILY + _KEEPERS)
        | listed(
            """
                tiri tirinya tiriku suami suamiku madam oga chacha bhaiya nana baba
                appa amma daddy mommy mummy mam nan granny ma pa mom mum mother dad
                father parents parent stepdad stepmom stepmum stepfather stepmother
                stepbrother stepdads moms mums dads mom's mum's dad's stepdad's
                uncle's uncle aunt aunty auntie cousin grandpa grandma grandad
                grandfather grandmother nanny sitter babysitter guardian carer
                foster warden matron headmaster principal pastor priest imam coach
                sir tutor landlord boss manager brother bro husband teacher
                teacher's coach's bf gf boyfriend girlfriend ex pacar pacarku
                cowokku cowo cowok cewekku mantan mantanku
"""
        )
    ),
    # who has a pupil in their care, and is no family
    "KEEPER": " ".join(
        owned(_KEEPERS)
        | listed("teacher teacher's coach coach's tutor headmaster principal pastor priest imam")
    ),
    "THEY": """
        he she they him his hes shes he's she's theyre they're someone somebody guys dem them boys
        guy man men boy girls bullies seniors senior
        dia ia doi mereka dong org orang seseorang kakel kating geng preman cowok cowo bang
        anak anak2 temen temenku teman sekelas die deknen inyo manehna aranjeunna
    """,
    "AT_ME": " ".join(
        mine(_BODY)
        | listed(
            """
                me us aku ak aq akuh gue gw gua gwe saya sy kami kita abdi aye awak
                sa kitorang ane kuring kulo ambo
"""
        )
    ),
    "SELF_ME": """
        i im i'm ive i've aku ak aq akuh gue gw gua gwe saya sy kami kita abdi aye awak sa ane
        kuring kulo ambo kitorang ayem
    """,
    "PART": " ".join(
        owned(_BODY, _GIVEN_TO)
        | listed(
            """
                arm arms wrist wrists thigh thighs leg legs stomach belly tummy hip
                hips skin neck throat head face cheek shoulder shoulders ribs rib
                hand hands finger fingers knuckles knuckle ear ears nose lip lips
                jaw chest ankle ankles calf forearm forearms body
"""
        )
    ),
    "BE": "was were been being got get gets getting is am kena",
    "YOUNGER": " ".join(
        owned("adik adek ade dede keponakan anak bayi")
        | listed(
            """
                brother sister sis baby bro siblings toddler kid kids child
"""
        )
    ),
}

# Whom pupils name: by a title and a name ("Bu Ratna"), or as the one who has an office.
PHRASES = {
    "STAFF": """
        pak|bu|buk|bapak|mr|mrs|ms|miss|mister !THEY|SELF_ME|YOUNGER|tolong|maaf|boleh|kalau|gimana
        KEEPER
        konselor|counsellor|counselor|counsellor's|counselor's
        kepala sekolah
        head teacher
    """,
    "SENIOR": """
        kak|kakak|bang|mas|mbak !THEY|SELF_ME|YOUNGER|tolong|maaf|boleh|kalau|gimana
        senior|seniors|kakel
    """,
}

TABLES = Language(WORDS, PHRASES, (), "")
