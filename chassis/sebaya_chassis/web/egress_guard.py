"""The addresses that a school's file may make the platform send to: outside the district's network,
unless a network is allowed by name.

No maintained library does this for httpx, so it stands on `ipaddress`. A literal address is judged
when the file is applied, a name when it is sent to: every answer of one look-up is judged, and the
connection goes to the very address that was (no rebinding).
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Receivers of pages listen where the web does; every other port is some other service's.
PORTS = frozenset({443, 8443})
# The only IPv6 that is routed between networks (RFC 4291, 2.4); carriers of IPv4 inside it count as
# what they carry.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# What the oldest supported Python still calls global: protocol assignments (a cloud's metadata
# lives there), the withdrawn relays of 6to4 (RFC 7526), documentation (RFC 9637).
_NEVER = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
# Names that mean this machine or this network wherever they are looked up (RFC 6761, 6762, 8375;
# .internal by ICANN 2024).
_INSIDE_NAMES = ("localhost", "local", "internal", "home.arpa", "localdomain")


class EgressRefused(Exception):
    """An address that nothing may be sent to; `reason` is a closed word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NameUnknown(Exception):
    """The name could not be looked up; a later try may succeed."""


@dataclass(frozen=True, slots=True)
class PinnedAddress:
    """The address to connect to, and the name it was looked up from (for the Host header and the
    certificate).
    """

    url: httpx.URL
    host: str
    server_name: str


def is_public(address: str) -> bool:
    """Tell whether an address is public.

    It is neither private, loopback, link-local, shared, reserved nor multicast. An IPv4 address
    inside an IPv6 one counts as itself.
    """
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if any(parsed in network for network in _NEVER):
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved
    carried = _carried(parsed)
    if carried is not None:
        return is_public(str(carried))
    return parsed in _GLOBAL_UNICAST and parsed.is_global


def _carried(parsed: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if parsed in _NAT64:
        return ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
    return parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)


def check_literal(url: str, allowed: Sequence[Network] = ()) -> None:
    """Check what can be checked without looking a name up. Raises Inward."""
    parsed = _parsed(url)
    host = parsed.host.rstrip(".").lower()
    address = _as_address(host)
    if address is not None:
        _check(parsed, [address], allowed)
    elif not allowed and (
        host.rsplit(".", maxsplit=1)[-1] in _INSIDE_NAMES
        or host.endswith(".home.arpa")
        or "." not in host
    ):
        raise EgressRefused("address_private")
    elif not allowed:
        _check_scheme_and_port(parsed)


async def resolve(url: str, allowed: Sequence[Network] = ()) -> PinnedAddress:
    """Resolve the address to connect to. Raises EgressRefused, NameUnknown."""
    parsed = _parsed(url)
    addresses = await _looked_up(parsed.host, _port(parsed))
    _check(parsed, addresses, allowed)
    return PinnedAddress(
        parsed.copy_with(host=str(addresses[0])), parsed.netloc.decode(), parsed.host
    )


def _parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        raise EgressRefused("url_invalid") from None
    if parsed.scheme not in {"https", "http"} or not parsed.host or parsed.userinfo:
        raise EgressRefused("url_invalid")
    return parsed


def _port(parsed: httpx.URL) -> int:
    return parsed.port or (443 if parsed.scheme == "https" else 80)


async def _looked_up(host: str, port: int) -> list[Address]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NameUnknown from None
    return [ipaddress.ip_address(str(entry[4][0])) for entry in found]


def _check(parsed: httpx.URL, addresses: Sequence[Address], allowed: Sequence[Network]) -> None:
    """Check every address of a name: which of them answers is up to the name's owner.

    An allowed network is not checked further.
    """
    outside = [
        address for address in addresses if not any(address in network for network in allowed)
    ]
    if not all(is_public(str(address)) for address in outside):
        raise EgressRefused("address_private")
    if outside:
        _check_scheme_and_port(parsed)


def _check_scheme_and_port(parsed: httpx.URL) -> None:
    if parsed.scheme != "https":
        raise EgressRefused("url_invalid")
    if _port(parsed) not in PORTS:
        raise EgressRefused("port_refused")


def _as_address(host: str) -> Address | None:
    """Parse also what the system's resolver takes for an address: 127.1, 0x7f000001, 2130706433."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
