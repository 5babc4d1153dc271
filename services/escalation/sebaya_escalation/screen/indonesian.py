"""Indonesian as students write it: formal, chatty, slang, shortened.

Forms are listed or built from roots, never stripped from words: so "nyakitin" is "menyakiti", and
"menangis" can not become "menang". Constructs follow the C-SSRS (see `model.Construct`); the words
are the project's own.
"""

from .model import Construct, Level
from .patterns import Language, Rule


def _owned(nouns: str, *endings: str) -> str:
    """Nouns with the endings of ownership: teman, temanku."""
    return " ".join(noun + ending for noun in nouns.split() for ending in ("", *endings))


def _verbs(*roots: tuple[str, str]) -> str:
    """Transitive verbs from (nasal, bare) stems with their formal and colloquial endings:
    menyakiti, nyakitin, sakitin.
    """
    fronts = ("me", "", "nge", "di")
    forms = [
        front + stem + ending
        for nasal, bare in roots
        for stem in (nasal, bare)
        for front in fronts
        for ending in ("i", "in", "kan")
    ]
    return " ".join(forms)


_PEOPLE = """
        teman temen tmn temn sahabat sahabt besti bestie kakak kaka kakk abang adik adek ade ibu
        mama mamah mamak emak nyokap
        ayah papa papah bapak bokap
        nenek kakek oma opa om tante paman bibi sepupu saudara saudari sodara ortu orangtua pacar
        mantan gebetan crush tetangga
        guru anak cowok cewek suami istri kembaran
    """
_PEOPLE_AT_HOME = """
        ayah papa papah papi bapak bokap babeh abah ibu mama mamah mami mamak emak nyokap bunda
        umi ortu orangtua om omku paman
        pakde tante bibi bude kakek nenek opa oma kakak abang
        kakakku abangku tiriku tiri sepupu pacar mantan cowokku pacarku saudara sodara wali
        pelatih coach ustadz ustad guru
        pakguru kating senior
    """

