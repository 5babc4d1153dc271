"""What the files tell a service is what it understands, and what they ask of it is what it
answers.
"""

import asyncio
import importlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from deploy.rendering import (
    COMPONENT,
    EVERY,
    NAME,
    Manifest,
    combined,
    environment,
    labels_of,
    named,
    of_kind,
    overlay,
    pod_of,
    roles,
)
from sebaya_chassis.base.settings import ChassisSettings, KafkaSettings, RunRole
from sebaya_chassis.web.issuer import IssuerSettings
from sebaya_cli.stack.ports import HOST, free_port
from sebaya_cli.stack.services import MODULES
from sebaya_contracts.topics import SERVICES
from sebaya_intake.master_keys import new_master_key
from support import eventually

# A service's own HTTP, once asked to end: what a request, the consumer, the loops and the producer
# may take (runtime.py, kafka.py).
LAST_SENDS = 10.0
MARGIN = 4.0
NOWHERE = {
    "MONGODB_URI": "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=500",
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
}


def settings_class(service: str) -> type[ChassisSettings]:
    found: type[ChassisSettings] = importlib.import_module(f"sebaya_{service}.settings").Settings
    return found


def variables(kind: type[BaseSettings]) -> dict[str, FieldInfo]:
    """The names under which a settings class reads the environment."""
    found: dict[str, FieldInfo] = {}
    for name, field in kind.model_fields.items():
        alias = field.validation_alias
        names = (
            [str(choice) for choice in alias.choices]
            if hasattr(alias, "choices")
            else [f"SEBAYA_{name.upper()}"]
        )
        found |= dict.fromkeys(names, field)
    return found


# One set of settings is shared; escalation alone reads those of mail.
SHARED = set(variables(settings_class("escalation")))


@EVERY
def test_every_variable_is_one_that_the_service_reads(name: str) -> None:
    for made in roles(overlay(name)):
        service = labels_of(made)[NAME]
        known = set(variables(settings_class(service)))
        (container,) = pod_of(made)["containers"]
        assert {entry["name"] for entry in container["env"]} <= known, made["metadata"]["name"]
        assert set(environment(overlay(name), made)) <= known | SHARED, made["metadata"]["name"]


def test_the_trial_issuer_reads_what_it_is_told() -> None:
    told = environment(overlay("trial"), named(overlay("trial"), "Deployment", "trial-issuer"))
    assert set(told) <= set(variables(IssuerSettings))


def test_the_command_that_applies_the_district_s_file_reads_what_it_is_told(tmp_path: Path) -> None:
    job = named(
        combined(tmp_path, ("kafka", "mongodb-given", "district-file")), "Job", "school-apply"
    )
    (container,) = pod_of(job)["containers"]
    assert {entry["name"] for entry in container["env"]} <= {
        *variables(KafkaSettings),
        "MONGODB_URI",
    }
    *command, file = container["command"]
    assert command == ["sebaya", "school", "apply"]
    (mount,) = [
        mount
        for mount in container["volumeMounts"]
        if Path(mount["mountPath"]) == Path(file).parent
    ]
    assert mount["readOnly"] is True


@EVERY
def test_secrets_come_from_secrets_and_from_nowhere_else(name: str) -> None:
    for made in roles(overlay(name)):
        (container,) = pod_of(made)["containers"]
        kinds = variables(settings_class(labels_of(made)[NAME]))
        for entry in container["env"]:
            secret = (
                "SecretStr" in str(kinds[entry["name"]].annotation)
                or entry["name"] == "MONGODB_URI"
            )
            assert not secret or "secretKeyRef" in entry["valueFrom"], entry["name"]


def told(monkeypatch: pytest.MonkeyPatch, name: str, made: Manifest) -> ChassisSettings:
    for variable in list(os.environ):
        if variable.startswith(("SEBAYA_", "MONGODB_", "KAFKA_")):
            monkeypatch.delenv(variable)
    for variable, value in environment(overlay(name), made).items():
        monkeypatch.setenv(variable, value)
    return settings_class(labels_of(made)[NAME])()


@EVERY
def test_each_role_starts_from_what_it_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for made in roles(overlay(name)):
        settings = told(monkeypatch, name, made)
        assert settings.role is RunRole(labels_of(made)[COMPONENT])
        assert settings.root_path == f"/{labels_of(made)[NAME]}"
        assert settings.environment.value == "production"
        assert settings.kafka_access.security.value == "sasl_tls"
        assert isinstance(settings.secret_key, SecretStr)
        (port,) = pod_of(made)["containers"][0]["ports"]
        assert (settings.host, settings.port, port["name"]) == (
            "0.0.0.0",
            port["containerPort"],
            "http",
        )


