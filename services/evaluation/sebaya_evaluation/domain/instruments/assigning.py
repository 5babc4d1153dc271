"""Which instruments a school's policy may let students be asked, and how they are put on pages."""

from collections.abc import Iterator

from sebaya_evaluation.domain.instruments.instrument import Instrument, Item, Respondent

# The pages speak both, and a student may change from one to the other between two questions.
LANGUAGES = ("en", "id")
# So many questions fit on a phone without losing sight of the first.
MOST_TOGETHER = 5

Group = tuple[Item, ...]


def explain_unassignable(instrument: Instrument) -> str | None:
    """Explain why students may not be asked the instrument; None where they may.

    An answer that needs a human is as urgent as a message, and answers raise no alert.
    """
    sentinels = instrument.list_sentinels()
    if sentinels:
        return (
            f"may not be asked: {', '.join(sentinels)} can tell of danger, and no answer to a "
            "questionnaire calls an adult yet"
        )
    if instrument.respondent is not Respondent.STUDENT:
        return f"is for {instrument.respondent.value}, and students are asked"
    missing = [name for name in LANGUAGES if name not in instrument.list_languages()]
    if missing:
        return f"has no texts in {' and '.join(missing)}, and the pages are in both languages"
    return None


def list_groups(instrument: Instrument) -> tuple[Group, ...]:
    """List the items that stand on a page together: those of a subscale, where every item is in
    exactly one; else a few at a time, in their order.
    """
    in_subscales = [item_id for one in instrument.subscales for item_id in one.items]
    if sorted(in_subscales) == sorted(item.item_id for item in instrument.items):
        groups = [_find(instrument, one.items) for one in instrument.subscales]
    else:
        groups = [instrument.items]
    return tuple(part for group in groups for part in _split(group))


def _find(instrument: Instrument, item_ids: tuple[str, ...]) -> Group:
    return tuple(item for item in instrument.items if item.item_id in item_ids)


def _split(group: Group) -> Iterator[Group]:
    for start in range(0, len(group), MOST_TOGETHER):
        yield group[start : start + MOST_TOGETHER]
