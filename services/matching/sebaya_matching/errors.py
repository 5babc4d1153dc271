"""Matching's errors, with the status and the words that answer a request."""

from sebaya_chassis.base.problems import Invalid, Problem


class CaseHeld(Problem):
    """An alert of this case is open: a counsellor has it, and no peer may take it now."""

    slug = "case-held"
    title = "A counsellor has this case now"


class OfferGone(Problem):
    """The offer lapsed, was answered or was taken back."""

    slug = "offer-gone"
    title = "This offer is no longer open"


class NoActiveMatch(Problem):
    """The match was not accepted, or is over."""

    slug = "no-active-match"
    title = "This match is not active"


class NotAvailable(Problem):
    """The supporter is not active, or their certificate has run out."""

    slug = "supporter-not-available"
    title = "You are not active, or your certificate has run out; ask your coordinator"


class SupporterExists(Problem):
    """There is a supporter of this id, with another profile."""

    slug = "supporter-exists"
    title = "There is a supporter of this id already; change that one"


class MeetingImpossible(Invalid):
    """A meeting lies between the start of the match and now."""

    slug = "meeting-impossible"
    title = "The meeting must lie between the start of the match and now"


class NotWaiting(Problem):
    """Another decision came first: the case does not wait any more."""

    slug = "case-not-waiting"
    title = "This case is not waiting"


class NoSlot(Problem):
    """Another decision came first: the supporter cannot take this case any more."""

    slug = "no-slot"
    title = "This supporter cannot take this case now"
