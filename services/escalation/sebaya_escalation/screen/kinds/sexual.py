"""Sexual abuse, coercion, grooming and sextortion."""

from ..inflect import verb
from ..model import Construct, Level
from ..patterns import Language, Rule

WORDS = {
    **verb(
        "GRAB",
        "raba grepe gerepe sentuh pegang elus cium remas peluk gesek colek jamah toel",
        "touch grope grab kiss feel/felt stroke rub fondle",
        also="megang2 pegang2 nyium ngelus2 dipegang2 diraba2 grepe2 nggrepe nyekel dicekel "
        "nyepeng "
        "dicepeng mamacik grabs",
        taken_out="peluk pelukan feels colekan terpeluk kiss ciuman feel feeling",
    ),
    # what nobody may do to a pupil, and what no grown-up at school has any reason for
    **verb(
        "FONDLE",
        "raba grepe gerepe remas remes gerayang grayang jamah",
        "grope fondle",
        also="raba2 grepe2 grepe-grepe",
    ),
    **verb(
        "NEAR",
        "cium colek",
        "kiss grab stroke",
        also="colek2 megang2 pegang2 ngelus2 nyium nyiumin",
        taken_out="colekan ciuman kiss",
    ),
    **verb(
        "VIOLATE",
        "perkosa lecehkan leceh cabul setubuh sodomi gagahi tiduri perawani gilir telanjang nodai",
        "rape molest grope sodomise",
        also="memperkosa memperkosaku diperkosa diperkosanya melecehkanku ngewe ngentot dientot "
        "digilir pelecehan pencabulan ngelecehin rapist",
        taken_out="ketelanjangan tergilir gilir gilirannya menggilir nggilir gilirin menodai "
        "telanjang",
    ),
    "UNDRESS": """
        baju bajuku celana celanaku kancing bra bh dalaman cd rok rokku daster handuk telanjang
        bugil shirt top clothes clothing trousers pants bra underwear knickers skirt tights
        undressed naked
    """,
    "TAKE_OFF": """
        buka bukain dibuka dibukain lepas lepasin dilepas ngelepas copot mbukak muka nyingkap narik
        off unbutton undo undid pulled lifted remove without down
    """,
    "PRIVATES": """
        dada dadaku payudara kemaluan kemaluanku kelamin pantat pantatku bokong selangkangan
        pahaku toket vagina burungku itunya anuku anunya anu titit
        chest boobs breasts breast privates bum groin crotch thigh penis willy fanny
    """,
    "NUDE": """
        nudes nude nood n00ds noods bugil telanjang pap vcs bokep porno porn topless
        lingerie sexy seksi vulgar intim
    """,
    "PICTURE": """
        foto fotoku poto fotonya video videoku videonya vid vids rekaman rekamannya screenshot ss
        kamera vc photo photos pic pics picture pictures film filmed recorded recording camera cam
        screenshots livestream
    """,
    "LEAK": """
        sebar nyebar nyebarin sebarin disebar disebarin menyebarkan kesebar viralin diviralin upload
        dijual bocorin share shared sharing leak leaked leaking post posting posted send sends
        sent spread selling circulating
    """,
    "PAY": """
        bayar bayaran transfer tf minta setor pay pays paid money btc voucher giftcard card
        duit uang jajan pulsa saldo diamond pinjem beliin dikasih
    """,
    "BODY_OF_MINE": "badan badanku tubuh tubuhku body paha pahaku dada dadaku pantat pantatku",
    **verb("HOLD", "pegang sentuh elus", ""),
    "OFTEN": "suka sering selalu kerap always keeps often",
    "UNEASY": """
        sendirian berdua alone risih jijik trauma uncomfortable gemeteran gemetar disgusting
    """,
    "SECRET": "rahasia secret secrets diem diam quiet",
    "SEXUAL_ACT": """
        tidur ml ngeseks seks seksual ngamar gituan hubungan sex sexual oral blowjob bj handjob bed
        hotel kamar ranjang kasur villa penginapan hook hookup
    """,
    "MAN_OLDER": """
        om om2 bapak bapak2 pria laki cowok guru pelatih ustadz coach pak bang kating abang kakak
        man men guy teacher uncle sir adult older stepdad dad boss driver customer clients client
        tamu pelanggan
    """,
    "FORCES": """
        maksa maksain memaksa dipaksa dipaksain paksa terpaksa nyuruh disuruh suruh nurut harus
        force forced forces forcing make makes made making pressured pressures blackmail
        blackmailing blackmailed blackmails
        ngancem ngancam mengancam diancam diancem ancem ancam threaten threatens threatened
        threatening
    """,
}