WORDS = {
    "I": "aku ak aq akuh saya sy sya gue gua gw gwe gwa guwe gweh gueh ane w kami aing awak",
    "MY": "punya",
    "YOU": "kamu km kmu kau lo lu elu elo loe kalian kalen anda sampean ente situ",
    "OTHER": _owned(_PEOPLE, "ku", "mu", "nya", "q")
    + " dia ia dy doi mereka mrk orang org orng seseorang seorang siswa siswi murid pria wanita "
    "remaja tokoh karakter warga korban pelajar "
    "mahasiswa mahasiswi pemuda artis idol kamu km lo lu elu kalian anda dirinya beliau "
    "almarhum alm",
    "KIN": _owned(
        """
        teman temen sahabat besti bestie kakak abang adik adek ibu mama ayah papa bapak nenek
        kakek om tante sepupu saudara
        sodara pacar mantan tetangga
    """,
        "ku",
        "q",
        "nya",
    ),
    "RELATION": _owned(
        "teman temen sahabat besti bestie kakak abang adik adek ibu mama ayah papa sepupu "
        "saudara pacar mantan",
        "ku",
        "q",
    )
    + " dia doi mereka",
    "AT_HOME": _owned(_PEOPLE_AT_HOME, "ku", "q", "nya"),
    "PREPOSITION": """
        sama sma ama sm dari dri ke oleh karena krn karna gara gegara garagara grgr gr2 bikin buat
        bwt untuk utk dengan dgn dg
        tentang pada tanpa menurut mnrt kayak kyk kaya nyusul susul nyusulin
        ninggalin liat lihat ngeliat kangen demi banding cuma
    """,
    "SAY": """
        bilang blg bilng ngomong ngomongnya kata suruh nyuruh disuruh cerita curhat ngaku mengaku
        nulis nanya teriak ngancem
        ngancam bilangin ngatain chat ngechat
    """,
    "HEARSAY": "katanya ktnya ceritanya ngakunya konon",
    "NEG": """
        ga gak gk g nggak ngga nga enggak engga gag kagak kaga tidak tdk tak ndak ndk nda gada
        jangan jgn jan janganlah belum
        blm blom bukan bkn bukannya tanpa gapernah gakpernah gaada
    """,
    "NO_WANT": "gamau gakmau gmau gkmau nggamau gapengen gakpengen gaingin malas males ogah emoh",
    "CANT": "gakuat gakuatt gkuat gasanggup gakbisa gabisa gbisa",
    "NEG_FAR": "berarti maksudnya amit",
    "ADVERB": """
        pernah prnh akan bakal bakalan bkl lagi lg ada ad sampe sampai pake usah mungkin boleh
        bermaksud berniat niat lah sih
        kok sekalipun sedikitpun kepikiran mikir pikiran
        keinginan rencana pengen ingin mau mw terpikir untuk buat
    """,
    "PAST": "dulu dlu dulunya pernah prnh sempet sempat",
    "NEWS": """
        berita artikel film drama drakor novel cerpen series serial anime manga lagu game gamenya
        kasus seminar webinar kampanye
        sosialisasi pencegahan mencegah penyuluhan statistik data
        penelitian riset polisi tewas ditemukan jenazah viral thread podcast materi puisi komik
        wattpad adegan episode
        dokumenter kutipan headline pelajaran dosa haram hukum hukumnya
    """,
    "LAUGH": """
        wkwk wkwkw wkwkwk wkwkwkwk wkwkwkwkwk wk haha hahaha hahahaha wkk kwkw kwkwk awokawok
        emolol bercanda becanda bcanda candaan
        candanya lebay hehe hehehe hihi ngakak anjir canda
    """,
    "WANT": """
        mau mo mw maw mao mauu pengen pengin pingin pingen pgn pngn pngen pgen pgin pen kepengen
        kepingin kepengin pengenn ingin
        ingn pengennya inginnya maunya pinginnya niat niatan
        berniat niatnya hasrat hendak keinginan keinginanku pengeen kpengen berharap brharap
    """,
    "WILL": "akan bakal bakalan bkl mau siap nekat nekad langsung",
    "THINK": """
        kepikiran kpikiran kepikir kepikirannya mikir mikirin mikirnya mikirkan memikirkan
        berpikir berfikir pikiran pikiranku
        terpikir terpikirkan terfikir terlintas terbesit terbersit kebayang ngebayangin
        bayangin bayangan dorongan ide bisikan nyuruh tergoda memutuskan mutusin putusin
    """,
    "TRY": """
        coba nyoba nyobain mencoba percobaan cobain gagal abis habis hampir ampir nyaris
        udah sudah udh sdh pernah prnh sempat sempet
    """,
    "DONE": "udah sudah udh sdh dah uda lagi lg abis habis baru",
    "DIE": """
        mati mampus modar mokad mokat koit metong mampos meninggal mninggal mningal meninggoy
        meninggoi isdet tewas mti mt wafat
        matii mate
    """,
    "KILL": "bunuh bnuh bunh bunuhh bunoh ngebunuh membunuh mbunuh bunuhin ngebunuhin buhuh",
    "SELF": "diri diriku dri drii diriq diriin",
    "OTHERS_SELF": "dirinya dirimu",
    "SUICIDE_WORD": "bundir bndir bundirr bundiri bunir gandir bunuhdiri",
    "HANG": "gantung gntung ngegantung menggantung nggantung gantungin",
    "END": _verbs(
        ("ngakhir", "akhir"), ("habis", "habis"), ("ngabis", "abis"), ("hentik", "hentik")
    )
    + " akhirin akhiri ngakhirin ngakhiri mengakhiri mengakhirkan mengakhirin menghabisi "
    "menghentikan hentikan "
    "cabut nyabut mencabut menghilangkan hilangkan ilangin ngilangin udahan udahin nyudahin "
    "menyudahi sudahi sudahin tamatin",
    "LIFE": """
        hidup idup hdp hdup hidupp hidupku idupku nyawa nyawaku hidupq kehidupan kehidupanku
        hayat
    """,
    "OTHERS_LIFE": "hidupnya idupnya nyawanya kehidupannya hidupmu",
    "LIVE": "hidup idup hdp hdup ngidup bernyawa bernapas bernafas napas nafas",
    "ALL": "semua semuanya smua smuanya smw semuaa segalanya",
    "TIRED": """
        capek cape cpk cpe capekk capeek lelah letih bosen bosan muak jenuh bosenn nyerah
        menyerah benci
    """,
    "BETTER": """
        mending mendingan mnding mndg mending2 mendinglah lebihbaik mendng enakan bagusan
        baikan ndingan
    """,
    "HOPE": """
        semoga smoga berharap brharap harap doa berdoa doain doaku ngarep mohon minta pinta
        pengen pengin pingin pgn ingin kapan mau
    """,
    "FAST": "cepet cepat cpt segera buru cepetan secepatnya",
    "NOW": """
        sekarang skrg skrng skr skarang skrang malemini bentar nanti ntar besok bsk besuk
        lusa tonight subuh
    """,
    "DAY": "hari malam malem mlm sore pagi siang minggu weekend pekan detik menit",
    "THIS": "ini juga jg nanti besok",
    "JUST": "aja aj saja ajah ajaa doang",
    "PARTICLE": """
        kali kli ya yah yaa yuk apa kek gak ga ngga nggak gasih gaksih gasi gaksi sih deh dah lah
        kah boleh gimana kan kyknya
        kayaknya rasanya
    """,
    "AGAIN": "lagi lg lgi",
    "STRONG": "kuat kuatt sanggup tahan",
    "VANISH": "hilang ilang menghilang ngilang lenyap musnah hlang",
    "WORLD": "dunia bumi",
    "THING": _owned(
        """
        hp hape laptop lampu listrik baterai batre batere sinyal wifi mesin motor mobil tanaman
        pohon bunga kucing kucingku ikan
        hamster kelinci tv komputer internet server
    """,
        "ku",
        "nya",
    ),
    "IDIOM_AFTER": """
        gaya lampu listrik kutu rasa ketawa penasaran konyol suri matian kebosenan kebosanan
        kelaparan kepanasan kedinginan
        gemes gemas lemas langkah air angin
    """,
    "FOLLOW": "nyusul susul nyusulin menyusul ikut nyusulinn ketemu",
    "LATE": """
        ibu ayah mama papa mamah papah bapak bunda nenek kakek kakak adik abang alm almarhum
        almarhumah ibuku ayahku mamaku
        papaku bapakku nenekku kakekku
    """,
    "HURT": _verbs(
        ("nyakit", "sakit"), ("ngelukai", "lukai"), ("luka", "luka"), ("nglukai", "luka")
    )
    + " melukai ngelukain lukain ngelukai nyakitin menyakiti sakitin nyiksa menyiksa nyiksain "
    "siksa mukul mukulin pukulin "
    "memukul memukuli nampar namparin nonjok nonjokin cakar nyakar nyakarin ngerusak nyelakain "
    "mencelakai celakain nyundut nyundutin",
    "CUT": """
        nyilet nyilet2 siletin nyiletin disilet silet silet2 sayat nyayat nyayatin menyayat
        sayatin ngiris iris irisin ngirisin
        mengiris gores goresin ngegores ngegoresin menggores nggores cutting ngecut
        cuttingan motong memotong potong potongin nyakarin nyakar ngelukain lukain melukai nyundut
    """,
    "SCAR": "sayatan siletan goresan irisan barcode cutting",
    "BODY": _owned(
        "tangan lengan paha pergelangan kulit nadi badan tubuh kaki urat tgn", "ku", "nya"
    ),
    "BLADE": "silet cutter pisau kater katter gunting beling piso clurit celurit golok",
    "SELF_HARM_WORD": "selfharm selfharming",
    "DO": """
        ngelakuin lakuin ngelakuinnya melakukan nglakuin kecanduan ketagihan relapse kambuh balik
        mulai suka sering masih pengen
        pengin pgn mau ingin hampir kepikiran habis abis lagi
    """,
    "HEIGHT": """
        atap gedung jembatan lantai rooftop balkon jendela tower menara genteng jurang
        flyover gdg kelas
    """,
    "JUMP": "loncat lompat meloncat melompat terjun nyebur nyemplung loncatin terjunin lompt",
    "MEANS": "racun baygon potas sianida",
    "PILLS": "obat obatnya pil pilnya tablet kapsul obat2an paracetamol panadol obatku pilku",
    "PREPARED": """
        siapin nyiapin siap beli ngumpulin kumpulin mengumpulkan simpen simpan nyimpen nyimpan
        menyimpan punya dapet nemu
        siapkan menyiapkan umpetin ngumpetin
    """,
    "HIT": """
        dipukul dipukulin dipukuli dipukuliin ditampar ditamparin ditendang ditendangin dicekik
        disiksa dihajar digebukin
        digebuk dicambuk disabet disundut dianiaya dibanting dijambak ditonjok dilempar diseret
        diinjek diikat dikurung dipecut
    """,
    "HITS": """
        mukul mukulin memukul memukuli nampar nampar2 menampar namparin nendang menendang
        nendangin nyekik mencekik nyiksa
        menyiksa ngehajar menghajar gebukin ngegebukin nyambuk nyabet nyundut banting ngebanting
        jambak ngejambak nonjok nyeret ngurung kdrt pukul pukulin tampar tamparin
    """,
    "RAPED": """
        dilecehkan dilecehin diperkosa dicabuli dicabulin digrepe digerepe diraba diraba2 dirabain
        disodomi ditelanjangi
        ditelanjangin diperawanin dilecehan dipegang2 disetubuhi
    """,
    "GROPE": """
        megang pegang megang2 pegang2 nyentuh menyentuh sentuh ngeraba meraba raba ngelus
        grepe ngegrepe
    """,
    "PRIVATE": """
        dada payudara kemaluan kelamin paha pantat bokong dalaman celana badanku tubuhku
        vagina selangkangan toket
    """,
    "FORCE": """
        maksa maksain memaksa dipaksa paksa dipaksain ngancem ngancam mengancam diancam
        diancem dipaksanya nyuruh disuruh minta
    """,
    "NAKED": "telanjang bugil naked nude nudes vcs",
    "SEX": "tidur berhubungan seks ngeseks ml bersetubuh gituan",
    "SPREAD": "sebar nyebar nyebarin sebarin menyebarkan sebarkan disebar disebarin kesebar",
    "PHOTO": "foto fotoku poto video videoku vidio rekaman pap ss",
    "OFTEN": "suka sering selalu kalau kalo tiap masih abis habis biasa kadang",
    "PEER": """
        temen teman temenku temanku temen2 teman2 kakel kelas kating senior geng anak anak2
        mereka dia orang pelaku cowok preman
    """,
    "BULLIED_HARD": """
        dikeroyok dikeroyokin dipalak dipalakin diancam diancem dilempari dilemparin
        diludahi diludahin
    """,
    "SLAY": """
        bunuh ngebunuh membunuh bunuhin ngebunuhin tusuk nusuk menusuk tusukin nusukin tembak
        nembak menembak nembakin bacok
        ngebacok membacok bakar ngebakar membakar bom ngebom habisin abisin ngabisin racunin
        ngeracunin meracuni
    """,
    "PREY": """
        dia ia mereka lo lu kalian kamu semua semuanya orang orangnya gurunya bapaknya ayah bapak
        ibu ayahku bapakku papa papaku
        guru temen teman sekolah sekolahan kelas pelakunya pembully pembullynya anak
    """,
    "ADULT": """
        bk konselor psikolog guru walikelas dewasa counselor counsellor konseling wali
        pembina
    """,
    "TALK": """
        ngomong bicara ngobrol cerita curhat ketemu konsul konsultasi konseling konsulin
        bertemu dibantu ditemenin dihubungi bantuan
    """,
    "ASK": """
        mau pengen pengin pingin pgn ingin bisa bs boleh blh butuh perlu minta pinginnya
        tolong
    """,
    "SCHOOLWORK": "tugas pr ujian tugasnya laporan makalah",
    "IF": "kalau kalo klo kl jika misal misalnya seandainya andai andaikan semisal",
    "ONLY": "coba harusnya seharusnya mending mendingan",
    "WHY": "kenapa knp ngapain kenape",
    "ALREADY": "udah sudah udh uda dah sdh",
    "JUST_NOW": "udah sudah udh uda abis habis barusan baru",
    "TOIL": "sama nahan makan jalan lari denger liat nonton kerja belajar buat dgn dengan ngerjain",
    "CARE": """
        peduli nyariin nyari cari sedih nangis nangisin kehilangan kangen inget ingat sadar notice
        dateng datang lega seneng
        senang bahagia tenang lebih repot beban tau
    """,
}

