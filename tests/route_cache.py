"""What FastAPI reads from a route, kept for the next app of the same process.

A test composes a service of its own, and one process of the suite composes many hundred. The
routes stay what they are, and reading them takes longer than all that such a test asks for.
"""

from dataclasses import replace
from functools import cache
from typing import Any

import fastapi.dependencies.utils
import fastapi.routing
from fastapi.dependencies.models import Dependant

_read = fastapi.dependencies.utils.get_dependant
_kept: dict[tuple[Any, ...], Dependant] = {}


def get_dependant(**signature: Any) -> Dependant:
    """Read a signature once. The list that a route adds its router's dependencies to is its own."""
    key = tuple(
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in sorted(signature.items())
    )
    dependant = _kept.get(key)
    if dependant is None:
        dependant = _kept[key] = _read(**signature)
    return replace(dependant, dependencies=list(dependant.dependencies))


def share_what_is_read() -> None:
    """Let every app of this process share signatures and the models of answers."""
    fastapi.dependencies.utils.get_dependant = get_dependant
    vars(fastapi.routing)["get_dependant"] = get_dependant
    answer_field = vars(fastapi.routing)["create_model_field"]
    vars(fastapi.routing)["create_model_field"] = cache(answer_field)
