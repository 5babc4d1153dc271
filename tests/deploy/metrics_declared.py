"""The names of all series that the code declares."""

import functools
from importlib import import_module

from prometheus_client import REGISTRY

from sebaya_contracts.topics import SERVICES

MODULES = ("sebaya_chassis.base.metrics", *(f"sebaya_{service}.metrics" for service in SERVICES))
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


@functools.cache
def declared() -> frozenset[str]:
    """As Prometheus stores them."""
    return frozenset(
        name + suffix for name, kind in _families().items() for suffix in SUFFIXES[kind]
    )


def families() -> frozenset[str]:
    """As people speak of them."""
    return frozenset(_families())


@functools.cache
def _families() -> dict[str, str]:
    for module in MODULES:
        import_module(module)
    return {
        family.name: family.type
        for family in REGISTRY.collect()
        if family.name.startswith("sebaya_")
    }
