"""A start says nothing: what a library will drop is noticed here, not at the next upgrade."""

import os
import subprocess
import sys

# Imported and composed, not run: no server is needed.
START = """
from importlib import import_module
import sebaya_cli.main
from sebaya_chassis.web.issuer import IssuerSettings, create_issuer_app
create_issuer_app(IssuerSettings())
for service in ("intake", "matching", "escalation", "evaluation"):
    import_module(f"sebaya_{service}.main").compose()
"""
SETTINGS = {
    "SEBAYA_ENVIRONMENT": "local",
    "SEBAYA_MONGODB_URI": "mongodb://nowhere",
    "SEBAYA_KAFKA_BOOTSTRAP_SERVERS": "nowhere:1",
    "SEBAYA_SECRET_KEY": "s" * 32,
    "SEBAYA_OIDC_ISSUER": "http://127.0.0.1/issuer",
    "SEBAYA_ROOT_PATH": "/service",
}


def test_starting_uses_nothing_deprecated() -> None:
    """In a process of its own: in this one the modules are imported already.

    A library may filter its own warnings at import, so what is printed counts, not the exit code.
    """
    done = subprocess.run(
        [sys.executable, "-W", "always::DeprecationWarning", "-c", START],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | SETTINGS,
    )
    assert (done.returncode, done.stderr) == (0, "")
