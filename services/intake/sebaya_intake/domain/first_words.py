"""What the peer of a match sees of the words that were there before: nothing, unless the student
lets them read the first ones.
"""

from dataclasses import replace
from datetime import datetime

from sebaya_intake.domain.case import Case, Decision, active_match, ensure_not_erased, may_wish
from sebaya_intake.errors import NoMatch


def may_peer_come(case: Case) -> bool:
    """Tell whether the case has a peer, or may come to have one."""
    return may_wish(case) or active_match(case) is not None


def may_share_first_words(case: Case) -> bool:
    """Tell whether the case has first words that a peer may come to read."""
    return case.opening is not None and bool(case.opening.text) and may_peer_come(case)


def share_first_words(case: Case, *, peer_may_read: bool) -> Decision:
    """Let the peer read the first words, or no longer. Raises NotFound for an erased case, NoMatch
    where no peer can come to read them.
    """
    opening = ensure_not_erased(case).opening
    if opening is None or not may_share_first_words(case):
        raise NoMatch
    return replace(case, opening=replace(opening, peer_may_read=peer_may_read)), ()


def is_hidden_from_peer(case: Case, posted_at: datetime, *, shared: bool) -> bool:
    """Tell whether words of the thread stay hidden from the peer that the case has, or may come to
    have: a peer reads what was posted since their match, and first words that are `shared`.
    """
    match = active_match(case)
    if match is None or match.accepted_at is None:
        return may_wish(case) and not shared
    return posted_at < match.accepted_at and not shared
