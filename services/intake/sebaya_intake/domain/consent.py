"""Consent: versioned, and aware of age by the school's policies. It never stands between a student
and the crisis lines.
"""

from dataclasses import dataclass
from datetime import datetime

from sebaya_contracts.district import School
from sebaya_intake.errors import AgeOutside, ConsentNeeded, ConsentOutdated

MEANING: dict[str, tuple[str, ...]] = {
    "en": (
        "What you write is read by a machine that looks for danger, "
        "and by a counsellor of your school when it finds some.",
        "A trained student of your school sees what you write "
        "from the moment the two of you are matched, and no longer than that.",
        "You need no name. "
        "Your return code is the only way back; nobody can find it again for you.",
        "If somebody may get hurt, a counsellor will act, and may have to tell others.",
        "You may stop at any time, and you may erase everything.",
    ),
    "id": (
        "Tulisanmu dibaca mesin yang mencari tanda bahaya, dan oleh guru BK sekolahmu bila ada.",
        "Siswa terlatih dari sekolahmu melihat tulisanmu sejak kalian dipasangkan, "
        "dan tidak lebih lama dari itu.",
        "Namamu tidak perlu. Kode kembali adalah satu-satunya jalan masuk; "
        "tidak ada yang bisa mencarikannya lagi untukmu.",
        "Jika seseorang bisa terluka, guru BK akan bertindak, "
        "dan mungkin harus memberi tahu orang lain.",
        "Kamu boleh berhenti kapan saja, dan boleh menghapus semuanya.",
    ),
}


# Said before a word about a friend is written.
MEANING_FOR_FRIENDS: dict[str, tuple[str, ...]] = {
    "en": (
        "A counsellor of your school reads it, and a machine that looks for danger; "
        "no other student does.",
        "You need no name, and you need not say who your friend is. "
        "If you do, the counsellor can look after them.",
        "If your friend may get hurt, the counsellor acts, and may have to tell others. "
        "They do not say that it came from you, but your friend may guess.",
        "You get a page of your own, where the counsellor answers you.",
    ),
    "id": (
        "Yang membacanya guru BK di sekolahmu dan mesin yang mencari tanda bahaya, "
        "bukan siswa lain.",
        "Namamu tidak perlu, dan kamu tidak harus menyebut siapa temanmu. "
        "Kalau kamu sebut, guru BK bisa langsung menolongnya.",
        "Jika temanmu bisa terluka, guru BK akan bertindak, "
        "dan mungkin harus memberi tahu orang lain. "
        "Guru BK tidak bilang bahwa kabar ini darimu, tapi temanmu bisa saja menebak.",
        "Kamu mendapat halaman sendiri, tempat guru BK menjawabmu.",
    ),
}
# No age stands between a student and an adult for a friend, so none is asked for.
AGE_NOT_ASKED = 0


@dataclass(frozen=True, slots=True)
class Consent:
    """What was agreed to and when: the version of the text, and the age it was judged by."""

    version: str
    age: int
    given_at: datetime


def judge_consent(school: School, version: str, age: int, now: datetime) -> Consent:
    """Judge a consent by the school's policies.

    Raises ConsentOutdated, AgeOutside or ConsentNeeded, in that order.
    """
    policies = school.policies
    _ensure_current(school, version)
    if not school.youngest <= age <= school.oldest:
        raise AgeOutside(
            errors=[
                {"field": "consent.age", "message": f"from {school.youngest} to {school.oldest}"}
            ]
        )
    if age < policies.self_consent_age:
        raise ConsentNeeded
    return Consent(version, age, now)


def record_consent(school: School, version: str, now: datetime) -> Consent:
    """Record the consent of a student that worries about a friend, whatever the age.

    Raises ConsentOutdated.
    """
    _ensure_current(school, version)
    return Consent(version, AGE_NOT_ASKED, now)


def _ensure_current(school: School, version: str) -> None:
    current = school.policies.consent_version
    if version != current:
        raise ConsentOutdated(
            current=current, errors=[{"field": "consent.version", "message": f"now {current}"}]
        )
