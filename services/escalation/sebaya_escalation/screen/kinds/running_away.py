"""Running away, being thrown out, being locked in or taken somewhere."""

from ..model import Construct, Level
from ..patterns import Language, Rule

WORDS = {
    "FLEE": """
        kabur minggat lari pergi ngabur kagak balik lalayas run running ran runnin runaway escape
        escaped leave leaving left flee fled off gone bolt
    """,
    "VEHICLE": """
        bus bis kereta sepur travel kapal ferry pesawat truk angkot terminal stasiun pelabuhan
        bandara
        train coach station uber lorry van boat airport port greyhound taxi
    """,
    "SLEPT": """
        tidur turu nginep sleep sleeping slept sleepin kip kipping crash crashing stay
        nights
    """,
    "ROUGH": """
        masjid musala mushola minimarket indomaret alfamart warnet halte jembatan emperan pos ronda
        stairwell park bench bench mall toilets church void deck mosque surau doorway
        shelter bus station subway underpass garage alley benches carpark
    """,
    "EJECT": """
        diusir ngusir usir diusirin ditendang dibuang dikeluarin kicked kick thrown threw throwing
        throws chucked evicted disowned padlock changed
    """,
    "SHUT_IN": """
        dikunci dikunciin dikurung dikurungin digembok dikonci dipaku disekap dipasung gembok
        ngunci ngurung locked lock locks lockd locked nailed padlocked bolted trapped shut
    """,
    "OPENING": """
        kamar kamarku rumah pintu jendela gerbang pager pagar luar dalam kost gudang room door
        window windows house home outside in inside out upstairs room's handle key
    """,
    "MET_ONLINE": "online game snap insta ig discord tiktok fb roblox kenalan internet mutual",
}

_RUN, _SHUT = Construct.RUNNING_AWAY, Construct.ABUSE

