"""When the words of a case go by age. A check that is due postpones their end while they are
unhandled, but not for ever.

The clock runs from the last word of any author. Unhandled is what no human of the school has read
since its student wrote it, what an alert is still open about, and what was never screened. The
student's own erasure asks nothing of this.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sebaya_contracts.intake import Preferences, SafetyAnswers
from sebaya_intake.domain.case import Case, Opening
from sebaya_intake.domain.projection import AlertState

# The longest holidays, and a month for the staff that come back from them.
POSTPONED_AT_MOST = timedelta(days=90)
# A school may shorten its retention at any time; a month later it holds for what is there.
CHECK_EVERY = timedelta(days=30)
# After staff have read or closed at last, a week or less remains to act on it.
CHECK_AGAIN = timedelta(days=7)


def has_unread(case: Case) -> bool:
    """Tell whether the student has written something that no staff of the school have read."""
    return case.student_posted_at is not None and (
        case.read_at is None or case.read_at < case.student_posted_at
    )


def mark_read(case: Case, now: datetime) -> Case:
    """Record that staff have read to the end."""
    return replace(case, read_at=now)


def is_handled(case: Case) -> bool:
    """Tell whether all words are screened and read, and no alert is open."""
    closed = all(state is AlertState.CLOSED for state in case.view.alerts.values())
    return closed and case.screened and not has_unread(case)


def is_over(case: Case, kept_for: timedelta, now: datetime) -> bool:
    """Tell whether the words, if there are any, are older than they should be."""
    return case.last_posted_at is not None and case.last_posted_at + kept_for <= now


def check_retention(case: Case, kept_for: timedelta, now: datetime) -> Case:
    """Set the next check, or end the words: `words_end` then says up to which moment."""
    if case.words_until is None or now < case.words_until:
        return case
    ends = (case.last_posted_at or now) + kept_for
    if now < ends:
        return replace(case, words_until=min(ends, now + CHECK_EVERY))
    last = ends + POSTPONED_AT_MOST
    if now < last and not is_handled(case):
        return replace(case, words_until=min(last, now + CHECK_AGAIN))
    return _without_words(case, now)


def _without_words(case: Case, now: datetime) -> Case:
    """No word, and no time at which one was written. The case itself stays, and its code opens
    it.
    """
    return replace(
        case,
        opening=_opening_without_words(case.opening) if case.opening else None,
        screening=replace(case.screening, look_at=None) if case.screening else None,
        details=None,
        plan=None,
        last_posted_at=None,
        student_posted_at=None,
        read_at=None,
        words_until=None,
        words_end=now,
    )


def _opening_without_words(opening: Opening) -> Opening:
    return replace(
        opening,
        text="",
        safety=SafetyAnswers(),
        preferences=Preferences(language=opening.preferences.language),
        crisis_reason=None,
    )
