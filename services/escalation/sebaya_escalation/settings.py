"""The settings of escalation."""

from enum import StrEnum

from pydantic import Field, IPvAnyNetwork, SecretStr

from sebaya_chassis.base.settings import ChassisSettings


class SmtpSecurity(StrEnum):
    """The protection of the connection to the mail server; NONE is for the same machine."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class Settings(ChassisSettings):
    """How one process of escalation pages, screens and publishes; the rest is the chassis'."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_security: SmtpSecurity = SmtpSecurity.NONE
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str = Field("sebaya@localhost", pattern=r"^[^@\s]+@[^@\s]+$")
    # Receivers inside the district's network, each network named: any other would let a school's
    # file reach inside.
    webhook_allowed_networks: tuple[IPvAnyNetwork, ...] = ()

    # An imminent rung waits two minutes: four attempts of ten seconds and their pauses fit.
    page_attempt_seconds: float = 10.0
    # After this a send that was in flight when its process died is made again; twice the attempt,
    # so that a slow one is not doubled.
    page_lease_seconds: float = 20.0
    # The mail server of a district takes some connections at once; one slow webhook must not hold
    # them all.
    mail_lanes: int = 16
    webhook_lanes: int = 4

    # Intake treats an expired coverage as "nobody on call": three renewals may fail before it does.
    coverage_expires_seconds: float = 900.0
    coverage_every_seconds: float = 300.0

    # Past this many unscreenable messages of one school within a minute it is one failure, and gets
    # one alert.
    unscreened_singly: int = 5
    # After this the process that screens a text is ended. 20,000 characters take about 20 ms; the
    # rest is for a machine that is busy.
    screen_within_seconds: float = 2.0
    # The second stage of the screen, which reads what a text means and may only raise. Where it
    # cannot be used, a gauge and an alert say so, until it is switched off here on purpose.
    screen_meaning: bool = True
    gauges_every_seconds: float = 10.0

    @property
    def mail_domain(self) -> str:
        """The domain of the Message-ID of every page."""
        return self.mail_from.partition("@")[2]
