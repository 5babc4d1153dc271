"""When the words of a case go by age. A look that is due postpones them while nobody has handled
what is in them, but not for ever.

The clock runs from the last word that anybody wrote. Unhandled is what no human of the school has
read since its student wrote it, what an alert is still open about, and what was never screened. The
student's own erasure asks nothing of this.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sebaya_contracts.intake import Preferences, SafetyAnswers
from sebaya_intake.domain.case import Case, Opening
from sebaya_intake.domain.projection import AlertState

# The longest holidays, and a month for whoever comes back from them.
POSTPONED_AT_MOST = timedelta(days=90)
# A school may shorten its retention at any time; a month later it holds for what is there.
LOOK_EVERY = timedelta(days=30)
# After somebody has read or closed at last, a week or less remains to act on it.
LOOK_AGAIN = timedelta(days=7)


def unread(case: Case) -> bool:
    """Whether the student has written something that nobody at the school has read."""
    return case.student_posted_at is not None and (
        case.read_at is None or case.read_at < case.student_posted_at
    )


def read(case: Case, now: datetime) -> Case:
    return replace(case, read_at=now)


def handled(case: Case) -> bool:
    closed = all(state is AlertState.CLOSED for state in case.view.alerts.values())
    return closed and case.screened and not unread(case)


def over(case: Case, kept_for: timedelta, now: datetime) -> bool:
    """Whether the words, if there are any, are older than they should be."""
    return case.last_posted_at is not None and case.last_posted_at + kept_for <= now


def looked_at(case: Case, kept_for: timedelta, now: datetime) -> Case:
    """The next look, or the end of the words: `words_end` then says up to which moment."""
    if case.words_until is None or now < case.words_until:
        return case
    ends = (case.last_posted_at or now) + kept_for
    if now < ends:
        return replace(case, words_until=min(ends, now + LOOK_EVERY))
    last = ends + POSTPONED_AT_MOST
    if now < last and not handled(case):
        return replace(case, words_until=min(last, now + LOOK_AGAIN))
    return _ended(case, now)


def _ended(case: Case, now: datetime) -> Case:
    """No word, and no time at which one was written. The case itself stays, and its code opens it."""
    return replace(
        case,
        opening=_bare(case.opening) if case.opening else None,
        screening=replace(case.screening, look_at=None) if case.screening else None,
        last_posted_at=None,
        student_posted_at=None,
        read_at=None,
        words_until=None,
        words_end=now,
    )


def _bare(opening: Opening) -> Opening:
    return replace(
        opening,
        text="",
        safety=SafetyAnswers(),
        preferences=Preferences(language=opening.preferences.language),
        crisis_reason=None,
    )
