"""Collected only where it is asked for (`make test-k8s`): the control plane takes minutes to build,
once.
"""

import os

if not os.environ.get("SEBAYA_CONTROL_PLANE"):
    collect_ignore_glob = ["test_*.py"]
