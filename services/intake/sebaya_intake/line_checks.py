"""Where the operator's checks of crisis lines are kept: one document of the district."""

from collections.abc import Iterable

from sebaya_chassis.storage.district_store import DistrictStore
from sebaya_chassis.storage.layout import CollectionSpec
from sebaya_intake.domain import line_checks
from sebaya_intake.domain.line_checks import LineChecks

_ONE = "line_checks"
LINE_CHECKS = CollectionSpec("line_checks", LineChecks, identity=lambda _checks: _ONE)


async def load_line_checks(store: DistrictStore) -> LineChecks:
    """Load the checks; the first look at them is the first day of the installation."""
    documents = store.documents(LINE_CHECKS)
    return (await documents.upsert(_ONE, LineChecks, lambda known, _now: (known, ()))).state


async def confirm_lines(store: DistrictStore, country: str, names: Iterable[str]) -> LineChecks:
    """Confirm lines of a country, as rung up now."""
    listed = tuple(names)
    changed = await store.documents(LINE_CHECKS).upsert(
        _ONE,
        LineChecks,
        lambda known, now: (line_checks.confirm(known, country, listed, now), ()),
    )
    return changed.state