@EVERY
def test_a_pod_has_the_time_that_its_farewell_may_take(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for made in roles(overlay(name)):
        settings = told(monkeypatch, name, made)
        farewell = settings.unready_seconds + 2 * settings.drain_seconds + LAST_SENDS
        assert pod_of(made)["terminationGracePeriodSeconds"] >= farewell + MARGIN
        if settings.role is RunRole.API:
            assert settings.unready_seconds >= 3, (
                "an entrance must hear of it before the doors close"
            )


@EVERY
def test_each_role_runs_its_service_s_own_module(name: str) -> None:
    for made in roles(overlay(name)):
        (container,) = pod_of(made)["containers"]
        assert container["command"] == ["python", "-m", MODULES[labels_of(made)[NAME]]]


@EVERY
def test_probes_and_scrapes_ask_paths_that_are_there(name: str) -> None:
    for made in roles(overlay(name)):
        (container,) = pod_of(made)["containers"]
        asked = {
            kind: container[kind]["httpGet"]
            for kind in ("startupProbe", "livenessProbe", "readinessProbe")
        }
        assert {kind: (get["path"], get["port"]) for kind, get in asked.items()} == {
            "startupProbe": ("/health/startup", "http"),
            "livenessProbe": ("/health/live", "http"),
            "readinessProbe": ("/health/ready", "http"),
        }


def test_the_monitor_reads_the_named_port_of_every_role() -> None:
    (monitor,) = of_kind(overlay("district"), "PodMonitor")
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("http", "/metrics")


@pytest.mark.parametrize(("service", "role"), [("intake", "api"), ("escalation", "worker")])
async def test_probe_tied_to_a_dependency(service: str, role: str, tmp_path: Path) -> None:
    """The process of the files, with Kafka and MongoDB away: started, live, ready, scraped; behind
    its prefix as well; gone in time.
    """
    made = named(overlay("trial"), "Deployment", f"{service}-{role}")
    (container,) = pod_of(made)["containers"]
    paths = [
        container[kind]["httpGet"]["path"]
        for kind in ("startupProbe", "livenessProbe", "readinessProbe")
    ]
    async with running(made, tmp_path / "log") as (process, client):
        await eventually(lambda: answer(client, paths[0]), within=90)
        for path in paths[:2]:
            assert await answer(client, path) == 200, path

        async def ready() -> bool:
            """After the seconds in which it looked for its store: an entrance must reach intake's
            own 503.
            """
            return await answer(client, paths[2]) == 200

        await eventually(ready, within=30)
        for path in paths:
            assert await answer(client, f"/{service}{path}") == 200, (
                "an ingress that does not strip the prefix"
            )
        assert b"sebaya_loop_age_seconds" in (await client.get("/metrics")).content
        process.send_signal(signal.SIGTERM)
        if role == "api":
            await eventually(
                lambda: answer(client, paths[2], wanted=503),
                within=4,
                says="not ready, and still answering",
            )
        await asyncio.wait_for(process.wait(), pod_of(made)["terminationGracePeriodSeconds"])
        assert process.returncode == 0, (tmp_path / "log").read_text()[-2000:]


@asynccontextmanager
async def running(
    made: Manifest, log: Path
) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    """The container's command with its environment, on a port of this machine."""
    (container,) = pod_of(made)["containers"]
    port = free_port()
    master_keys = log.with_name("master-keys")
    master_keys.write_text(new_master_key(datetime.now(UTC)))
    here = {
        "SEBAYA_MASTER_KEYS_FILE": str(master_keys),
        "SEBAYA_HOST": HOST,
        "SEBAYA_PORT": str(port),
        "SEBAYA_KAFKA_SECURITY": "none",
        "PATH": os.environ["PATH"],
    }
    told = environment(overlay("trial"), made) | NOWHERE | here
    with log.open("w") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *container["command"][1:], env=told, stdout=out, stderr=out
        )
    try:
        async with httpx.AsyncClient(
            base_url=f"http://{HOST}:{port}", trust_env=False, timeout=10
        ) as client:
            yield process, client
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def answer(client: httpx.AsyncClient, path: str, wanted: int | None = None) -> int | None:
    """The status, or None where nobody answers (or answers something else than is wanted)."""
    try:
        status = (await client.get(path)).status_code
    except httpx.TransportError:
        return None
    return status if wanted in {None, status} else None


def test_every_service_of_the_contracts_has_settings() -> None:
    for service in SERVICES:
        assert issubclass(settings_class(service), ChassisSettings)
