"""A real control plane on 127.0.0.1: etcd, kube-apiserver, controller-manager, scheduler, and
kwok's simulated nodes.
"""

import asyncio
import json
import secrets
import ssl
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from deploy.rendering import KUBECTL, Manifest
from k8s.programs import stages
from sebaya_cli.stack.ports import HOST, free_port
from sebaya_cli.stack.process import Child

READY_WITHIN = 120.0
# The server takes the template of a pod that it will not take, and only says so.
POD_REFUSED = "would violate PodSecurity"
ZONES = ("zone-a", "zone-b", "zone-c")
# Of each simulated node.
ROOM = {"cpu": "16", "memory": "64Gi", "pods": "110"}


class Refused(Exception):
    """What the API server answered."""


@dataclass
class Plane:
    """`kubectl` against it, as an administrator."""

    folder: Path
    programs: Path
    token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    etcd_port: int = field(default_factory=free_port)
    etcd_peers: int = field(default_factory=free_port)
    port: int = field(default_factory=free_port)
    children: list[Child] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}"

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    async def start(self) -> None:
        self._write()
        await self._run("etcd", self._etcd(), f"http://{HOST}:{self.etcd_port}/health")
        await self._run("kube-apiserver", self._api_server(), f"{self.url}/readyz")
        common = [
            f"--kubeconfig={self.kubeconfig}",
            "--leader-elect=false",
            f"--bind-address={HOST}",
        ]
        port = free_port()
        keys = [
            f"--service-account-private-key-file={self.folder / 'key.pem'}",
            f"--secure-port={port}",
        ]
        await self._run(
            "kube-controller-manager", [*common, *keys], f"https://{HOST}:{port}/healthz"
        )
        port = free_port()
        await self._run(
            "kube-scheduler", [*common, f"--secure-port={port}"], f"https://{HOST}:{port}/healthz"
        )

    async def simulate(self, nodes: dict[str, str]) -> None:
        """Nodes by name with their zone; every pod that is scheduled there is ready at once."""
        port = free_port()
        flags = [
            f"--kubeconfig={self.kubeconfig}",
            f"--config={self.folder / 'stages.yaml'}",
            f"--server-address={HOST}:{port}",
        ]
        await self._run(
            "kwok",
            [*flags, "--manage-all-nodes", "--node-lease-duration-seconds=40"],
            f"http://{HOST}:{port}/healthz",
        )
        made = yaml.safe_dump_all(node(name, zone) for name, zone in nodes.items())
        self.kubectl("create", "-f", "-", given=made)  # an apply would leave the status out

    async def stop(self) -> None:
        for child in reversed(self.children):
            await child.stop()

    def apply(self, manifests: Sequence[Manifest], *arguments: str) -> str:
        """Strictly: an unknown field is refused, and so is a template whose pods would be. Raises
        Refused.
        """
        text = yaml.safe_dump_all(manifests)
        return self.kubectl(
            "apply", "--server-side", "--validate=strict", "-f", "-", *arguments, given=text
        )

    def kubectl(self, *arguments: str, given: str | None = None) -> str:
        command = [str(KUBECTL), f"--kubeconfig={self.kubeconfig}", *arguments]
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
        if done.returncode != 0 or POD_REFUSED in done.stderr:
            raise Refused(done.stderr)
        return done.stdout

    def get(self, *arguments: str) -> list[Manifest]:
        found: list[Manifest] = json.loads(self.kubectl("get", *arguments, "-o", "json"))["items"]
        return found

    async def _run(self, name: str, flags: list[str], health: str) -> None:
        child = Child(name, [str(self.programs / name), *flags], self.folder / f"{name}.log")
        self.children.append(child)
        child.start()
        async with httpx.AsyncClient(
            verify=_unchecked(), trust_env=False, headers={"Authorization": f"Bearer {self.token}"}
        ) as client:
            await child.until(lambda: _healthy(client, health), READY_WITHIN)

    def _etcd(self) -> list[str]:
        here, peers = f"http://{HOST}:{self.etcd_port}", f"http://{HOST}:{self.etcd_peers}"
        return [
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={here}",
            f"--advertise-client-urls={here}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
            "--unsafe-no-fsync",
        ]

    def _api_server(self) -> list[str]:
        key = self.folder / "key.pem"
        return [
            f"--etcd-servers=http://{HOST}:{self.etcd_port}",
            f"--bind-address={HOST}",
            f"--advertise-address={HOST}",
            f"--secure-port={self.port}",
            f"--cert-dir={self.folder / 'certificates'}",
            "--service-account-issuer=https://sebaya.test",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--service-cluster-ip-range=10.96.0.0/16",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
        ]

    def _write(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        (self.folder / "key.pem").write_bytes(private)
        (self.folder / "tokens.csv").write_text(f'{self.token},admin,admin,"system:masters"\n')
        (self.folder / "stages.yaml").write_text(stages())
        self.kubeconfig.write_text(yaml.safe_dump(self._access()))

    def _access(self) -> dict[str, Any]:
        cluster = {"server": self.url, "insecure-skip-tls-verify": True}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "here", "cluster": cluster}],
            "users": [{"name": "admin", "user": {"token": self.token}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "admin"}}],
            "current-context": "here",
        }


@asynccontextmanager
async def control_plane(folder: Path, programs: Path) -> AsyncIterator[Plane]:
    plane = Plane(folder, programs)
    try:
        await plane.start()
        yield plane
    finally:
        await plane.stop()


def node(name: str, zone: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone},
        },
        "status": {"allocatable": ROOM, "capacity": ROOM},
    }


def _unchecked() -> ssl.SSLContext:
    """The programs sign their own certificates; all of it is on this machine."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def _healthy(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx.TransportError:
        await asyncio.sleep(0.2)
        return False
