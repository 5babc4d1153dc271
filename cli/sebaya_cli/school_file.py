"""The district's file on this machine: YAML under version control, `defaults` for what schools
share, and one entry a school.
"""

import ipaddress
import json
import os
from collections.abc import Mapping
from pathlib import Path

from sebaya_chassis.web.district_file import check_district
from sebaya_chassis.web.egress_guard import Network
from sebaya_cli.refusal import Refusal
from sebaya_contracts.district import School
from sebaya_evaluation.library import explain_unassignable


def read(path: Path, environ: Mapping[str, str] = os.environ) -> list[School]:
    """Read every school of the file, valid and complete.

    Raises Refusal with all faults, each in one sentence with its line and field.
    """
    networks = allowed_networks(environ)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}.") from None
    checked = check_district(content, networks, explain_unassignable)
    if checked.faults:
        listed = "\n  ".join(map(str, checked.faults))
        raise Refusal(f"{path} was not applied:\n  {listed}")
    return list(checked.schools)


def allowed_networks(environ: Mapping[str, str]) -> tuple[Network, ...]:
    """Read the networks that escalation is told of too. Raises Refusal."""
    try:
        listed = json.loads(environ.get("SEBAYA_WEBHOOK_ALLOWED_NETWORKS", "[]"))
        return tuple(ipaddress.ip_network(network) for network in listed)
    except (ValueError, TypeError):
        raise Refusal(
            'SEBAYA_WEBHOOK_ALLOWED_NETWORKS is not a list of networks such as ["10.20.0.0/16"].'
        ) from None
