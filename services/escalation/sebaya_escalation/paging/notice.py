"""What a page says: that a person is needed, how urgently, and where to read on. No student's
words, no names, no questionnaire.

It is built from the alert as it is when it is sent.
"""

from dataclasses import dataclass
from datetime import UTC
from email.message import EmailMessage
from email.utils import format_datetime

import msgspec

from sebaya_contracts.words import Level
from sebaya_escalation.domain.alert import Alert, make_code
from sebaya_escalation.domain.page import Page, PageKind

_SUBJECTS = {
    "id": {
        Level.AMBER: "Sebaya: perlu dilihat hari ini",
        Level.RED: "Sebaya: MENDESAK",
        Level.IMMINENT: "Sebaya: DARURAT, sekarang juga",
    },
    "en": {
        Level.AMBER: "Sebaya: to be seen today",
        Level.RED: "Sebaya: URGENT",
        Level.IMMINENT: "Sebaya: EMERGENCY, at once",
    },
}
_BODIES = {
    "id": (
        "Seseorang di sekolah Anda membutuhkan orang dewasa.\n\n"
        "Buka dan nyatakan bahwa Anda menanganinya:\n{link}\n\n"
        "Selama belum ada yang menyatakannya, orang berikutnya akan dipanggil. Membalas surel ini "
        "tidak berpengaruh."
    ),
    "en": (
        "Somebody at your school needs an adult.\n\n"
        "Open this and say that you take it:\n{link}\n\n"
        "Until somebody does, the next person is called. Answering this mail has no effect."
    ),
}
_NEWS = {
    "id": (
        "Ada hal baru pada peringatan yang Anda pegang.\n\n"
        "Bukalah di sini:\n{link}\n\n"
        "Membalas surel ini tidak berpengaruh."
    ),
    "en": (
        "There is something new on the alert that you have.\n\n"
        "Open it here:\n{link}\n\n"
        "Answering this mail has no effect."
    ),
}
_REVIEWS = {
    "id": (
        "Sudah waktunya memantau lagi siswa yang pernah Anda dampingi.\n\n"
        "Bukalah di sini dan catat apa yang Anda lakukan:\n{link}\n\n"
        "Selama belum dicatat, orang berikutnya akan dipanggil. Membalas surel ini tidak "
        "berpengaruh."
    ),
    "en": (
        "It is time to look after a student again.\n\n"
        "Open this and write down what you did:\n{link}\n\n"
        "Until somebody does, the next person is called. Answering this mail has no effect."
    ),
}
_DETAILS_SUBJECTS = {
    "id": "Sebaya: data kontak seorang siswa dibuka",
    "en": "Sebaya: contact details of a student were opened",
}
_DETAILS = {
    "id": (
        "Seorang guru BK di sekolah Anda membuka data kontak yang dititipkan seorang siswa.\n\n"
        "Siapa yang membukanya dan mengapa:\n{link}\n\n"
        "Membalas surel ini tidak berpengaruh."
    ),
    "en": (
        "A counsellor of your school opened the contact details that a student had left.\n\n"
        "Which counsellor, and why:\n{link}\n\n"
        "Answering this mail has no effect."
    ),
}
_UNANSWERED_SUBJECTS = {
    "id": "Sebaya: sebuah peringatan belum dijawab siapa pun",
    "en": "Sebaya: nobody has answered an alert",
}
_UNANSWERED = {
    "id": (
        "Sebuah peringatan di sekolah Anda menunggu. Semua yang harus dipanggil sudah dipanggil, "
        "dan belum ada guru BK yang menyatakan menanganinya.\n\n"
        "Anda tidak dapat membukanya. Hubungi sekarang seorang guru BK lewat telepon atau temui "
        "langsung, dan minta ia membuka Sebaya.\n\n"
        "Pemanggilan terus berjalan. Membalas surel ini tidak berpengaruh."
    ),
    "en": (
        "An alert at your school is waiting. Everybody who is to be called has been called, and no "
        "counsellor has said that they take it.\n\n"
        "You cannot open it. Reach a counsellor now, by telephone or in person, and ask them to "
        "open Sebaya.\n\n"
        "The calls go on. Answering this mail has no effect."
    ),
}
_SUBJECTS_OF_COORDINATORS = {
    PageKind.DETAILS: _DETAILS_SUBJECTS,
    PageKind.UNANSWERED: _UNANSWERED_SUBJECTS,
}
_TEXTS = {
    PageKind.STEP: _BODIES,
    PageKind.NEWS: _NEWS,
    PageKind.REVIEW: _REVIEWS,
    PageKind.DETAILS: _DETAILS,
    PageKind.UNANSWERED: _UNANSWERED,
}


def mark_as_machines(mail: EmailMessage) -> None:
    """Mark a mail as a machine's, so that no machine answers."""
    mail["Auto-Submitted"] = "auto-generated"
    mail["Precedence"] = "bulk"
    mail["X-Auto-Response-Suppress"] = "All"


@dataclass(frozen=True, slots=True)
class Notice:
    """One page, for either channel.

    `first_mail` is the Message-ID of the first mail about this alert to this person; "" for that
    one itself.
    """

    page: Page
    alert: Alert
    origin: str
    languages: tuple[str, ...]
    first_mail: str = ""

    @property
    def link(self) -> str:
        """The address of the alert's page; for a coordinator their own page."""
        if self.page.kind in _SUBJECTS_OF_COORDINATORS:
            return f"{self.origin}/escalation/s/{self.alert.school_id}/questions"
        return f"{self.origin}/escalation/s/{self.alert.school_id}/alerts/{self.alert.alert_id}"

    def _language(self) -> str:
        return next((language for language in self.languages if language in _BODIES), "en")

    def mail(self, sender: str, recipient: str) -> EmailMessage:
        """Build the mail, marked so that no vacation robot answers."""
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = recipient
        mail["Subject"] = self._subject()
        mail["Date"] = format_datetime(self.page.planned_at.astimezone(UTC))
        mail["Message-ID"] = self.page.message_id
        if self.first_mail:
            mail["In-Reply-To"] = self.first_mail
            mail["References"] = self.first_mail
        mark_as_machines(mail)
        mail["X-Priority"] = "1" if self.alert.level >= Level.RED else "3"
        mail.set_content(_TEXTS[self.page.kind][self._language()].format(link=self.link))
        return mail

    def _subject(self) -> str:
        if subjects := _SUBJECTS_OF_COORDINATORS.get(self.page.kind):
            return subjects[self._language()]
        code = self.alert.code or make_code(self.alert.alert_id)
        return f"{_SUBJECTS[self._language()][self.alert.level]} [{code}]"

    def body(self) -> bytes:
        """Build the JSON body that a webhook receives."""
        return msgspec.json.encode(
            {
                "page_id": self.page.page_id,
                "alert_id": self.alert.alert_id,
                "school_id": self.alert.school_id,
                "level": self.alert.level,
                "kind": self.page.kind,
                "turn": self.page.turn,
                "rung": self.page.rung,
                "raised_at": self.alert.raised_at,
                "link": self.link,
            }
        )
