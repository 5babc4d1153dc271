"""Who may speak to whom, by the network policies: both sides must allow it, as the cluster's
network plugin decides.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from deploy.rendering import Labels, Manifest, matches, of_kind

NAMESPACE = "sebaya"


@dataclass(frozen=True)
class End:
    """A pod with its labels and its namespace's, or an address outside the cluster."""

    labels: Labels = field(default_factory=dict)
    namespace: Labels = field(default_factory=lambda: {"kubernetes.io/metadata.name": NAMESPACE})
    address: str | None = None

    @property
    def inside(self) -> bool:
        return (
            self.address is None and self.namespace.get("kubernetes.io/metadata.name") == NAMESPACE
        )


def allowed(
    manifests: Sequence[Manifest], source: End, target: End, port: int, protocol: str = "TCP"
) -> bool:
    """An end outside our namespace is not ours to judge: its own side is taken as open."""
    leaves = not source.inside or _side(manifests, source, target, "Egress", port, protocol)
    enters = not target.inside or _side(manifests, target, source, "Ingress", port, protocol)
    return leaves and enters


def _side(
    manifests: Sequence[Manifest], own: End, other: End, direction: str, port: int, protocol: str
) -> bool:
    policies = [policy["spec"] for policy in of_kind(manifests, "NetworkPolicy")]
    selecting = [
        p
        for p in policies
        if direction in p["policyTypes"] and matches(p["podSelector"], own.labels)
    ]
    if not selecting:
        return True
    rules = [rule for policy in selecting for rule in policy.get(direction.lower(), [])]
    peers = "to" if direction == "Egress" else "from"
    return any(_port(rule, port, protocol) and _peer(rule.get(peers), other) for rule in rules)


def _port(rule: Manifest, port: int, protocol: str) -> bool:
    if "ports" not in rule:
        return True
    return any(
        p["protocol"] == protocol and p["port"] <= port <= p.get("endPort", p["port"])
        for p in rule["ports"]
    )


def _peer(peers: list[dict[str, Any]] | None, other: End) -> bool:
    return peers is None or any(_is(peer, other) for peer in peers)


def _is(peer: dict[str, Any], other: End) -> bool:
    if "ipBlock" in peer:
        return other.address is not None and _within(peer["ipBlock"], other.address)
    if other.address is not None:
        return False
    namespace = (
        matches(peer["namespaceSelector"], other.namespace)
        if "namespaceSelector" in peer
        else other.inside
    )
    return namespace and matches(peer.get("podSelector", {}), other.labels)


def _within(block: dict[str, Any], address: str) -> bool:
    ip = ipaddress.ip_address(address)
    return ip in ipaddress.ip_network(block["cidr"]) and all(
        ip not in ipaddress.ip_network(out) for out in block.get("except", [])
    )
