"""Thoughts of death in Indonesian: plans and intent, the wish to be dead, farewells."""

from ..model import Construct, Level
from ..patterns import Rule

_SI, _WISH, _PLAN = Construct.SUICIDAL_THOUGHTS, Construct.WISH_TO_BE_DEAD, Construct.PLAN_OR_MEANS

THOUGHTS = (
    # C-SSRS 2 to 5: active thoughts, intent
    Rule(
        "id-rather-suicide",
        _SI,
        Level.RED,
        """
        BETTER ..3 SUICIDE
        apa|apakah I? SUICIDE JUST
        SUICIDE JUST !YOU|lo|lu|kalian|sana
    """,
    ),
    Rule("id-dares-suicide", _SI, Level.RED, "berani|brani|brave ..1 SUICIDE"),
    Rule(
        "id-i-suicide",
        _SI,
        Level.RED,
        """
        kalau|kalo|klo|kl I ..1 SUICIDE
        rasanya|bawaannya ..2 SUICIDE
    """,
    ),
    Rule("id-time-for-suicide", _SI, Level.RED, "waktu|waktunya|saat|saatnya ..4 SUICIDE"),
    Rule(
        "id-way-of-suicide",
        _PLAN,
        Level.RED,
        """
        cara|caranya|metode ..2 SUICIDE
        enak|enakan|enaknya|bagusnya SUICIDE
        SUICIDE pake|pakai|pk|pke
    """,
    ),
    Rule(
        "id-plan",
        _PLAN,
        Level.RED,
        """
        rencana|rencanain|ngerencanain|merencanakan|rencananya ..2 SUICIDE
        DONE|udah punya|ada rencana|rencananya ..2 mati|SUICIDE|pergi
    """,
    ),
    Rule(
        "id-plan-known",
        _PLAN,
        Level.NONE,
        """
        ALREADY tau|tahu ..1 caranya|kapan|tempatnya
        ALREADY punya? rencana|rencananya|rencanain
        ALREADY nentuin ..1 tanggal|tanggalnya|hari|harinya
    """,
    ),
    Rule(
        "id-means",
        _PLAN,
        Level.AMBER,
        """
        PREPARED ..3 MEANS|BLADE ..3 kamar|laci|tas|kasur|bantal|dompet
        ngumpulin|kumpulin|mengumpulkan|numpuk|nimbun ..2 PILLS
        """,
    ),
    Rule(
        "id-means-at-hand",
        _PLAN,
        Level.NONE,
        """
        PREPARED ..3 MEANS|BLADE|PILLS|tali|tambang
        PILLS|BLADE|MEANS|tali|talinya ALREADY ..1 siap|ada|tangan
    """,
    ),
    Rule("id-tried-suicide", Construct.SUICIDAL_BEHAVIOUR, Level.RED, "percobaan SUICIDE"),
    # C-SSRS 1: wish to be dead
    Rule(
        "id-wants-to-die",
        _WISH,
        Level.AMBER,
        """
        <1!NEG|NO_WANT <3!THING WANT ..2 DIES
        kepikiran|mikir|mikirin|pikiran|terlintas|terbesit ..3 DIES
        bawaannya|rasanya ..1 DIE JUST
    """,
    ),
    Rule(
        "id-to-die-soon",
        _WISH,
        Level.IMMINENT,
        """
        <1!NEG|NO_WANT <3!THING WANT JUST? DIES JUST? SOON
        SOON I? WANT JUST? DIES
    """,
    ),
    Rule(
        "id-rather-dead",
        _WISH,
        Level.AMBER,
        """
        BETTER ..4 DIES !YOU|lo|lu|kalian
        lebih|lbh baik|enak|bagus|tenang|mudah ..2 DIES
        DIE JUST PARTICLE
        DIE JUST I
        apa|apakah I ..1 DIE JUST|ya
        I DIE JUST
        kalau|kalo bisa I? DIE
        boleh|blh ..3 DIE
        kalau|kalo|klo DIE ..2 enak|tenang|selesai|kelar|dosa|gimana
        DIE ..2 enak|solusi|solusinya|tenang|damai !banget
        KILL JUST? I JUST|dong|plis|please|sekarang
    """,
    ),
    Rule(
        "id-tired-of-living",
        _WISH,
        Level.AMBER,
        """
        TIRED ..1 LIVE !sehat|hemat|mewah|susah|miskin|sendiri|bareng
        TIRED ..2 menjalani|jalani|jalanin|ngejalanin ..1 LIFE
    """,
    ),
    Rule(
        "id-not-living",
        _WISH,
        Level.AMBER,
        """
        NEG WANT ..1 LIVE !susah|miskin|sendiri|sendirian|sama|bareng|kayak|kaya|kyk|boros|begini
        NO_WANT ..1 LIVE !susah|miskin|sendiri|sendirian|sama|bareng|boros
        NEG|NO_WANT ..2 lanjutin|ngelanjutin|melanjutkan|nerusin|lanjut ..1 LIFE|ini
        NEG STRONG ..2 LIVE
        CANT ..2 LIVE
        NEG ..1 alasan|gunanya|guna|artinya|tujuan ..3 LIVE
        LIFE ..2 NEG ..1 gunanya|guna|artinya|berarti|berharga|arti
        NEG layak|pantas|pantes|berhak ..1 LIVE
        NEG pengen|ingin|mau|pgn|pengin ada lagi? di WORLD
        NO_WANT ada lagi? di WORLD
        buat|untuk|ngapain apa? I? masih? I? LIVE AGAIN|lama|sih|kalau|kalo|kl|ya|terus
        ngapain ..2 LIVE
        buat|untuk|bwt apa ..1 I ..1 LIVE
        WHY ..2 masih|msh LIVE
        NEG semangat|gairah|niat|minat|betah LIVE
        NEG ..1 keinginan|semangat ..2 LIVE
        nyerah|menyerah|pasrah ..1 LIFE
    """,
    ),
    Rule(
        "id-not-waking",
        _WISH,
        Level.AMBER,
        """
        NEG|NO_WANT|CANT ..2 bangun ..1 AGAIN
        tidur ..3 NEG|NO_WANT ..2 bangun
        HOPE ..3 NEG ..1 bangun
        NEG usah bangun
        tidur ..2 selamanya|selama2nya
    """,
    ),
    Rule(
        "id-vanishing",
        _WISH,
        Level.AMBER,
        """
        <1!NEG WANT ..2 VANISH JUST|dari|selamanya|rasanya
        <1!NEG WANT ..1 VANISH ..1 WORLD
        <1!NEG WANT ..2 pergi ..1 dari WORLD
        BETTER ..3 VANISH|NEG ada|lahir
    """,
    ),
    Rule(
        "id-never-born",
        _WISH,
        Level.AMBER,
        """
        IF|ONLY|WHY|nyesel|menyesal ..3 lahir|dilahirkan ..1 AGAIN|ke|di|sih|ya|aja
        IF|ONLY|WHY|nyesel|menyesal ..3 dilahirin|terlahir ..1 AGAIN|ke|di|sih|ya|aja
        NEG ..1 pernah lahir|dilahirkan|dilahirin
        IF|ONLY ..2 NEG pernah ada
        nyesel|menyesal|benci ..2 lahir|dilahirkan|dilahirin
        NEG|NO_WANT ..1 dilahirkan|dilahirin|terlahir
    """,
    ),
    Rule(
        "id-better-without-me",
        _WISH,
        Level.AMBER,
        """
        lebih|lbh baik|bahagia|tenang ..3 tanpa|kalau|kalo|klo|kl I ..1 NEG?
        lebih|lbh enak|seneng|senang|damai ..3 tanpa|kalau|kalo|klo|kl I ..1 NEG?
        IF I ..2 DIE|VANISH|pergi ..6 CARE|ALL|siapa|orang
        IF I NEG ada ..5 CARE|ALL|siapa|orang
        CARE|nangis ..3 IF I ..2 DIE|VANISH|NEG
        semua|mereka|orang|keluarga|ortu ..4 lebih|lbh|bakal baik|bahagia|tenang ..3 I NEG ada
        semua|mereka|orang|keluarga|ortu ..4 lebih|lbh|bakal lega|seneng|senang ..3 I NEG ada
    """,
    ),
    Rule(
        "id-hopes-to-die",
        _WISH,
        Level.AMBER,
        """
        HOPE ..3 FAST ..1 DIE|dipanggil|diambil|pergi
        HOPE ..2 ketabrak|ditabrak|kecelakaan|tertabrak
        ambil|cabut|panggil|ambillah|cabutlah ..1 nyawa|nyawaku
        ambil|panggil aku|gue|gw|saya JUST|tuhan|allah|sekarang
        nunggu|menunggu|nungguin|tunggu ..1 mati|ajal|giliran
        kapan ..2 DIE
        kapan ..1 matinya|ajalku|matiku|dijemput|dipanggil ..1
        WHY ..3 NEG DIE
        WANT ..1 dipanggil|dijemput|diambil ..1 tuhan|allah|yang
        WANT pulang ke? ..1 tuhan|sisi|allah|rahmatullah
        tuhan|allah|ya ..3 jemput|panggil|ambil I|aja
    """,
    ),
    Rule(
        "id-follows-the-dead",
        _WISH,
        Level.AMBER,
        """
        WANT|BETTER ..1 nyusul|susul|nyusulin|menyusul ..1 LATE
        nyusul|susul|nyusulin|menyusul LATE JUST|apa|kali
        WANT ikut ..1 LATE ..2 surga|sana|alm|almarhum|almarhumah|mati|meninggal
        WANT ketemu ..2 LATE ..2 surga|sana
    """,
    ),
    Rule(
        "id-life-should-end",
        _WISH,
        Level.RED,
        """
        WANT LIFE|hidup ..2 berakhir|selesai|udahan|tamat|kelar
        hidup|hidupku ..1 berakhir JUST|di|sekarang
    """,
    ),
    Rule(
        "id-giving-up",
        _WISH,
        Level.AMBER,
        """
        I ..2 NEG STRONG AGAIN !TOIL
        ALREADY NEG STRONG AGAIN !TOIL
        udah|udh NEG sanggup
        WANT nyerah|menyerah JUST|dari|LIFE !sama
    """,
    ),
    # C-SSRS 6, preparatory: farewells
    Rule(
        "id-farewell",
        Construct.FAREWELL,
        Level.RED,
        """
        ini|ni|inilah|mungkin ..2 pesan|chat|surat|kata|tulisan|curhatan|cerita terakhir|terakhirku
        pesan|chat|surat terakhirku|terakhirnya
        surat perpisahan|wasiat
        selamat tinggal ..1 WORLD
        kalau|kalo|klo ..1 kalian|kamu|lo|ada ..2 baca ..3 I ..3 NEG|DIE|pergi|tenang
        saat|pas|ketika|jika ..1 kalian|kamu|lo|ada ..2 baca ..3 I ..3 NEG|DIE|pergi|tenang
        pamit ..2 WORLD|selamanya
        ini|mungkin ..2 terakhir ..2 kalian|kamu|kak ..2 denger|dengar|lihat|liat|baca|kabar
        NEG|jangan cari|cariin|nyari|nangisin|tangisin I AGAIN|ya|kalau|kalo
        jangan sedih|nangis ..2 kalau|kalo|klo I ..3 NEG|pergi|DIE
        ALREADY nulis|tulis|bikin|siapin|nyiapin surat ..2
    """,
    ),
    Rule(
        "id-goodbye",
        Construct.FAREWELL,
        Level.NONE,
        """
        selamat tinggal
        maaf|maafin|maafkan I? ..2 ALL|mama|ibu|ma|bu|mah|ayah|pa|pah
        jaga|jagain ..1 adik|adek|kucingku|ibu|mama|adikku|adekku ..1 ya|yah|kalau|kalo|buat
        tolong jaga|jagain|rawat|sampein|sampaikan|bilangin ..2
        NEG|jangan cari|cariin|nyari I
        pamit
        bagi|bagiin|bagi2|ngasih|kasih|kasihin ..2 barang|barangku|barang2ku|koleksi|koleksiku
        terakhir kalinya|kali
        I pergi|pamit dulu|ya|selamanya
    """,
    ),
)