PHRASES = {
    "ONESELF": "SELF|OTHERS_SELF sendiri?",
    "SUICIDE": """
        KILL SELF|OTHERS_SELF
        SUICIDE_WORD
        HANG SELF|OTHERS_SELF
        END ..1 LIFE|OTHERS_LIFE
        akhirin|ngakhirin|mengakhiri|akhiri ..1 ALL
        JUMP ..1 dari|dr ..1 HEIGHT
        JUMP ke jurang|sungai|laut|rel
        nabrakin|tabrakin|nenggelamin|tenggelamin|menenggelamkan|menabrakkan SELF
        minum|nenggak|nelen MEANS
        potong|motong|nyilet|iris|ngiris|sayat|nyayat urat? nadi
        nyilet nadiku|nadi
        overdosis|od
    """,
    "WANTS": """
        WANT|WILL
        jadi pengen|pengin|pgn
        THINK ..2 buat|untuk|utk|mau|pengen|bwt|tuk
    """,
    "DIES": """
        DIE !IDIOM_AFTER
        NEG ada lagi? di WORLD
        pergi ..1 dari WORLD
        pergi|tidur|istirahat buat|untuk? selamanya|selama2nya|selamalamanya
        ngilang|menghilang|hilang|ilang buat|untuk? selamanya|selama2nya|selamalamanya
    """,
    "SOON": """
        NOW !aku|gue
        DAY THIS
        nanti|besok DAY
        pulang sekolah
        abis|habis|setelah ini
        sekarang juga
        minggu|bulan depan
    """,
    "GREY": "JUST|dah|deh PARTICLE|yg|yang|udah",
    "NOMORE": "NEG|NO_WANT|CANT",
    "COUNSELLOR": """
        bk|konselor|dewasa|counselor|counsellor|walikelas
        guru|bu|pak|ibu|bapak bk
        orang|org dewasa
        wali kelas
        kak konselor
    """,
}

