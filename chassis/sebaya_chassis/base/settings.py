"""The settings of every service; nothing else reads the environment."""

from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from sebaya_chassis.base.kafka_access import KafkaAccess, KafkaSecurity
from sebaya_contracts.words import Role


class Misconfigured(Exception):
    """Variables of the environment are missing or wrong.

    The message names them, and never a value: some are secrets.
    """


class Environment(StrEnum):
    LOCAL = "local"
    PRODUCTION = "production"


class RunRole(StrEnum):
    """What a process does.

    `api` answers HTTP, `worker` consumes and runs the timers; `both` in one process is the local
    default.
    """

    API = "api"
    WORKER = "worker"
    BOTH = "both"

    @property
    def works(self) -> bool:
        """Whether it consumes and runs the timers."""
        return self is not RunRole.API


class KafkaSettings(BaseSettings):
    """How to connect to the broker, for the services and for the operator's command."""

    model_config = SettingsConfigDict(
        env_prefix="SEBAYA_", extra="ignore", frozen=True, populate_by_name=True
    )

    def __init__(self, **values: Any) -> None:
        """Read the environment. Raises Misconfigured."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise Misconfigured(
                "; ".join(f"{_variable(wrong['loc'])}: {wrong['msg']}" for wrong in error.errors())
            ) from None

    kafka_security: KafkaSecurity = KafkaSecurity.NONE
    kafka_user: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca_file: Path | None = None

    @model_validator(mode="after")
    def _credentials(self) -> Self:
        if self.kafka_security in {KafkaSecurity.SASL, KafkaSecurity.SASL_TLS} and not (
            self.kafka_user and self.kafka_password
        ):
            raise ValueError(
                f"SEBAYA_KAFKA_SECURITY={self.kafka_security} needs SEBAYA_KAFKA_USER and "
                "SEBAYA_KAFKA_PASSWORD"
            )
        return self

    @property
    def kafka_access(self) -> KafkaAccess:
        """What Kafka clients are built with."""
        return KafkaAccess(
            self.kafka_security, self.kafka_user, self.kafka_password, self.kafka_ca_file
        )


class ChassisSettings(KafkaSettings):
    """Names are `SEBAYA_…`; the addresses of Kafka and MongoDB keep their customary names."""

    environment: Environment = Environment.PRODUCTION
    host: str = "127.0.0.1"
    port: int = 8000
    role: RunRole = RunRole.BOTH
    root_path: str = ""
    origin: str = "http://127.0.0.1:8080"

    mongodb_uri: str = Field(validation_alias=AliasChoices("MONGODB_URI", "SEBAYA_MONGODB_URI"))
    database_prefix: str = "sebaya"
    kafka_bootstrap_servers: str = Field(
        validation_alias=AliasChoices("KAFKA_BOOTSTRAP_SERVERS", "SEBAYA_KAFKA_BOOTSTRAP_SERVERS")
    )
    topic_prefix: str = ""
    # A district's broker has three nodes; the local one is alone.
    topic_replicas: int = 3

    secret_key: SecretStr
    oidc_issuer: str
    oidc_audience: str = "sebaya"
    oidc_jwks_url: str | None = None
    # For signing in by browser (code and PKCE); a provider that takes public clients needs no
    # secret.
    oidc_client_id: str = "sebaya"
    oidc_client_secret: SecretStr | None = None
    # What is asked of the provider at sign-in: some give a refresh token only for offline_access,
    # or for a parameter of their own by JSON, {"access_type": "offline"}.
    oidc_scope: str = "openid profile"
    oidc_parameters: dict[str, str] = {}
    # Where roles and schools stand in a token: a claim's name, or a path into nested claims such as
    # realm_access.roles.
    oidc_roles_claim: str = "roles"
    oidc_schools_claim: str = "schools"
    # What the provider calls them, by JSON: {"Guru BK": "counsellor"}, {"20100123": "sma-1"}.
    oidc_role_names: dict[str, Role] = {}
    oidc_school_names: dict[str, str] = {}

    # A killed consumer's partitions move after this; 10 s rides out a long garbage collection of
    # the broker.
    session_timeout_ms: int = 10_000
    # Bigger batches cost fewer commits; past 500 a batch no longer fits the drain budget on one
    # core.
    batch_records: int = 500
    # Documents handled at once: MongoDB's pool has 100 connections, and the API needs its share.
    batch_lanes: int = 32
    # What is wrong with one record is retried this long, then parked.
    retry_seconds: float = 30.0
    handler_timeout_seconds: float = 30.0
    # A record that was being handled in this many unclean deaths is parked.
    deaths_before_parking: int = 3
    # More than this share of the last `park_window` records parked, and more than `park_floor` of
    # them: stop, something else is wrong.
    park_share: float = 0.5
    park_window: int = 200
    park_floor: int = 50
    # A supervisor must wait for twice this and some more before it kills (deploy/k8s gives a
    # minute).
    drain_seconds: float = 20.0
    unready_seconds: float = 0.0

    relay_lease_seconds: float = 30.0
    # A crash leaves events for the sweep; two seconds keep it from racing the writer's own relay.
    sweep_seconds: float = 2.0
    # Documents being published at once: each mostly waits, for two acknowledgements and a pull.
    relay_lanes: int = 256
    # A due date that another process wrote, or of which the note was lost, is found within this; a
    # page may be late by five seconds.
    timer_seconds: float = 2.0
    timer_lease_seconds: float = 30.0
    # A loop that has not turned for this long is stuck (waiting and retrying turn it).
    live_seconds: float = 60.0
    body_limit_bytes: int = 64 * 1024

    def topic(self, name: str) -> str:
        """Name a topic on this broker."""
        return f"{self.topic_prefix}{name}"


def _variable(where: tuple[int | str, ...]) -> str:
    name = str(where[0]) if where else "settings"
    return name if name.isupper() else f"SEBAYA_{name.upper()}"
