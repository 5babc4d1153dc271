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
    if version != policies.consent_version:
        raise ConsentOutdated(
            current=policies.consent_version,
            errors=[{"field": "consent.version", "message": f"now {policies.consent_version}"}],
        )
    if not school.youngest <= age <= school.oldest:
        raise AgeOutside(
            errors=[
                {"field": "consent.age", "message": f"from {school.youngest} to {school.oldest}"}
            ]
        )
    if age < policies.self_consent_age:
        raise ConsentNeeded
    return Consent(version, age, now)
