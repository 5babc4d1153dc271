"""Phrases that say how a sentence is meant: which denial is none, what is over, what is a trifle.

The engine marks the words of such a phrase, so that the tags it knows reach them too.
"""

from .patterns import Language

WORDS = {
    "TRIFLE": """
        homework worksheet essay maths math chem physics assignment assignments exam quiz timetable
        monday mondays wifi lag ping buffering queue bus canteen alarm gym burpees bleep haircut
        fringe autocorrect typo spoiler finale concert tickets presentation traffic heat
        pr tugas tugasnya ulangan remed remedial remidi kuota sinyal macet antrean upacara seblak
        samyang sambel sambal pedes pedesnya konser tiket drakor episode bola timnas futsal
        panas hujan cuaca matpel matematika fisika kimia haid kram gigi sariawan
    """,
}

PHRASES = {
    # a denial of a denial affirms
    "UNDENIED": """
        cant|can't|cannot|couldnt|couldn't stop|help|not
        NEG bisa|bs|sanggup NEG|berhenti|brenti|berenti|stop
        gabisa|gakbisa|gbisa|gaboleh NEG|berhenti|brenti|berenti|stop
        bukan|bkn|nggak|ga|gak cuma|cuman|hanya|sekadar|sekedar
        not|isnt|isn't|ain't|no just|only|longer
        never stop|stopped
        said i ..1 wouldnt|wouldn't|won't|wont ..1 but
    """,
    "OVER_LONG_AGO": """
        last year|yr|summer
        years|yrs ago|back
        when i was 6|7|8|9|10|11|12|little|young|younger|small
        tahun|taun|thn lalu|lampau|kemarin
        dulu|dlu waktu|pas|wkt|pernah
        waktu|pas|wkt kecil|sd|tk|umur
        had tried|wanted|planned|thought|attempted
        i'm|im|am in ..1 recovery|better
        in a good|better place
        sekarang|skrg udah|sudah|udh ..1 sembuh|pulih|mendingan|baikan|membaik|bahagia
    """,
    "TRIVIAL_CAUSE": """
        TRIFLE ..3 makes|making|made|bikin|bikinin|got
        gara2|gegara|gara|karena|krn|cos|because|from|over ..2 TRIFLE
        die|mati of|saking ..1 shame|embarrassment|cringe|boredom|malu|malunya|gemes|pedes|pedesnya
        TRIFLE ..3 mau|pengen|want|wanna|nak to? mati|die|bunuh|kill
        mau|pengen|want|wanna to? mati|die ..2 TRIFLE|malunya|ketawa
        cuma|just gara2|gegara|because|cos
        rather die
    """,
}

TABLES = Language(WORDS, PHRASES, (), "")
