"""The people of the visitor's school and what they write: invented for the demo, in Indonesian."""

from dataclasses import dataclass
from typing import Any

from sebaya_contracts.district import School
from sebaya_contracts.words import Role

SCHOOL_ID = "sma-6"
ANSWERS = 4
"""What all say of how it went, of 1 to 5."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What a student asks with."""

    topic: str
    text: str
    preferred: tuple[str, ...] = ()
    age: int = 16

    def body(self, school: School) -> dict[str, Any]:
        """Make the body of `POST …/cases`. Its safety answers say nothing: the words decide."""
        return {
            "topic": self.topic,
            "language": "id",
            "text": self.text,
            "safety": {"self_harm_thoughts": "no", "danger_now": "no"},
            "preferred_supporters": list(self.preferred),
            "consent": {"version": school.policies.consent_version, "age": self.age},
            "peer_may_read": True,
            "door": "web",
        }


def _peer(number: int, name: str, topics: list[str]) -> dict[str, Any]:
    return {
        "supporter_id": f"{SCHOOL_ID}-peer-{number}",
        "display_name": name,
        "topics": topics,
        "languages": ["id", "en"],
        "cap": 10,
        "certified_until": "2099-12-31T00:00:00Z",
        "state": "active",
    }


# The visitor is the first one. No topic is of both, so that nothing goes to the wrong one.
PEERS = (
    _peer(1, "Kenanga", ["loneliness", "school", "family"]),
    _peer(2, "Arunika", ["friendship", "grief"]),
)
DANGER = Asking(
    "family",
    "Di rumah tiap malam ribut terus. Aku sering menyakiti diri sendiri supaya bisa tenang.",
)
OFFERED = Asking(
    "loneliness",
    "Aku baru pindah ke sini dua bulan lalu. Jam istirahat aku masih sendirian terus.",
)
TALK = Asking(
    "school",
    "Nilaiku turun semester ini dan aku belum berani cerita ke siapa-siapa.",
)
MESSAGES = (
    ("peer", "Hai, aku Kenanga. Makasih sudah mau cerita. Nilai apa yang paling bikin kepikiran?"),
    ("student", "Matematika, Kak. Aku sudah belajar, tapi waktu ulangan suka blank."),
    ("peer", "Aku juga pernah begitu waktu kelas sepuluh. Biasanya kamu belajarnya kapan?"),
    ("student", "Malam, habis les. Sudah capek sih. Enaknya gimana ya, Kak?"),
)
UNCOVERED = (
    Asking("body_image", "Aku malu ikut olahraga karena badanku sering dikomentari."),
    Asking("identity", "Aku bingung mau jadi seperti apa. Boleh ngobrol?"),
)
PAST = (
    Asking("friendship", "Sahabatku menjauh dan aku tidak tahu kenapa."),
    Asking("friendship", "Aku tidak diajak masuk grup kelas."),
    Asking("grief", "Kakekku meninggal bulan lalu dan aku masih sering kangen."),
    Asking("friendship", "Aku bertengkar dengan teman sebangkuku, jadi canggung."),
)

# What waits for each, in the languages of the sign-in page.
NOTES = {
    Role.SUPPORTER: {
        "id": "Menjawab tawaran dari seorang siswa, dan melanjutkan obrolan yang sudah berjalan.",
        "en": "Answers a student's offer, and goes on with a conversation that has begun.",
    },
    Role.COUNSELLOR: {
        "id": "Menangani peringatan yang waktunya berjalan, dan menjawab permintaan tukar jaga.",
        "en": "Takes an alert whose clock is running, and answers a colleague's swap of duty.",
    },
    Role.COORDINATOR: {
        "id": "Melihat siapa yang menunggu tanpa pendamping, mendaftarkan pendamping, dan membaca "
        "laporan.",
        "en": "Sees who waits without a supporter, enrols supporters, and reads the report.",
    },
    Role.DISTRICT_LEAD: {
        "id": "Membaca angka seluruh dinas, tanpa satu nama pun.",
        "en": "Reads the numbers of the whole district, without a single name.",
    },
    Role.OPERATOR: {
        "id": "Memeriksa apakah semua layanan berjalan, dengan jumlah yang persis.",
        "en": "Checks that everything runs, with exact totals.",
    },
}
STUDENT_NOTE = (
    "Asks for support without a name; or comes back with a code, to a conversation that has begun."
)
ENROL = {
    "id": "Koordinator mendaftarkannya dulu dengan id {}-peer-1.",
    "en": "Has to be enrolled by the coordinator first, with the id {}-peer-1.",
}
