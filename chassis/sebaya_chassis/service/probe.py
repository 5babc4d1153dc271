"""Asks the process of this container whether it is ready, for engines that run a command instead of
asking HTTP. Exits 0 or 1.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException

# As a readiness probe of Kubernetes waits.
ANSWER_SECONDS = 2.0


def ready(port: int) -> bool:
    """Ask the process on this port; a process that does not answer in time is not ready."""
    connection = HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if ready(int(os.environ.get("SEBAYA_PORT", "8000"))) else 1)