RULES = (
    Rule(
        "runs-from-home",
        _RUN,
        Level.RED,
        """
        SELF_ME ..1 udah|sudah|udh|baru kabur|minggat !ke|pas|dulu
        kabur|minggat malam|malem|besok|subuh|nanti
        running|runnin|run ..1 away ..2 tonight|2nite|2moro|dont|now
        run|ran|running|escape|escaped ..1 from ..2 boss|them|him|uncle|dad|stepdad
        not|never ..1 going|goin|gonna ..1 back|bak|home|rumah|ka ..3 there|again|ever
        NEG|wont|won't ..1 going|goin|gonna ..1 back|bak|home|rumah|ka ..3 there|again|ever
        not|never|NEG|wont|won't ..1 going|goin|gonna ..1 back|bak|home|rumah|ka ..3 lagi|hers|bumi
        not|never ..1 go|balik|coming|pulang ..1 back|bak|home|rumah|ka ..3 there|again|ever
        NEG|wont|won't ..1 go|balik|coming|pulang ..1 back|bak|home|rumah|ka ..3 there|again|ever
        not|never ..1 go|balik|coming|pulang ..1 back|bak|home|rumah|ka ..3 lagi|hers|bumi
        NEG|wont|won't ..1 go|balik|coming|pulang ..1 back|bak|home|rumah|ka ..3 lagi|hers|bumi
        NEG|kagak ..1 bisa|bs|berani|brani|mau|akan ..1 pulang|balik|plg -LIGHT
        cant|can't|cannot ..1 go home|back !now|to
        one|1 way ticket
        tiket|ticket ..3 cuma|only|satu|one|sekali ..3 pergi|arah|jalan|way
        SLEPT ..3 in|di|at|on|depan|neng ..2 ROUGH
        ROUGH ..4 SLEPT ..4
        aku|gue|saya|gw|i|i'm|im ..2 di|at|on|in terminal|stasiun ..6 ga|sendiri|alone|balik|tiket
        aku|gue|saya|gw|i|i'm|im ..2 di|at|on|in pelabuhan|station ..6 ga|sendiri|alone|balik|tiket
        aku|gue|saya|gw|i|i'm|im ..2 di|at|on|in terminal|stasiun ..6 not|back|night|duit|om
        aku|gue|saya|gw|i|i'm|im ..2 di|at|on|in pelabuhan|station ..6 not|back|night|duit|om
        duduk|sitting|sat ..2 di|depan|at|outside ..1 ROUGH -LIGHT
        VEHICLE ..6 SELF_ME ..2 NEG|won't|not ..2 BACK|balik|pulang|turun
        bag|tas|koper|backpack ..2 packed|udah|siap|hidden|hid|ready|isinya ..6 night|malam|run|go
        bag|tas|koper|backpack ..2 packed|udah|siap ..6 pergi|kabur|door|window|jendela
        bag|tas|koper|backpack ..2 hidden|hid|ready|isinya ..6 pergi|kabur|door|window|jendela
        jendela|window ..4 nunggu|wait|tonight|asleep|tidur|malam ..4 gelap|pergi|kabur|run|go
        dont|don't|jangan|jgn tell|tel|bilang|look|cari ..8 FLEE|bus|kabur|run|pergi
        note|surat ..6 fridge|kulkas|pillow|bantal ..4 shoes|pergi|kabur|bye|gone
    """,
    ),
    Rule(
        "goes-with-a-stranger",
        _RUN,
        Level.RED,
        """
        MET_ONLINE ..8 jemput|dijemput|pick|picking|picks|meet ..4
        MET_ONLINE ..8 meeting|ketemu|ketemuan|ikut|live|tinggal ..4
        picking|picks|pick me|us? up ..6 MET_ONLINE|never
        ikut|pindah|tinggal ..2 om|abang|pacar|dia|kenalan|orang ..6 kenal|game|online
        ikut|pindah|tinggal ..2 om|abang|pacar|dia|kenalan|orang ..6 MET_ONLINE|fb|jakarta|luar
        ga|gak|belum|blm|never ..1 ketemu|met|kenal ..6 jemput|picks|picking|uber
        ga|gak|belum|blm|never ..1 ketemu|met|kenal ..6 ikut|bus|pindah|live
        kerja ..6 ga usah ijazah
        paspor|paspornya|passport ..4 dia|him|drawer|pegang|diambil|took|taken|held|uncle
        sopir|sopirnya|driver ..3 ga|gak|not|tidak|won't|wont ..1 mau|berhenti|stop|stopping
        dinikahin|dikawinin|nikah|kawin|married|marry ..4 dipaksa|paksa|force|forced
        dipaksa|paksa|force|forced|forcing ..3 nikah|kawin|married|marry
    """,
    ),
    Rule(
        "is-thrown-out",
        _RUN,
        Level.RED,
        """
        ELDER ..3 EJECT ..2 AT_ME|out|dari|keluar
        ELDER ..2 EJECT AT_ME ..1 out|dari|keluar|rumah
        SELF_ME ..2 diusir|dibuang ..4
        diusir ..2 ayah|ibu|mama|papa|rumah|bapak
        got|been|getting kicked|kickd|thrown|chucked out ..2 by|cos|because|mum|mom
        got|been|getting kicked|kickd|thrown|chucked out ..2 dad|house|home|tonight|again
        locks ..1 changed
        kunci|kuncinya|gembok|gemboknya ..1 diganti
        nowhere|ga ada tempat|gatau ..2 to|tidur|mau go|sleep|kemana|ke
        my? stuff|things|clothes|baju|bajuku ..4 trash|bags|lawn|street|teras|pinggir|depan|luar
    """,
    ),
    Rule(
        "is-shut-in",
        _SHUT,
        Level.RED,
        """
        SELF_ME ..2 SHUT_IN ..3 ELDER|by|sama|kamar|gudang|room|basement
        ELDER|THEY|madam ..2 SHUT_IN ..1 AT_ME ..2
        OPENING ..2 SHUT_IN ..3 dari|from|shut|luar|outside|sama|they|so
        NEG|not|cant|can't|ga ..1 boleh|allowed ..1 keluar|out|outside|leave ..4 OPENING|weeks
        NEG|not|cant|can't|ga ..1 boleh|allowed ..1 keluar|out|outside|leave ..4 minggu|bulan
        NEG|not|cant|can't|ga ..1 bisa|let|get ..1 keluar|out|outside|leave ..4 OPENING|weeks
        NEG|not|cant|can't|ga ..1 bisa|let|get ..1 keluar|out|outside|leave ..4 minggu|bulan
        NEG|not|cant|can't|ga ..1 boleh|allowed ..1 keluar|out ..4 month|days|hari|since
        NEG|not|cant|can't|ga ..1 boleh|allowed ..1 outside|leave ..4 month|days|hari|since
        NEG|not|cant|can't|ga ..1 bisa|let|get ..1 keluar|out ..4 month|days|hari|since
        NEG|not|cant|can't|ga ..1 bisa|let|get ..1 outside|leave ..4 month|days|hari|since
        keep|keeps|kept ..2 AT_ME locked|inside|in
        diambil|diumpetin ..3 hp|hpku|phone|ktp|paspor|passport ..6 keluar|out|SHUT_IN|sekolah|leave
        dipegang|disita ..3 hp|hpku|phone|ktp|paspor|passport ..6 keluar|out|SHUT_IN|sekolah|leave
        took|taken|takes|holds ..3 hp|hpku|phone ..6 keluar|out|SHUT_IN|sekolah|leave
        took|taken|takes|holds ..3 ktp|paspor|passport ..6 keluar|out|SHUT_IN|sekolah|leave
        hp|hpku|phone ..4 diambil|dipatahin|disita|taken ..8 keluar|SHUT_IN|sekolah|out
    """,
    ),
)

TABLES = Language(WORDS, {}, RULES, "")