RULES = (
    Rule(
        "is-violated",
        Construct.ABUSE,
        Level.RED,
        """
        VIOLATE_ME
        SELF_ME ..3 VIOLATE_DI
        VIOLATE_DI ..2 ELDER|pacar|temen -TOPIC
        ELDER|THEY ..3 VIOLATE ..1 AT_ME
        VIOLATE ..2 AT_ME !to|not
    """,
    ),
    Rule(
        "is-grabbed-by-elder",
        Construct.ABUSE,
        Level.RED,
        """
        ELDER|MAN_OLDER ..4 GRAB ..2 PRIVATES|paha|bibir
        GRAB_DI|GRAB ..3 PRIVATES
        SELF_ME ..2 GRAB_DI ..3 ELDER|MAN_OLDER
        ELDER ..3 GRAB_DI
        uncle|stepdad|teacher|coach|sir|tutor|pastor|chacha|imam ..3 GRAB ..1 me !on|with|to
        tangannya|hand|hands ..4 PRIVATES|UNDRESS|up|under|inside|paha|rok
        tangannya|hand|hand's|hands ..3 under|up|inside|down ..1 my
        THEY|ELDER|MAN_OLDER ..2 masuk|comes|come|came|goes ..2 kamarku|room|bed ..4 malam|malem
        THEY|ELDER|MAN_OLDER ..2 masuk|comes ..2 kamarku|room|bed ..4 night|nights|lights
        THEY|ELDER|MAN_OLDER ..2 come|came|goes ..2 kamarku|room|bed ..4 night|nights|lights
        comes|come|came|gets|climbs|climbed in|into ..1 my bed|room|blanket|shower
        ngintip|diintip|rekam|direkam|filmed|filming|films|watches ..3 mandi|shower|ganti|changing
        ELDER|MAN_OLDER ..4 narik|tarik|buka ..2 UNDRESS
        where|tempat|dimana ..2 he|dia|uncle ..1 touches|touched|pegang
        ELDER ..2 GRAB ..1 badanku|pahaku|tubuhku|badan|paha|tubuh
        ELDER|MAN_OLDER|senior ..3 masuk|masuak|asup ..1 kamar|kamarku|celana|celanaku|baju|bajuku
        ELDER|MAN_OLDER ..2 motret|foto|ngerekam ..2 AT_ME ..2 mandi|shower|ganti|tidur|badan
        ELDER|MAN_OLDER ..2 rekam|films|filmed|ngintip ..2 AT_ME ..2 mandi|shower|ganti|tidur|badan
        rekam|ngerekam|direkam|difoto|filmed|recorded ..3 mandi|shower|ganti|changing|naked|kamar
        SELF_ME ..2 digrayangi|digerayangi|digesek|diremas|diremes
        ELDER|MAN_OLDER ..3 sok? digrayangi|ngeraba|grepe|ngelus|raba|gesek|remes|ngeremes
        said|bilang no|stop|gamau|jangan|ga ..5 kept|didnt|didn't|tetep|tetap|maksa|terus
        aku|gue|i|i'm|im umur? 12|13|14|15|11 ..3 dia|he|he's|hes|n ..2 2|20|21|22|23|24|25 !paket
        aku|gue|i|i'm|im umur? 12|13|14|15|11 ..3 dia|he|he's|hes|n ..2 26|27|28|29 !paket
        aku|gue|i|i'm|im umur? 12|13|14|15|11 ..3 dia|he|he's|hes|n ..2 30|35|40|50 !paket
        13|14|15|12|11 ..3 hes|he's|dia ..1 20|21|22|23|24|25|26|27|28|29|30|35|40
    """,
    ),
    Rule(
        "is-touched",
        Construct.ABUSE,
        Level.RED,
        """
        STAFF ..5 FONDLE|NEAR ..1 AT_ME
        STAFF ..5 GRAB ..1 BODY_OF_MINE
        STAFF ..5 OFTEN ..2 GRAB ..1 AT_ME
        STAFF ..5 GRAB ..1 SELF_ME|me ..6 AFRAID|UNEASY
        SELF_ME ..2 GRAB_DI ..1 STAFF ..6 AFRAID|UNEASY
        FONDLE_DI|NEAR_DI ..1 STAFF|SENIOR
        BE ..1 FONDLE_PP|NEAR_PP ..2 STAFF
        SENIOR|THEY|ELDER ..3 FONDLE ..1 SELF_ME|me|BODY_OF_MINE
        SENIOR ..5 GRAB ..1 BODY_OF_MINE
    """,
    ),
    Rule(
        "is-held-by-staff",
        Construct.ABUSE,
        Level.AMBER,
        """
        STAFF ..5 HOLD ..1 SELF_ME !waktu|pas|saat|ketika|when|while|biar|supaya|agar
        SELF_ME ..2 HOLD_DI ..1 STAFF !waktu|pas|saat|ketika|when|while|biar|supaya|agar
    """,
    ),
    Rule(
        "made-to-undress",
        Construct.ABUSE,
        Level.RED,
        """
        FORCES ..3 TAKE_OFF ..2 UNDRESS
        FORCES ..4 UNDRESS ..2 TAKE_OFF
        FORCES ..5 NUDE
        NUDE ..6 FORCES
        minta|asks|asked ..3 foto|pap|video|pic|photo ..3 UNDRESS|PRIVATES
        asking|wants|nyuruh|disuruh ..3 foto|pap|video|pic|photo ..3 UNDRESS|PRIVATES
        FORCES ..4 SEXUAL_ACT ..4 MAN_OLDER|dia|him|them
        FORCES ..3 cium|nyium|pegang|megang|touch|kiss ..2 it|dia|him|punya|itunya|anunya|kemaluan
        TAKE_OFF my|all|semua ..1 UNDRESS
        suruh|nyuruh|disuruh ..2 TAKE_OFF ..1 UNDRESS
        kamera|camera|cam|vc ..6 TAKE_OFF ..2 UNDRESS
    """,
    ),
    Rule(
        "sextortion",
        Construct.ABUSE,
        Level.RED,
        """
        FORCES ..6 LEAK ..3 PICTURE|NUDE|it
        FORCES ..5 PICTURE ..5 LEAK
        PICTURE|NUDE ..5 LEAK ..6 FORCES|kalau|kalo|klo|unless|if|PAY|sekolah|school
        if|kalau|kalo|klo|unless ..6 PAY|send|kirim ..8 LEAK
        LEAK ..3 NUDE|fotoku|videoku
        NUDE ..3 LEAK
        he|she|dia ..2 has|got|have ..2 pics|photos|videos|fotoku ..8 LEAK|more|lagi|wants|mau
        he|she|dia ..2 punya|pny|nyimpen ..2 pics|photos|videos|fotoku ..8 LEAK|more|lagi|wants|mau
        they|they've|he's|mereka ..2 has|got|have ..2 pics|photos ..8 LEAK|more|lagi|wants|mau
        they|they've|he's|mereka ..2 has|got|have ..2 videos|fotoku ..8 LEAK|more|lagi|wants|mau
        they|they've|he's|mereka ..2 punya|pny|nyimpen ..2 pics|photos ..8 LEAK|more|lagi|wants|mau
        they|they've ..2 punya|pny|nyimpen ..2 videos|fotoku ..8 LEAK|more|lagi|wants|mau
        he's|mereka ..2 punya|pny|nyimpen ..2 videos|fotoku ..8 LEAK|more|lagi|wants|mau
        he|she|dia ..2 has|got|have ..2 videoku|video|foto|pic|vids ..8 LEAK|more|lagi|wants|mau
        he|she|dia ..2 punya|pny|nyimpen ..2 videoku|video ..8 LEAK|more|lagi|wants|mau
        he|she|dia ..2 punya|pny|nyimpen ..2 foto|pic|vids ..8 LEAK|more|lagi|wants|mau
        they|they've|he's|mereka ..2 has|got|have ..2 videoku|video ..8 LEAK|more|lagi|wants|mau
        they|they've|he's|mereka ..2 has|got|have ..2 foto|pic|vids ..8 LEAK|more|lagi|wants|mau
        they|they've ..2 punya|pny|nyimpen ..2 videoku|video ..8 LEAK|more|lagi|wants|mau
        he's|mereka ..2 punya|pny|nyimpen ..2 videoku|video ..8 LEAK|more|lagi|wants|mau
        they|they've ..2 punya|pny|nyimpen ..2 foto|pic|vids ..8 LEAK|more|lagi|wants|mau
        he's|mereka ..2 punya|pny|nyimpen ..2 foto|pic|vids ..8 LEAK|more|lagi|wants|mau
        he|she|dia ..2 has|got|have ..2 pics|photos|videos|fotoku ..8 minta|ngancem|ancam
        he|she|dia ..2 punya|pny|nyimpen ..2 pics|photos|videos|fotoku ..8 minta|ngancem|ancam
        he|she|dia ..2 has|got|have|punya|pny|nyimpen ..2 pics|photos|videos|fotoku ..8 kalau|if|klo
        they|they've|he's|mereka ..2 has|got|have ..2 pics|photos ..8 minta|ngancem|ancam
        they|they've|he's|mereka ..2 has|got|have ..2 videos|fotoku ..8 minta|ngancem|ancam
        they|they've|he's|mereka ..2 punya|pny|nyimpen ..2 pics|photos ..8 minta|ngancem|ancam
        they|they've|he's|mereka ..2 punya|pny|nyimpen ..2 videos|fotoku ..8 minta|ngancem|ancam
        they|they've|he's|mereka ..2 has|got|have ..2 pics|photos|videos|fotoku ..8 kalau|if|klo
        they|they've|he's|mereka ..2 punya|pny|nyimpen ..2 pics|photos ..8 kalau|if|klo
        they|they've|he's|mereka ..2 punya|pny|nyimpen ..2 videos|fotoku ..8 kalau|if|klo
        he|she|dia ..2 has|got|have ..2 videoku|video|foto|pic|vids ..8 minta|ngancem|ancam
        he|she|dia ..2 punya|pny|nyimpen ..2 videoku|video|foto|pic|vids ..8 minta|ngancem|ancam
        he|she|dia ..2 has|got|have ..2 videoku|video|foto|pic|vids ..8 kalau|if|klo
        he|she|dia ..2 punya|pny|nyimpen ..2 videoku|video|foto|pic|vids ..8 kalau|if|klo
        they|they've|he's|mereka ..2 has|got|have ..2 videoku|video ..8 minta|ngancem|ancam
        they|they've|he's|mereka ..2 has|got|have ..2 foto|pic|vids ..8 minta|ngancem|ancam
        they|they've|he's|mereka ..2 punya|pny|nyimpen ..2 videoku|video ..8 minta|ngancem|ancam
        they|they've|he's|mereka ..2 punya|pny|nyimpen ..2 foto|pic|vids ..8 minta|ngancem|ancam
        they|they've|he's|mereka ..2 has|got|have ..2 videoku|video|foto|pic|vids ..8 kalau|if|klo
        they|they've|he's|mereka ..2 punya|pny|nyimpen ..2 videoku|video ..8 kalau|if|klo
        they|they've|he's|mereka ..2 punya|pny|nyimpen ..2 foto|pic|vids ..8 kalau|if|klo
        klo|kalau|kalo|if|unless ..5 videonya|fotonya|rekamannya ..3 LEAK|ke|to
        klo|kalau|kalo|if|unless ..5 vids|pics|photos|video ..3 LEAK|ke|to
        kirim|send ..2 lagi|more|satu|one ..4 atau|or|kalau|else|terus|leaks
        ga|gak|kalau|if ..2 kirim|ngirim|send|bayar|pay ..6 LEAK|kesebar|sekolah|school
        ga|gak|kalau|if ..2 kirim|ngirim|send|bayar|pay ..6 keluarga|family|mum|mom
        PAY|robux|voucher ..3 per|for|tiap|buat|dituker|tuker ..2 foto|photo|pic|video|PICTURE
        skin|vape|vapes|pulsa ..3 per|for|tiap|buat|dituker|tuker ..2 foto|photo|pic|video|PICTURE
        foto|pap|pic|video ..2 badan|body|naked|polos ..4 dituker|vape|diamond
        foto|pap|pic|video ..2 badan|body|naked|polos ..4 robux|pulsa|voucher|saldo
        punya|has|have|got|nyimpen ..2 fotoku|videoku|NUDE ..8 PAY|LEAK|kirim|send|mau
        fotoku|videoku ..4 disebar|sebar|dijual|nyebar|beredar|kesebar|dikirim
        my pics|nudes|photos|video|body ..4 LEAK|group|chat|online|everyone|site
        faceswap|deepfake|ai ..6 NUDE|naked|mukaku|face|body
    """,
    ),
    Rule(
        "sold-or-paid",
        Construct.ABUSE,
        Level.RED,
        """
        dijual|jual|sell|sells|sold ..2 AT_ME|badan|body|diri ..3 MAN_OLDER|om|men|him|them
        bo lagi|buat|sama
        MAN_OLDER ..4 PAY ..5 SEXUAL_ACT|NUDE|UNDRESS
        tidur|sleep|slept|nemenin|ngamar ..1 sama|dengan|bareng|with ..1 om|MAN_OLDER|bapak ..4 PAY
        nemenin|layani|melayani|ngelayanin ..2 om|tamu|bapak|pelanggan
        men|clients|customers ..3 tonight|night|hotel|room|today|pay|pays|touch
    """,
    ),
    Rule(
        "kept-secret-by-elder",
        Construct.ABUSE,
        Level.RED,
        """
        SECRET kita|berdua|our|between
        our|kita ..2 SECRET ..8 ELDER|MAN_OLDER|touch|game|tickle
        jangan|jgn|dont|don't|not ..2 bilang|cerita|tell ..6 ELDER ..8 GRAB|UNDRESS
        jangan|jgn|dont|don't|not ..2 bilang|cerita|tell ..6 ELDER ..8 kamar|game|pangku
        ELDER|MAN_OLDER ..8 game|games|permainan|mainan ..5 clothes|baju|UNDRESS|secret|dark|lights
        pangku|dipangku|lap ..4 ELDER|MAN_OLDER ..4 GRAB|gerak|goyang|keras|hard
    """,
    ),
    Rule(
        "pregnant-and-afraid",
        Construct.ABUSE,
        Level.AMBER,
        """
        aku|gue|saya|ak|gw ..1 hamil !kucing
        telat haid|mens|dapet|datang ..6
        two|2|dua lines|garis ..4
        garis dua
        hamil|pregnant|meteng ..2 pacar|ELDER !kucing
        gugurin|aborsi|abortion|gugurkan|ngegugurin
        late|missed ..1 period ..8 he|test|scared|mum|mom|pregnant
    """,
    ),
    Rule(
        "wakes-undressed",
        Construct.ABUSE,
        Level.RED,
        """
        bangun|bangun2|kebangun|woke|wake|waking ..5 UNDRESS|NEG|without|no ..2 TAKE_OFF|gone|baju
        woke|wake ..6 naked|undressed|knickers|tights|underwear|on me|on top
        passed|blacked|drunk out? ..6 GRAB|UNDRESS|VIOLATE|on me|did things|stuff
        mabuk|teler|pingsan out? ..6 GRAB|UNDRESS|VIOLATE|on me|did things|stuff
        did|doing stuff|things|it to|while ..1 me|i ..3
        NEG|not|no ..2 mau|want|wanted|consent|izin ..6 terus|masih|still ..4 GRAB|masuk
        NEG|not|no ..2 mau|want|wanted|consent|izin ..6 kept|anyway|but ..4 GRAB|masuk
        i said|bilang no|stop|jangan|gak|ga ..8 didnt|didn't|kept|tetap|tetep|terus
    """,
    ),
)

TABLES = Language(WORDS, {}, RULES, "")
