"""Whether an instrument may be asked in a language on a day: its texts, and a tenant's licence."""

from datetime import date

from sebaya_evaluation.domain.instruments.instrument import Instrument


def explain_refusal(instrument: Instrument, language: str, today: date) -> str | None:
    """Explain why the instrument may not be asked; None where it may."""
    name = f"{instrument.instrument_id} version {instrument.version}"
    record = instrument.licence.record
    if record is not None and record.until is not None and record.until < today:
        return f"{name}: licence {record.number} of {record.holder} ended on {record.until}"
    if language in instrument.list_languages():
        return None
    where = instrument.texts_from.get(language)
    source = f", from {where}" if where else ""
    return f"{name} has no texts in `{language}`: put your own in a copy of its file{source}"
