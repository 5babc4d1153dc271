"""Other dangers in Indonesian: self-harm, what happens now, what others or the writer may do."""

from ..model import Construct, Level
from ..patterns import Rule

DANGERS = (
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
