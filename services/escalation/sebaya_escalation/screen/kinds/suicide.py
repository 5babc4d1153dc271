"""Suicide without the words of it: absence with a date, last things, places, decided acts."""

from ..inflect import verb
from ..model import Construct, Level
from ..patterns import Language, Rule

WORDS = {
    **verb(
        "LEAP",
        "loncat lompat terjun cebur ceplung",
        "jump leap",
        also="nyebur nyemplung melompat lompt jumpin meloncat aclog luncat",
        taken_out="kelompatan terlompat keloncatan",
    ),
    "BURIAL": """
        nisan nisanku makamku kuburanku kuburku pemakaman pemakamanku kafan melayat tahlilan tahlil
        yasinan jenazahku mayatku kuburan funeral burial coffin grave tombstone
        obituary eulogy urn cremated wake gravestone casket
    """,
    "NOOSE": """
        tali talinya tambang seling simpul kain dupatta saree selendang rope ropes noose cord sheet
        scarf knot ligature lasso
    """,
    "HANG_PLACE": """
        kipas plafon balok pohon dahan kusen langit2 leherku leher guluku beam fan rafter tree neck
        ceiling chair stool bannister kursi pijakan pijakannya
    """,
    "LAST_WORDS": """
        surat suratnya wasiat amplop catatan pesan letter letters note notes will goodbyes goodbye
        bye byes dadah pamit farewell password passwords passwordku pin pinku sandi
    """,
    "FOR_KIN": """
        ibu mama mak amak bapak ayah papa adik adek kakak abang nenek bunda emak ibuk mum mom dad
        mama mamma papa amma nan grandma sister brother mummy mam everyone semua semuanya keluarga
        parents them kalian
    """,
    "BYE": "bye byee dadah babay pamit goodbye farewell byebye selamat sorry maaf maafin maafkan",
    "DO_IT": "lakuin kulakuin ngelakuin kulakukan melakukannya nglakoni lakukan ngelakuinnya",
    "FINISH": """
        selesai kelar beres tamat berakhir kuakhiri akhiri akhirin rampung salasai end ends ended
        ending endin finish finishing finished over done
    """,
    "BACK": "balik pulang kembali mbalik uih plg mulang back return home muncul",
    "FOREVER": """
        selamanya selama2nya salamonyo selawase forever permanently eternity
    """,
    "PAINLESS": "sakit sakitnya sakitan painless hurt hurts pain kerasa berasa painful",
    "DATE": """
        tanggal tgl senin selasa rabu kamis jumat sabtu minggu lusa besok bulan hari sunday monday
        tuesday wednesday thursday friday saturday birthday january february march april may june
        july august september october november december week month th 1st 14th
        january juni juli agustus november desember januari februari maret
    """,
    "DECIDED": """
        mutusin memutuskan putusin diputusin kuputuskan kupilih milih nentuin decided choose chosen
        chose picked pick booked
    """,
}

PHRASES = {
    "ABSENT": """
        ga|gak|nggak|ngga|gk|enggak akan|bakal|bkl? ada ..1 lagi|lg|di|disini|sini|aku|gue|saya
        tidak|ndak|teu|ra|tak|g akan|bakal|bkl? ada ..1 lagi|lg|di|disini|sini|aku|gue|saya
        udah|sudah|udh|dah|wis|tos|alah ga|gak|nggak|tidak|ora|teu|indak|gk ada|ado|aya|ono
        ga|gak|tidak ada aku|saya|gue|gw
        no more me
        won't|wont|not|never be ..1 here|alive|around|there|in|back
        not here|alive
        wont|won't b here|alive
    """,
    "MY_END": """
        idupku|hidupku|umurku|nyawaku|hidup|lifes|life's|life ..2 FINISH|abis|habis|sampai|sampe
        i'll|ill|i be? dead|gone
        i am not more
    """,
    "UNBORN": """
        wish|wished|wishing i wasn't|wasnt|weren't|didnt ..2 here|exist|disappear|born
        wish|wished|wishing i wasn't|wasnt|weren't|didnt ..2 wake|alive|around|vanish
        wish|wished|wishing i didn't|hadn't|hadnt|could ..2 here|exist|disappear|born
        wish|wished|wishing i didn't|hadn't|hadnt|could ..2 wake|alive|around|vanish
        stop|stopped|quit|ceased existing|living
        NEG|ga|gak|nggak pengen|mau|ingin|hayang|pgn ..1 ada|hidup|idup|hirup|exist !yang|di
    """,
}

