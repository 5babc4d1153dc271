"""The broker answers for each topic by itself; only "exists already" is no failure."""

from types import SimpleNamespace

import pytest

from sebaya_chassis.outbox.topics import TopicsMissing, refuse_failures


def response(*errors: tuple[object, ...]) -> object:
    return SimpleNamespace(topic_errors=list(errors))


def test_made_and_there_already_are_both_fine() -> None:
    fine = [("a", 0, None), ("b", 36, "exists"), ("c", 0)]
    refuse_failures(response(*fine))
    refuse_failures(response())
    with pytest.raises(TopicsMissing, match="topic d"):
        refuse_failures(response(*fine, ("d", 41, "no")))


@pytest.mark.parametrize("code", [-1, 7, 17, 29, 37, 38, 40, 41, 44])
def test_any_other_code_names_the_topic(code: int) -> None:
    with pytest.raises(TopicsMissing, match=f"topic b: error {code} no"):
        refuse_failures(response(("a", 36, "exists"), ("b", code, "no")))
    with pytest.raises(TopicsMissing, match=f"topic b: error {code}$"):
        refuse_failures(response(("b", code)))
