"""Evaluation's errors, with the status and the words that answer a request."""

from sebaya_chassis.base.problems import NotFound, Problem


class UnknownMatch(NotFound):
    """No accepted match of that name and this supporter has come to this service: none, or one so
    young that its event is on its way.

    Another supporter's match is answered alike.
    """

    slug = "match-not-heard-of"
    title = (
        "Nothing is known of this match; if it has only just been accepted, send the answers again "
        "in a minute"
    )


class AlreadyAnswered(Problem):
    """This side has answered about this match before, differently. The first answers stand."""

    slug = "already-answered"
    title = "You have already given feedback on this match"
