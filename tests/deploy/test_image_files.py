"""Dockerfile and docker-compose.yml, as far as they can be judged without an engine."""

import re
from typing import Any

import pytest
import yaml

from deploy.rendering import overlay, roles
from deploy.test_rules import ROOT
from deploy.test_settings import SHARED, settings_class, variables
from sebaya_chassis.web.issuer import IssuerSettings
from sebaya_contracts.topics import SERVICES

DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = {f"{service}-{role}" for service in SERVICES for role in ("api", "worker")}
MEMBERS = {f"services/{service}" for service in SERVICES} | {"cli"}
LOCKS = ("bootstrap", "build", "compose", "dev")


def test_what_is_installed_is_locked_by_hash() -> None:
    fetched = [
        line
        for line in DOCKERFILE.splitlines()
        if '"install"' in line or "pip install" in line or "pip wheel" in line
    ]
    assert len(fetched) == 4
    assert all("--require-hashes" in line or "--no-deps" in line for line in fetched)
    for file in (
        ROOT / "locks" / "build.txt",
        *(ROOT / member / "requirements.txt" for member in MEMBERS),
    ):
        text = file.read_text()
        assert text.count("==") >= 1 and "://" not in text
        assert len(re.findall(r"^\S+==", text, re.MULTILINE)) == len(
            re.findall(r"^\S+==[^\n]*\\\n    --hash=", text, re.MULTILINE)
        )


@pytest.mark.parametrize(
    "file",
    [
        *(f"locks/{name}.txt" for name in LOCKS),
        *(f"{member}/requirements.txt" for member in sorted(MEMBERS)),
    ],
)
def test_a_lock_is_as_the_exporter_writes_it(file: str) -> None:
    """Merged by hand it may still install, and be another one after the next `make export`."""
    names = re.findall(r"^([a-z0-9-]+)==", (ROOT / file).read_text(), re.MULTILINE)
    assert names and names == sorted(names)


def test_the_maker_of_wheels_is_the_one_that_development_uses() -> None:
    assert (ROOT / "locks" / "build.txt").read_text().strip() in (
        ROOT / "locks" / "dev.txt"
    ).read_text()


def test_an_image_is_nobodys_and_needs_no_frontend() -> None:
    assert "# syntax" not in DOCKERFILE
    last = DOCKERFILE.rsplit("\nFROM ", 1)[-1]
    assert "USER 10001:10001" in last
    assert "HEALTHCHECK" in last and '["python", "-m", "sebaya_chassis.service.probe"]' in last
    assert "org.opencontainers.image.title" in last
    assert "RUN" not in last


@pytest.mark.parametrize("name", sorted(OURS))
def test_compose_starts_a_role_as_kubernetes_does(name: str) -> None:
    """The same process, the same role and prefix, as little allowed."""
    service = COMPOSE["services"][name]
    member, role = name.split("-")
    (deployment,) = [made for made in roles(overlay("trial")) if made["metadata"]["name"] == name]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    told = {entry["name"]: entry.get("value") for entry in container["env"]}
    assert service["command"] == container["command"]
    assert service["environment"]["SEBAYA_ROLE"] == told["SEBAYA_ROLE"] == role
    assert service["environment"]["SEBAYA_ROOT_PATH"] == told["SEBAYA_ROOT_PATH"]
    assert service["build"]["args"]["MEMBER"] == f"services/{member}"
    assert service["init"], "or the signal that ends it is lost while it starts"
    assert (
        service["read_only"]
        and service["cap_drop"] == ["ALL"]
        and service["security_opt"] == ["no-new-privileges:true"]
    )
    assert (
        service["stop_grace_period"]
        == f"{deployment['spec']['template']['spec']['terminationGracePeriodSeconds']}s"
    )


@pytest.mark.parametrize("name", sorted(OURS))
def test_compose_tells_a_service_only_what_it_reads(name: str) -> None:
    assert told(name) <= set(variables(settings_class(name.partition("-")[0]))) | SHARED


def test_compose_tells_the_others_only_what_they_read() -> None:
    assert told("issuer") <= set(variables(IssuerSettings))
    entrance = (ROOT / "deploy/local/Caddyfile").read_text()
    # Where Caddy itself may write.
    assert {variable for variable in told("entrance") if f"{{${variable}" not in entrance} == {
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
    }
    bootstrap = (ROOT / "deploy/compose/bootstrap.py").read_text()
    assert [
        variable for variable in told("bootstrap") if f'os.environ["{variable}"]' not in bootstrap
    ] == []


def told(name: str) -> set[str]:
    return set(COMPOSE["services"][name]["environment"])


def test_compose_listens_on_this_machine_alone() -> None:
    published = [
        port for service in COMPOSE["services"].values() for port in service.get("ports", [])
    ]
    assert published and all(port.startswith("127.0.0.1:") for port in published)
    assert not [name for name, service in COMPOSE["services"].items() if service.get("privileged")]


def test_prometheus_of_compose_looks_at_every_process() -> None:
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    targets = {
        target
        for job in config["scrape_configs"]
        for group in job["static_configs"]
        for target in group["targets"]
    }
    assert targets == {f"{name}:8000" for name in OURS}


def test_images_of_third_parties_have_a_version_and_the_trial_s_mail_is_the_same() -> None:
    images = {
        name: service["image"]
        for name, service in COMPOSE["services"].items()
        if "build" not in service
    }
    assert all(re.search(r":v?\d", image) for image in images.values())
    (mail,) = [
        made
        for made in overlay("trial")
        if made["kind"] == "Deployment" and made["metadata"]["name"] == "trial-mail"
    ]
    assert images["mail"] == mail["spec"]["template"]["spec"]["containers"][0]["image"]
