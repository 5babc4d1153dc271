"""A real Keycloak. Collected only where it is asked for (`make test-oidc`): it takes minutes."""

import os

if not os.environ.get("SEBAYA_OIDC"):
    collect_ignore_glob = ["test_*.py"]
