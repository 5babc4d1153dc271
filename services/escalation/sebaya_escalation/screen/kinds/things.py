"""Weapons, blades, medicines, poisons, places and times that the rules of all kinds speak of."""

from ..inflect import listed, owned
from ..patterns import Language

WORDS = {
    # "iron" and "bar" alone are too many other things
    "WEAPON": " ".join(
        owned(
            """
            pisau piso golok parang celurit clurit arit pedang badik keris belati sangkur gir
            kapak linggis martil palu pistol senjata sajam senpi airsoft bensin molotov
            """
        )
        | listed(
            """
                knife knives gun guns pistol rifle machete cutlass panga hammer bat
                axe crowbar screwdriver petrol gasoline paraffin kerosene acid
                dagger chisel hatchet glock shotgun ammo bullets emoknife emogun
"""
        )
    ),
    "EDGE": " ".join(
        owned("silet cutter kater katter beling rautan peniti jarum jangka gunting pecahan serutan")
        | listed(
            """
                blade blades razor razors razorblade sharpener scissors compass
                shard scalpel lancet boxcutter emoblade
"""
        )
    ),
    "FIRE": "korek rokok puntung lilin solder setrika setrikaan lighter cigarette matches iron wok",
    "DRUG": " ".join(
        owned(
            """
            pil obat tablet kapsul paracetamol parasetamol panadol bodrex paramex ctm antimo
            antidepresan insulin amoxicillin ibuprofen aspirin metformin tramadol alprazolam
            xanax diazepam obat2an
            """
        )
        | listed(
            """
                pills pill tablets meds medicine medicines medication painkillers
                sleepers sleeping tylenol advil aspirins antidepressants prozac
                sertraline codeine benadryl nyquil melatonin valium adderall ritalin
                capsules calpol nurofen xans percs emopill
"""
        )
    ),
    "POISON": " ".join(
        owned(
            """
            racun baygon potas sianida autan hit pestisida herbisida gramoxone bayclin vixal
            porstex wipol deterjen karbol spiritus oplosan ciu
            """
        )
        - {"hit", "hitku", "hitq", "hitnya"}
        | listed(
            """
                bleach poison pesticide antifreeze dettol paraquat sniper cyanide
                domestos lysol
"""
        )
    ),
    "HIGH_PLACE": " ".join(
        owned(
            """
            jembatan atap rooftop genteng balkon jurang tebing rel flyover menara pagar tower
            bendungan gedung
            """
        )
        | listed(
            """
                bridge roof rooftop ledge cliff cliffs rail rails track tracks
                railing parapet balcony overpass flyover viaduct pylon edge platform
                dam quarry
"""
        )
    ),
    "WATER": "sungai kali laut waduk danau sumur pantai river sea lake canal ocean reservoir",
    "TONIGHT": """
        tonight tonite 2nite 2night tomorrow tmrw tmr 2moro now today rn soon
        sekarang skrg skrng skr besok bsk ntar malemini sabtu minggu senin selasa rabu kamis jumat
        friday monday tuesday wednesday thursday saturday sunday
    """,
    "MANY": """
        semua semuanya smua banyak bnyk segenggam sebotol sekotak seplastik sebungkus sestrip
        strip papan butir biji genggam setoples kabeh sadayana sagalo botol gelas dosis
        all lot lots loads many handful bottle packet pack box boxes whole entire rest fistful
        too double strip strips everything dozen blister bunch
    """,
    "COUNT": """
        10 12 14 15 16 18 20 21 22 24 25 28 30 32 35 36 40 45 48 50 60 72 80 90 100 ten twelve
        fifteen sixteen twenty thirty forty fifty sixty hundred sepuluh belasan puluhan sebelas
        limabelas puluh belas
    """,
    "SCHOOL": """
        sekolah skolah skul kelas kls kampus lapangan gerbang kantin upacara
        school skool class classroom assembly canteen cafeteria corridor hall gates prom
    """,
    # a light scene: a place or a posture alone then says nothing
    "LIGHT": """
        macet traffic antena foto ootd kuota angkot wkwk wkwkw ketawa jemuran warung kamera
        nonton dinner snack jajan ojek belajar layangan scenery view selfie picnic photo photos
        ice biscuits crisps coffee ketinggalan lampu batre sinyal senar gitar lol haha laughing
        laughed lunch hujan mogok tugas umpan mancing hiking lomba kolam pelampung swing shade
        nyanyi game main ronde bercanda digelitik spoilers sparring permission izin renovasi cat
        emolol cinema sunset fireworks kembang feri rapat piket parkir bazaar bazar adventure
    """,
    "BAG": "tas tasku ransel loker laci kantong jaket saku bawah bag backpack locker drawer pocket",
}

PHRASES = {
    "WHEN": """
        TONIGHT
        malam|malem|mlm|sore|siang|pagi ini|nanti
        this morning|afternoon|evening|weekend|friday|week
        abis|habis|setelah|sepulang|pulang sekolah|magrib|isya|subuh|ujian|ini
        after|before school|lunch|dark|class|assembly|midnight
        minggu|bulan depan
        bentar lagi
        when|once ..2 asleep|sleep|sleeping
    """,
    "RIGHT_NOW": """
        lagi|lg di
        udah|udh|sudah|dah di
        right now
        sekarang|skrg|now|rn|barusan|tadi
        im|i'm|am|i ..1 at|on|in
    """,
}

TABLES = Language(WORDS, PHRASES, (), "")