_SI, _WISH, _PLAN = Construct.SUICIDAL_THOUGHTS, Construct.WISH_TO_BE_DEAD, Construct.PLAN_OR_MEANS

RULES = (
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
    # self-harm without a word of suicide
    Rule(
        "id-self-harm",
        Construct.SELF_HARM,
        Level.RED,
        """
        I ..2 nyilet|nyayat|cutting !kertas|kain
        CUT ..2 BODY
        CUT BODY ..2 BLADE
        DO ..2 cutting|nyilet|nyayat|selfharm !kertas|kain
        jedotin|ngejedotin|benturin|ngebenturin|membenturkan|jedukin ..1 kepala|kepalaku
        nyundut|sundut ..1 BODY
        HURT ..1 tanganku|lenganku|badanku
    """,
    ),
    Rule(
        "id-self-harm-marks",
        Construct.SELF_HARM,
        Level.AMBER,
        """
        SCAR ..2 BODY
        bekas luka? SCAR|silet|cutter
        BODY ..3 SCAR|bekas silet|sayat|cutter|sayatan|siletan
    """,
    ),
    # danger that is happening
    Rule(
        "id-danger-now",
        Construct.DANGER_NOW,
        Level.IMMINENT,
        """
        JUST_NOW minum|nelen|nenggak|telen|menelan ..2 MEANS
        nelen|nenggak|telen|menelan ..2 semua|banyak|sebotol|sekotak|segenggam ..1 PILLS
        JUST_NOW minum|nelen|nenggak ..1 PILLS ..2 banyak|semua|sekaligus|sebotol|segenggam|sebox
        JUST_NOW minum|nelen|nenggak ..1 semua|banyak|segenggam|sebotol ..1 PILLS
        I|udah|sudah|lagi|lg ..2 di pinggir|tepi|ujung|atas ..1 HEIGHT ..3 JUMP|mati|loncat
        darah|darahnya ..1 NEG ..1 berhenti|berenti|brenti
        lagi|lg|sekarang|skrg ..2 di rooftop|jembatan|atap|atep|balkon ..4 JUMP|mati|selesai
        dia|ayah|bapak ..2 bawa|megang|pegang pisau|golok|parang|senjata ..4 I|kamar|rumah
        papa|ibu|mama ..2 bawa|megang|pegang pisau|golok|parang|senjata ..4 I|kamar|rumah
        I sembunyi|ngumpet ..6 AT_HOME|dia ..3 ngamuk|mukul|mabuk|pisau|teriak
        I umpetan|dikunci|ngunci ..6 AT_HOME|dia ..3 ngamuk|mukul|mabuk|pisau|teriak
        tolong ..3 sekarang ..4 dipukulin|dipukuli|bunuh|ngamuk|mukulin
    """,
    ),
    # what others do to the student
    Rule(
        "id-beaten-at-home",
        Construct.ABUSE,
        Level.RED,
        """
        HIT ..3 AT_HOME
        AT_HOME ..4 HITS ..2 I
        AT_HOME OFTEN ..4 HITS !meja|bola|drum|anjing|kucing|barang|pintu|piring|gelas|hp
        AT_HOME ..3 main tangan
        HIT ..3 di rumah
        HIT|dipukulin ..2 sampe|sampai|pake|pakai|pk ..2
        kdrt ..4 AT_HOME|I
        AT_HOME ..3 kdrt
    """,
    ),
    Rule(
        "id-sexual-abuse",
        Construct.ABUSE,
        Level.RED,
        """
        I ..3 RAPED -TOPIC
        RAPED ..4 I|AT_HOME -TOPIC
        RAPED #4 -TOPIC
        GROPE ..3 PRIVATE
        GROPE ..1 BODY|badan ..1 I ..4 takut|jijik|diem|risih
        FORCE ..4 NAKED
        maksa|maksain|memaksa|dipaksa|dipaksain|diancam|diancem|ngancem ..3 SEX|dicium|ciuman
        FORCE ..3 buka baju|celana|bajuku
        FORCE ..3 foto|video ..2 NAKED|vulgar|seksi|tanpa|bugil
        FORCE ..4 SPREAD ..3 PHOTO
        SPREAD ..2 PHOTO ..2 NAKED|pribadi|I
        I ..3 kena|ngalamin|mengalami|dapet|dapat|korban pelecehan
    """,
    ),
    Rule(
        "id-hit-by-peers",
        Construct.VIOLENCE_SUFFERED,
        Level.AMBER,
        """
        HIT ..3 PEER
        BULLIED_HARD
        I ..3 HIT !realita|kenyataan|tugas|PEER
        PEER ..3 HITS ..1 I
        FORCE ..3 bunuh|pukul|hajar|bakar ..2 I
        ngancem|ngancam|mengancam ..3 bunuh|ngebunuh|pukul|mukulin|hajar|tusuk
    """,
    ),
    Rule(
        "id-told-to-die",
        Construct.VIOLENCE_SUFFERED,
        Level.AMBER,
        "disuruh|nyuruh|dibilang|disumpahin ..3 DIES|SUICIDE",
    ),
    Rule(
        "id-death-threat",
        Construct.VIOLENCE_SUFFERED,
        Level.RED,
        """
        ngancem|ngancam|mengancam ..4 KILL|dibunuh|ditusuk|tusuk|bacok|dibacok !SELF|OTHERS_SELF
        diancam|diancem ..4 KILL|dibunuh|ditusuk|tusuk|bacok|dibacok !SELF|OTHERS_SELF
        """,
    ),
    # what the student may do to others
    Rule(
        "id-threatens",
        Construct.VIOLENCE_THREAT,
        Level.RED,
        """
        <1!NEG WANT|WILL|THINK ..2 SLAY ..1 PREY !SELF|di|yg
        <1!NEG WANT|WILL|THINK I SLAY JUST|rasanya|tuh|dia|sampe
        I SLAY ..1 lo|lu|dia|mereka|kalian
        bawa|bw|bawain pisau|golok|cutter|senjata|parang|celurit|bom ..2 sekolah|kelas
        WANT|WILL bales|balas ..3 pake|pakai pisau|senjata
    """,
    ),
    Rule(
        "id-runs-away",
        Construct.RUNNING_AWAY,
        Level.AMBER,
        """
        WANT|WILL|udah|rencana|THINK ..2 kabur|minggat ..1 dari rumah|sini|kos|asrama
        kabur|minggat dari rumah
    """,
    ),
    Rule(
        "id-eating",
        Construct.EATING,
        Level.AMBER,
        """
        muntahin|muntahkan|memuntahkan|dimuntahin ..2 makanan|lagi|makan|semua|makananku
        sengaja|paksa|maksa ..1 muntah
        NEG makan ..1 hari|harian ..3 kurus|gendut|diet|turun|langsing
        3|4|5|tiga|empat|lima hari NEG makan
    """,
    ),
    # the writer asks for, or worries about, somebody
    Rule(
        "id-worried-for-other",
        Construct.CONCERN_FOR_OTHER,
        Level.AMBER,
        """
        takut|khawatir|kuatir|cemas ..1 RELATION ..3 kenapa2|kenapa|napa2|nekat|nekad
        takut|khawatir|kuatir|cemas ..1 RELATION ..3 macem2|macem|macam2|macam|bodoh|aneh2
        takut|khawatir ..2 RELATION ..3 ngelakuin|berbuat|lakuin ..2
    """,
    ),
    Rule(
        "id-wants-adult",
        Construct.ADULT_WANTED,
        Level.AMBER,
        """
        <1!NEG ASK ..3 TALK ..2 COUNSELLOR
        ASK ..1 bantuan|ditolong|pertolongan ..2 COUNSELLOR
        butuh|perlu COUNSELLOR
    """,
    ),
    Rule(
        "id-first-words-of-help",
        Construct.DANGER_NOW,
        Level.AMBER,
        """
        I NEG aman
        NEG ngerasa? aman ..1 di rumah
        I takut pulang
    """,
    ),
)

