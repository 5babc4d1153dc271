"""A service that is not told what it needs says which variable, and shows no other's value."""

import pytest

from sebaya_chassis.base.settings import ChassisSettings, Environment, Misconfigured, RunRole

NEEDED = {
    "MONGODB_URI": "mongodb://user:hidden-password@host",
    "KAFKA_BOOTSTRAP_SERVERS": "host:9092",
    "SEBAYA_SECRET_KEY": "hidden-key",
    "SEBAYA_OIDC_ISSUER": "http://issuer",
}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        *NEEDED,
        "SEBAYA_MONGODB_URI",
        "SEBAYA_KAFKA_BOOTSTRAP_SERVERS",
        "SEBAYA_PORT",
        "SEBAYA_ENVIRONMENT",
        "SEBAYA_ROLE",
    ):
        monkeypatch.delenv(name, raising=False)


def given(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def test_without_an_environment_every_missing_variable_is_named() -> None:
    with pytest.raises(Misconfigured) as refused:
        ChassisSettings()
    assert {part.split(":")[0] for part in str(refused.value).split("; ")} == set(NEEDED)


@pytest.mark.parametrize("missing", NEEDED)
def test_a_missing_variable_is_named_and_no_secret_is_shown(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    given(monkeypatch, {name: value for name, value in NEEDED.items() if name != missing})
    with pytest.raises(Misconfigured) as refused:
        ChassisSettings()
    assert str(refused.value) == f"{missing}: Field required"
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_wrong_variable_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, NEEDED | {"SEBAYA_PORT": "hidden-port", "SEBAYA_ROLE": "hidden-role"})
    with pytest.raises(Misconfigured, match=r"SEBAYA_PORT: .*; SEBAYA_ROLE: ") as refused:
        ChassisSettings()
    assert "hidden" not in str(refused.value)


def test_what_is_not_said_is_the_safe_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, NEEDED)
    settings = ChassisSettings()
    assert (settings.environment, settings.role, settings.host) == (
        Environment.PRODUCTION,
        RunRole.BOTH,
        "127.0.0.1",
    )
    assert "hidden" not in repr(settings.secret_key)


def test_addresses_may_bear_our_own_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    given(
        monkeypatch,
        {
            name if name.startswith("SEBAYA") else f"SEBAYA_{name}": value
            for name, value in NEEDED.items()
        },
    )
    assert ChassisSettings().kafka_bootstrap_servers == "host:9092"


@pytest.mark.parametrize(
    "given_too",
    [{}, {"SEBAYA_KAFKA_USER": "sebaya-intake"}, {"SEBAYA_KAFKA_PASSWORD": "hidden-word"}],
)
def test_signing_in_to_the_broker_needs_a_user_and_a_password(
    monkeypatch: pytest.MonkeyPatch, given_too: dict[str, str]
) -> None:
    given(monkeypatch, {**NEEDED, "SEBAYA_KAFKA_SECURITY": "sasl_tls", **given_too})
    with pytest.raises(Misconfigured) as refused:
        ChassisSettings()
    assert "SEBAYA_KAFKA_USER and SEBAYA_KAFKA_PASSWORD" in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_a_broker_without_security_is_asked_without_any(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, NEEDED)
    assert ChassisSettings().kafka_access.arguments() == {"security_protocol": "PLAINTEXT"}
