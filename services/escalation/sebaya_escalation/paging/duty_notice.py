"""What a page about a change of duty says: the colleague and the hours. It has nothing to do with
any student.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

import msgspec

from sebaya_contracts.district import School
from sebaya_escalation.domain.page import Page, PageKind
from sebaya_escalation.domain.rota import find_zone
from sebaya_escalation.domain.shifts import ShiftChange
from sebaya_escalation.paging.notice import mark_as_machines

_SUBJECTS = {
    "id": {
        PageKind.DUTY_ASKED: "Sebaya: Anda diminta menggantikan jadwal jaga",
        PageKind.DUTY_TAKEN: "Sebaya: jadwal jaga Anda sudah ada penggantinya",
        PageKind.DUTY_MOVED: "Sebaya: jadwal jaga berpindah tangan",
    },
    "en": {
        PageKind.DUTY_ASKED: "Sebaya: you are asked to take a duty",
        PageKind.DUTY_TAKEN: "Sebaya: your duty was taken",
        PageKind.DUTY_MOVED: "Sebaya: a duty has changed hands",
    },
}
_BODIES = {
    "id": {
        PageKind.DUTY_ASKED: (
            "{giver} meminta Anda menggantikan jadwal jaganya:\n{since} sampai {until} ({zone})\n\n"
            "Terima atau tolak di sini:\n{link}\n\n"
            "Selama belum Anda terima, jadwal itu tetap milik {giver}."
        ),
        PageKind.DUTY_TAKEN: (
            "{taker} menggantikan jadwal jaga Anda:\n{since} sampai {until} ({zone})\n\n"
            "Semua jadwal jaga ada di sini:\n{link}"
        ),
        PageKind.DUTY_MOVED: (
            "{taker} menggantikan jadwal jaga {giver}:\n{since} sampai {until} ({zone})\n\n"
            "Mereka sudah sepakat; Anda tidak perlu melakukan apa pun."
        ),
    },
    "en": {
        PageKind.DUTY_ASKED: (
            "{giver} asks you to take a duty:\n{since} to {until} ({zone})\n\n"
            "Accept or decline it here:\n{link}\n\n"
            "Until you accept, the duty stays with {giver}."
        ),
        PageKind.DUTY_TAKEN: (
            "{taker} has taken your duty:\n{since} to {until} ({zone})\n\n"
            "All duties are here:\n{link}"
        ),
        PageKind.DUTY_MOVED: (
            "{taker} has taken the duty of {giver}:\n{since} to {until} ({zone})\n\n"
            "They have agreed on it; there is nothing that you need to do."
        ),
    },
}


@dataclass(frozen=True, slots=True)
class DutyNotice:
    """One page about a change of duty, for either channel."""

    page: Page
    change: ShiftChange
    origin: str
    school: School

    @property
    def link(self) -> str:
        """The address of the duties' page; empty for a coordinator, whose mail says all."""
        if self.page.kind is PageKind.DUTY_MOVED:
            return ""
        return f"{self.origin}/escalation/s/{self.page.school_id}/shifts"

    def _language(self) -> str:
        return next((one for one in self.school.languages if one in _BODIES), "en")

    def mail(self, sender: str, recipient: str) -> EmailMessage:
        """Build the mail, marked so that no vacation robot answers."""
        language, mail = self._language(), EmailMessage()
        mail["From"] = sender
        mail["To"] = recipient
        mail["Subject"] = _SUBJECTS[language][self.page.kind]
        mail["Date"] = format_datetime(self.page.planned_at.astimezone(UTC))
        mail["Message-ID"] = self.page.message_id
        mark_as_machines(mail)
        names = {person.person_id: person.name for person in self.school.staff}
        mail.set_content(
            _BODIES[language][self.page.kind].format(
                giver=names.get(self.change.person_id, self.change.person_id),
                taker=names.get(self.change.substitute_id, self.change.substitute_id),
                since=self._tell(self.change.since),
                until=self._tell(self.change.until),
                zone=self.school.time_zone,
                link=self.link,
            )
        )
        return mail

    def _tell(self, moment: datetime) -> str:
        return f"{moment.astimezone(find_zone(self.school.time_zone)):%Y-%m-%d %H:%M}"

    def body(self) -> bytes:
        """Build the JSON body that a webhook receives."""
        return msgspec.json.encode(
            {
                "page_id": self.page.page_id,
                "school_id": self.page.school_id,
                "kind": self.page.kind,
                "person_id": self.change.person_id,
                "substitute_id": self.change.substitute_id,
                "since": self.change.since,
                "until": self.change.until,
                "link": self.link,
            }
        )