EVERYDAY = """
        yang yg dan di ke dari dengan untuk pada itu ini tapi tp tetapi karena kalau kalo klo juga
        sudah udah belum akan bisa
        ada adalah atau jadi saat seperti lebih sangat banget bgt bngt sekali
        hanya cuma cuman lagi aja saja masih harus apa siapa kenapa gimana bagaimana mana kapan
        kok sih deh dong nih tuh lah kan
        ya iya yah nya si sang para bu pak kak dek mas mbak
        ma pa buat biar supaya agar terus trus lalu kemudian waktu setelah sebelum sampai sampe
        tiap setiap semua banyak sedikit
        sering selalu kadang jarang hari malam pagi siang sore kelas sekolah rumah
        kerja belajar ujian tugas nilai main makan minum tidur bangun nangis menangis senang sedih
        marah takut malu kesel kesal
        cemas sakit lelah bahagia sayang suka cinta benci rindu kangen kerasa rasa
        rasanya merasa ngerasa kayak kaya kyk mirip kata bilang tanya jawab dengar lihat liat tau
        tahu pikir ngerti paham baik
        buruk jelek bagus besar kecil baru lama satu dua tiga akar atas bawah dalam luar
        orang anak teman guru ibu bapak diet mama papa materi otomatis kematian matikan mematikan
        dimatiin matiin kematiannya
        pembunuh pembunuhan terbunuh dibunuh setengah mati-matian sekitar hati matang matahari mata
        maka demi tadi dia kita kamu kalian mereka aku saya
    """

TABLES = Language(WORDS, PHRASES, RULES, EVERYDAY)
