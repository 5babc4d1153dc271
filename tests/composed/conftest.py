"""docker-compose.yml for real. Collected only where it is asked for (`make test-compose`): it takes an engine, and minutes."""

import os

if not os.environ.get("SEBAYA_COMPOSE"):
    collect_ignore_glob = ["test_*.py"]