_SI, _WISH = Construct.SUICIDAL_THOUGHTS, Construct.WISH_TO_BE_DEAD
_PLAN, _BYE = Construct.PLAN_OR_MEANS, Construct.FAREWELL

RULES = (
    Rule(
        "absent-by-a-day",
        _WISH,
        Level.RED,
        """
        DATE ..6 SELF_ME ..2 ABSENT
        SELF_ME ..1 ABSENT ..4 DATE|saat|ketika|pas|waktu|dunia|when|by|after
        ABSENT ..2 SELF_ME ..4 DATE|setelah|lagi|habis
        DATE ..3 ABSENT ..1 SELF_ME
        SELF_ME ..2 ABSENT
        i'll|ill|im|i'm|i ..1 be? dead|gone|gon when|by|after|soon|before|sunday|monday|friday|n
        when|once|after|till|until im|i'm|i|iam ..1 dead|gone|gon|die|buried
        kalau|kalo|klo|pas aku|gue|saya|ak|gw mati|meninggal|pergi|wafat|tiada !lampu
        setelah|sebelum|abis|biar aku|gue|saya|ak|gw mati|meninggal|pergi|wafat|tiada !lampu
        cant|can't|wont|won't|nobody|not ..4 once|when|after i'm|im|i dead|gone
        MY_END ..5 DATE|TONIGHT
        mati besok|senin|selasa|rabu|kamis|jumat|sabtu|minggu|malam|bareng|bersama
        dead|die|dying|ending|end ..2 on|by ..1 DATE|my
        next life|birth
        DATE ..3 aku|gue|saya|i'll|i mati|dead|tamat|selesai !tugas|kelas
        hidup ..4 sampai|sampe|till|until ..2 DATE
        ga|gak|nggak ..2 butuh|perlu|need ..4 lagi|anymore|after|where ..3 pergi|going|go
        tidak|not|won't|wont ..2 butuh|perlu|need ..4 lagi|anymore|after|where ..3 pergi|going|go
        """,
    ),
    Rule(
        "leaves-for-ever",
        _WISH,
        Level.RED,
        """
        pergi|pulang|leaving|gone ..1 FOREVER
        not|never|ga|gak ..1 akan|bakal|coming|going|come? ..1 BACK ..2 FOREVER|deui|ever
        tidak|tak|moal|ga ..1 akan|bakal|coming|going|come? ..1 BACK ..2 FOREVER|deui|ever
        im|i'm|i|we ..1 not coming back
        log|logging|logged|off dari? hidup|irl|life|forever|permanently
        off dari hidup
        out for good
        logging|signing off for real|good|ever
        won't|wont ..3 see|reach|make|live|get ..3 to|till|until|past ..2 DATE|tomorrow|17
        not|dont|don't ..3 see|reach|make|live|get ..3 to|till|until|past ..2 DATE|tomorrow|17
        won't|wont ..3 see|reach|make|live|get ..3 to|till|until|past ..2 18|morning|next
        not|dont|don't ..3 see|reach|make|live|get ..3 to|till|until|past ..2 18|morning|next
        NEG|ga ..2 sampe|sampai|nyampe ..2 DATE|17|18|tahun|lebaran|lulus|besok
    """,
    ),
    Rule(
        "own-burial",
        _BYE,
        Level.RED,
        """
        my|own ..1 BURIAL
        nisanku|makamku|kuburanku|kuburku|pemakamanku|jenazahku|mayatku|kafanku
        BURIAL ..1 aku|gue|saya|gw
        SELF_ME ..3 nisan|kafan|dikubur|dimandikan|dikuburin
        kain putih|kafan
        mandi besar
        foto|photo|picture ..5 nisan|funeral|dibingkai|pemakaman|tahlilan
        come|came|wear|playlist|songs ..4 my funeral|burial
        SELF_ME ..2 milih|pilih|siapin ..2 foto ..4 nisan|tahlilan|melayat
        """,
    ),
    Rule(
        "last-things-left",
        _BYE,
        Level.RED,
        """
        LAST_WORDS ..4 FOR_KIN ..6 under|bawah|meja|drawer|laci|table|bag|piano|after|setelah|nanti
        LAST_WORDS ..2 udah|sudah|is|are|are|dah ..1 di|under|on|in|ditulis|written|siap
        wrote|written|nulis ..4 letters|letter|note|notes|surat ..6 everyone|each|FOR_KIN
        tulis|write|writing ..4 letters|letter|note|notes|surat ..6 everyone|each|FOR_KIN
        wrote|written|nulis ..4 letters|letter|note|notes|surat ..6 goodbye|when|after
        tulis|write|writing ..4 letters|letter|note|notes|surat ..6 goodbye|when|after
        passwords|passwordku|password ..5 setelah|after|tmrw
        bye|goodbye|dadah|pamit ..1 mati|dunia|world|life|selamanya|forever -LIGHT
        last|terakhir ..1 thing|things|message|text|match|day ..5 SELF_ME|bye|life
        last|terakhir ..1 thing|things|message|text|match|day ..5 hidup|dunia|world|ever
        last|terakhir ..1 chapter|hari|pesan|makan|lagu|time ..5 SELF_ME|bye|life
        last|terakhir ..1 chapter|hari|pesan|makan|lagu|time ..5 hidup|dunia|world|ever
        giving|gave|kasih|kukasih|bagi ..4 away|semua|barang ..6 sebelum|before|ABSENT
        giving|gave|kasih|kukasih|bagi ..4 away|semua|barang ..6 nanti|won't|terakhir
        giving|gave|kasih|kukasih|bagi ..4 barangku|things|stuff|koleksi ..6 sebelum|before|ABSENT
        giving|gave|kasih|kukasih|bagi ..4 barangku|things|stuff|koleksi ..6 nanti|won't|terakhir
        bagiin|kubagi|kubagi2|bagi2|divided|given ..4 away|semua|barang ..6 sebelum|before|ABSENT
        bagiin|kubagi|kubagi2|bagi2|divided|given ..4 away|semua|barang ..6 nanti|won't|terakhir
        bagiin|kubagi|kubagi2 ..4 barangku|things|stuff|koleksi ..6 sebelum|before|ABSENT
        bagi2|divided|given ..4 barangku|things|stuff|koleksi ..6 sebelum|before|ABSENT
        bagiin|kubagi|kubagi2 ..4 barangku|things|stuff|koleksi ..6 nanti|won't|terakhir
        bagi2|divided|given ..4 barangku|things|stuff|koleksi ..6 nanti|won't|terakhir
        look|take|jaga ..2 after|care|adik ..8 gone|ga ada|pergi|dead|bye|goodbye|gon
        rawat|jagain|titip ..2 after|care|adik ..8 gone|ga ada|pergi|dead|bye|goodbye|gon
        look|take|jaga ..2 adek|ibu|mama|kucingku ..8 gone|ga ada|pergi|dead|bye|goodbye|gon
        rawat|jagain|titip ..2 adek|ibu|mama|kucingku ..8 gone|ga ada|pergi|dead|bye|goodbye|gon
        dont|don't|jangan usah|bother|perlu? look|looking|cari ..1 for? me|aku|saya|gue|lagi
        jgn|ga|gausah|dak usah|bother|perlu? look|looking|cari ..1 for? me|aku|saya|gue|lagi
        dont|don't|jangan usah|bother|perlu? dicari|nyari|search ..1 for? me|aku|saya|gue|lagi
        jgn|ga|gausah|dak usah|bother|perlu? dicari|nyari|search ..1 for? me|aku|saya|gue|lagi
        jangan|jgn|dak|ga usah? dicari|cariin
        tell|bilang|bilangin|salam|sampein|sampaikan ..2 FOR_KIN ..5 sorry|maaf|love|sayang
        tell|bilang|bilangin|salam|sampein|sampaikan ..2 FOR_KIN ..5 fault|salah|loved|tried
        not|bukan ..1 her|salah|anyone's|anybodys|your|yours ..1 fault|kalian|siapa2
        DO_IT ..2 sekarang|malam|malem|besok|nanti
        """,
    ),
    Rule(
        "at-the-edge",
        Construct.DANGER_NOW,
        Level.IMMINENT,
        """
        SELF_ME ..3 di|at|on|up|on|neng|dina|tepi|kat ..3 HIGH_PLACE ..3 !foto|sama|main -LIGHT
        SELF_ME ..3 di|neng|dina pinggir|tepi|sisi|ujung|samping ..2 HIGH_PLACE|WATER|jalan -LIGHT
        udah|sudah|udh|dah|lagi|lg|already|here ..2 di|at|on ..2 HIGH_PLACE -LIGHT
        standing|sitting|stood ..4 HIGH_PLACE|edge ..4 SELF_ME|skrg|sekarang|now|alone -LIGHT
        sat|berdiri|duduk|jongkok ..4 HIGH_PLACE|edge ..4 SELF_ME|skrg|sekarang|now|alone -LIGHT
        naik|climbed|climbing ..4 atap|roof|HIGH_PLACE ..4 sendiri|alone|now|skrg|malam -LIGHT
        climb|menek|naiak|jumped ..4 atap|roof|HIGH_PLACE ..4 sendiri|alone|now|skrg|malam -LIGHT
        walking|walk|jalan|walked ..1 into|ke|towards|to|tengah ..1 the? sea|laut|lake|river -LIGHT
        walking|walk|jalan|walked ..1 into|ke|towards|to|tengah ..1 the? water|tracks -LIGHT
        walking|walk|jalan|walked ..1 into|ke|towards|to|tengah ..1 the? traffic|tengah -LIGHT
        SELF_ME ..1 LEAP ..3 TONIGHT|HIGH_PLACE|aja|from|dari|off -LIGHT
        tinggal|abis|gonna ..2 LEAP !ke|for|up|kelas|tali -LIGHT
        sepatu ..4 lepas|lepasin|kulepas ..8 LEAP|pantai|jembatan|loncat|laut -LIGHT
        shoes off ..5 -LIGHT
        cant|can't|ga bisa? swim|renang ..4 -LIGHT
        """,
    ),
    Rule(
        "noose-ready",
        _PLAN,
        Level.IMMINENT,
        """
        NOOSE ..4 HANG_PLACE ..6
        HANG_PLACE ..4 NOOSE
        rope|ropes|tali|talinya ..2 udah|sudah|is|already|siap|ready -LIGHT
        tambang|dupatta|simpul|cord ..2 udah|sudah|is|already|siap|ready -LIGHT
        rope|ropes|tali|talinya ..2 around|tied|kuikat|kuat|holds|putus -LIGHT
        tambang|dupatta|simpul|cord ..2 around|tied|kuikat|kuat|holds|putus -LIGHT
        noose
        hung|hang|gantung ..2 a NOOSE
        gas|kompor|selang ..4 on|buka|kubuka|kulepas|nyala|open ..6 sleepy|ngantuk|window
        charcoal|arang|knalpot ..4 on|buka|kubuka|kulepas|nyala|open ..6 sleepy|ngantuk|window
        gas|kompor|selang ..4 on|buka|kubuka|kulepas|nyala|open ..6 jendela|bye|pintu|sitting
        charcoal|arang|knalpot ..4 on|buka|kubuka|kulepas|nyala|open ..6 jendela|bye|pintu|sitting
        bath|water ..3 red|running|runnin|merah ..4 bye|sorry|already
        DRUG|POISON ..2 udah|sudah|udh|already|are|is|wis ..3 siap|gelas|ready|tangan|jejer
        DRUG|POISON ..2 udah|sudah|udh|already|are|is|wis ..3 hand|table|laid|lined|depan
        """,
    ),
    Rule(
        "means-kept",
        _PLAN,
        Level.RED,
        """
        kusimpan|nyimpen|simpan|simpen|ngumpulin|nabung|kumpulin|saving ..3 DRUG|NOOSE|POISON
        saved|collecting|hiding|stash|stashed|hoarding|hides|collects ..3 DRUG|NOOSE|POISON
        DRUG|POISON ..4 kusimpan|disimpen|kukumpulin|saved|stashed|hidden ..4
        SELF_ME ..4 bought|beli|ordered|pesen ..3 NOOSE|POISON
        NEG|ga|no|without ngerem|braking|rem
        udah|sudah|i've|ive|have|i DECIDED ..5 mati|die|end|pergi|cara|how|DATE|leave
        the day|date is|udah ..2 set|picked|decided|fixed
        given|ngasih|give ..2 myself|SELF|waktu ..1 till|until|sampai|sampe
        mati|dying|death|die ..5 PAINLESS ..3
        does it hurt to die|drown|hang
        cara|caranya|ways|way ..1 to? mati|die -TOPIC
        """,
    ),
    Rule(
        "decided-for-now",
        _SI,
        Level.IMMINENT,
        """
        doing|doin it now|tonight|2nite
        gonna|going|will|ima to? do it ..1 now|tonight|when|while|tomorrow|before
        lakuin|kulakuin|DO_IT ..1 sekarang|malam|skrg|malem
        sekarang|skrg|malam|malem ini? I? DO_IT
        malam|malem|mlm|tonight|2nite ini? ..2 kelar|tamat|berakhir|pamit !lampu|lampunya|pr|revisi
        malam|malem ini? ..2 mati|goodbye|ends|die|selesai !lampu|lampunya|pr|revisi
        mlm|tonight|2nite ini? ..2 mati|goodbye|ends|die|selesai !lampu|lampunya|pr|revisi
        i'm|im|i ..1 done with life|living|everything|this|all
        i'm|im|i ..1 taking|ending|endin my life|it ..2 TONIGHT
        bye|dadah|pamit|goodbye ..3 LEAP|HIGH_PLACE|NOOSE
        BYE FOR_KIN ..4 LEAP|HIGH_PLACE|mati|pergi|door|pintu|sleep|tidur|gone|tired
        pergi|go|going ..1 dulu|now ..3 jangan|dont|don't|sorry|maaf
        pamit mati|dulu|yo
        nyusul|menyusul|nusul|join ..2 with? ibu|ayah|mama|bapak ..4 malam|malem
        nyusul|menyusul|nusul|join ..2 with? ibu|ayah|mama|bapak ..4 tonight|skrg|sekarang
        nyusul|menyusul|nusul|join ..2 with? nenek|kakek|dia|surga ..4 malam|malem
        nyusul|menyusul|nusul|join ..2 with? nenek|kakek|dia|surga ..4 tonight|skrg|sekarang
        joining|be|follow|ketemu ..2 with? ibu|ayah|mama|bapak ..4 malam|malem|tonight|skrg|sekarang
        joining|be|follow|ketemu ..2 with? nenek|kakek|dia|surga ..4 malam|malem
        joining|be|follow|ketemu ..2 with? nenek|kakek|dia|surga ..4 tonight|skrg|sekarang
        nyusul|menyusul|nusul|join ..2 with? ibu|ayah|mama|bapak ..4 surga|sana|aja|now|soon
        nyusul|menyusul|nusul|join ..2 with? nenek|kakek|dia|surga ..4 surga|sana|aja|now|soon
        joining|be|follow|ketemu ..2 with? ibu|ayah|mama|bapak ..4 surga|sana|aja|now|soon
        joining|be|follow|ketemu ..2 with? nenek|kakek|dia|surga ..4 surga|sana|aja|now|soon
        nyusul|menyusul|nusul|join ..2 with? mum|mom|dad|nan ..4 malam|malem|tonight|skrg|sekarang
        nyusul|menyusul|nusul|join ..2 with? twin|him|her|heaven ..4 malam|malem
        nyusul|menyusul|nusul|join ..2 with? twin|him|her|heaven ..4 tonight|skrg|sekarang
        joining|be|follow|ketemu ..2 with? mum|mom|dad|nan ..4 malam|malem|tonight|skrg|sekarang
        joining|be|follow|ketemu ..2 with? twin|him|her|heaven ..4 malam|malem|tonight|skrg|sekarang
        nyusul|menyusul|nusul|join ..2 with? mum|mom|dad|nan ..4 surga|sana|aja|now|soon
        nyusul|menyusul|nusul|join ..2 with? twin|him|her|heaven ..4 surga|sana|aja|now|soon
        joining|be|follow|ketemu ..2 with? mum|mom|dad|nan ..4 surga|sana|aja|now|soon
        joining|be|follow|ketemu ..2 with? twin|him|her|heaven ..4 surga|sana|aja|now|soon
        otw nyusul|surga ke? ..1 FOR_KIN|surga
        my|giliranku turn now|next
        giliranku ..3 mati|pergi|nyusul|pulang
        me next
        lets|let's|ayo|kita|we ..4 mati|die|go|pergi bareng|bersama|together|2geva
        mati|die bareng|bersama|together|2geva
        biar|so ..1 kalian|mereka|they|you|u ..2 puas|happy|sorry|nyesel ..6 mati|gone
        biar|so ..1 kalian|mereka|they|you|u ..2 puas|happy|sorry|nyesel ..6 ABSENT|die|dead
        maafin|maafkan|halalkan|maaf ..3 salah|makan|dosa ..6 pergi|ABSENT|malam
        maafin|maafkan|halalkan|maaf ..3 dosaku|segalanya|sumua ..6 pergi|ABSENT|malam
        terlalu|too capek|tired|cape ..4 so|jadi ..2 wont|won't|ga
        i'm|im|saya|aku ready|siap to? go|pergi|die|mati
        """,
    ),
    Rule(
        "wish-not-to-be",
        _WISH,
        Level.AMBER,
        """
        UNBORN
        SELF_ME ..2 ilang|hilang|menghilang|lenyap ..3 aja|sadar|nyari|notice
        SELF_ME ..2 ilang|hilang|menghilang|lenyap ..3 notices|selamanya|nobody|would|moal
        SELF_ME ..2 leungit|disappear|disappeared|vanish ..3 aja|sadar|nyari|notice
        SELF_ME ..2 leungit|disappear|disappeared|vanish ..3 notices|selamanya|nobody|would|moal
        nobody|noone|ga ..3 notice|care|sadar ..3 if|when|kalau|kalo|klo ..1 i|aku|gue|saya|im|i'm
        gak|moal|siapa ..3 notice|care|sadar ..3 if|when|kalau|kalo|klo ..1 i|aku|gue|saya|im|i'm
        nobody|noone|ga ..3 nyari|nyariin ..3 if|when|kalau|kalo|klo ..1 i|aku|gue|saya|im|i'm
        nobody|noone|ga ..3 miss|kehilangan ..3 if|when|kalau|kalo|klo ..1 i|aku|gue|saya|im|i'm
        gak|moal|siapa ..3 nyari|nyariin ..3 if|when|kalau|kalo|klo ..1 i|aku|gue|saya|im|i'm
        gak|moal|siapa ..3 miss|kehilangan ..3 if|when|kalau|kalo|klo ..1 i|aku|gue|saya|im|i'm
        kalau|kalo|klo|if|lamun|mun aku|gue|saya|i|urang ga|gak|nggak|wasn't|wasnt ada|here|exist
        kalau|kalo|klo aku|gue|saya|i|urang ga|gak|nggak|wasn't|wasnt bangun|existed|around|wake
        if|lamun|mun aku|gue|saya|i|urang ga|gak|nggak|wasn't|wasnt bangun|existed|around|wake
        kalau|kalo|klo|if|lamun|mun aku|gue|saya|i|urang weren't|didn't|leungit ada|here|exist
        kalau|kalo|klo|if|lamun|mun aku|gue|saya|i|urang never|ilang|tidak ada|here|exist
        kalau|kalo|klo aku|gue|saya|i|urang weren't|didn't|leungit bangun|existed|around|wake
        if|lamun|mun aku|gue|saya|i|urang weren't|didn't|leungit bangun|existed|around|wake
        kalau|kalo|klo aku|gue|saya|i|urang never|ilang|tidak bangun|existed|around|wake
        if|lamun|mun aku|gue|saya|i|urang never|ilang|tidak bangun|existed|around|wake
        lebih|lbh|better|bagus|enak|easier|happier ..3 tanpa|without aku|gue|saya|me
        run|ran|running|out ..1 of reasons
        reason|reasons|alasan|alesan|alesanku ..4 hidup|mati|alive|stay|here|live
        what's|whats|apa|buat|untuk ..2 point|gunanya|guna|arti|artinya ..3 of? living|hidup|aku|me
        what's|whats|apa|buat|untuk ..2 point|gunanya ..3 of? going|this|den|waking
        what's|whats|apa|buat|untuk ..2 guna|arti|artinya ..3 of? going|this|den|waking
        beban ..2 keluarga|semua|ibu|mama|orang
        burden ..2 to|on|for
        bangun|magising|wake|waking ..3 besok|tomorrow|bukas|morning ..6 NEG|not|di|never|hope
        hope|wish|semoga ..4 NEG|not|never|di|didn't|dont|don't ..2 bangun|wake|magising
        doa|pray|prayer|sana ..4 NEG|not|never|di|didn't|dont|don't ..2 bangun|wake|magising
        tired of existing|being|living
        capé|sick hirup|existing
        would|bakal anyone|ada|yang ..2 even? come|dateng|nangis|cry|miss ..3 my? funeral|kalau|if
        hayang|arep|nak paeh|mati|mangolu
        scared|takut ..2 of|sama|sm myself|pikiran|diri|me|what
        satu|only|satunya|only ..4 alasan|reason|bikin|thing ..4 hidup|alive|mati|here|still
        """,
    ),
    Rule(
        "has-tried",
        Construct.SUICIDAL_BEHAVIOUR,
        Level.AMBER,
        """
        tried ..2 last|2x|twice|once|again year|yr|month|week|before|now
        nyoba|mencoba|njajal ..4 mati|tali
        my attempt|attempts
        """,
    ),
)

TABLES = Language(WORDS, PHRASES, RULES, "")
