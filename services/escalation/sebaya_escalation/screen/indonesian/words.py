"""The words and phrases of Indonesian that rules combine, and its everyday words."""


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
