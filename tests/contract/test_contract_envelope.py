"""The envelope: what is written is what is read, and what cannot be read says why."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect
from msgspec.structs import replace

from examples import examples
from sebaya_contracts.district import School, SchoolDefined
from sebaya_contracts.envelope import Attributes, Malformed, Sequence, attributes, decode, encode
from sebaya_contracts.event import Event
from sebaya_contracts.intake import AdultRequested
from sebaya_contracts.topics import CASES, TOPICS, Topic, topic_of

KINDS = [(topic, kind) for topic in TOPICS for kind in topic.types.values()]
ABOUT = Attributes(
    "e1",
    "/intake",
    "AdultRequested",
    "c1",
    "s1",
    Sequence(1, 7),
    datetime(2026, 11, 2, 8, 0, tzinfo=UTC),
)
ASKED = AdultRequested(school_id="s1", case_id="c1", requested_at=ABOUT.time)

words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is beside them
schools = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)
subjects = st.from_regex(r"[A-Za-z0-9:_-]{1,160}", fullmatch=True)
sequences = st.builds(Sequence, st.integers(0, 999_999), st.integers(0, 10**12 - 1))


def values_of(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """Any value that a field of this type may hold."""
    match kind:
        case inspect.StrType(pattern=str() as pattern):
            return st.from_regex(pattern.replace("$", r"\Z"), fullmatch=True)
        case inspect.StrType():
            return words
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            return st.integers(int(kind.ge or -100), 10**9)
        case inspect.FloatType():
            return st.floats(0.001, 1e9)
        case inspect.DateTimeType():
            return moments
        case inspect.DateType():
            return st.dates()
        case inspect.NoneType():
            return st.none()
        case inspect.EnumType():
            return st.sampled_from(list(kind.cls))
        case inspect.UnionType():
            return st.one_of([values_of(one) for one in kind.types])
        case inspect.VarTupleType():
            return st.lists(
                values_of(kind.item_type), min_size=kind.min_length or 0, max_size=3
            ).map(tuple)
        case inspect.DictType():
            return st.dictionaries(values_of(kind.key_type), values_of(kind.value_type), max_size=3)
        case inspect.StructType(cls=cls) if cls is SchoolDefined:
            described = values_of(inspect.type_info(School))
            return described.map(
                lambda school: SchoolDefined(school_id=school.school_id, school=school)
            )
        case inspect.StructType():
            return st.builds(
                kind.cls, **{field.name: values_of(field.type) for field in kind.fields}
            )
    raise TypeError(f"no values known for {kind}")


@pytest.mark.parametrize(("topic", "kind"), KINDS, ids=[kind.kind() for _, kind in KINDS])
@examples(15)
@given(data=st.data())
def test_every_event_comes_back_as_it_was(
    topic: Topic, kind: type[Event], data: st.DataObject
) -> None:
    event = data.draw(values_of(inspect.type_info(kind)))
    about = Attributes("e", "/x", kind.kind(), "d1", event.school_id, Sequence(1, 1), ABOUT.time)

    assert decode(topic, about, encode(event)) == event
    assert topic_of(event) is topic


@given(
    st.builds(
        Attributes,
        event_id=words,
        source=words,
        type=words,
        subject=subjects,
        school_id=schools,
        sequence=sequences,
        time=moments,
        traceparent=st.none() | words,
    )
)
def test_attributes_come_back_as_they_were(about: Attributes) -> None:
    assert attributes(about.headers()) == about


@given(sequences, sequences)
def test_sequences_sort_as_text_as_they_count(one: Sequence, other: Sequence) -> None:
    assert (str(one) < str(other)) == (one < other)
    assert Sequence.parse(str(one)) == one


def test_a_later_epoch_is_newer_than_any_number_of_an_earlier_one() -> None:
    assert str(Sequence(2, 1)) > str(Sequence(1, 10**11))


def test_headers_are_cloudevents_in_binary_mode() -> None:
    headers = dict(ABOUT.headers())

    assert headers["ce_specversion"] == b"1.0"
    assert headers["content-type"] == b"application/json"
    assert {
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_subject",
        "ce_schoolid",
        "ce_sequence",
        "ce_time",
    } < headers.keys()
    assert "traceparent" not in headers


def test_the_data_says_its_type_and_its_school() -> None:
    data = json.loads(encode(ASKED))

    assert (data["type"], data["school_id"]) == ("AdultRequested", "s1")


def test_a_reader_ignores_fields_it_does_not_know() -> None:
    assert (
        decode(CASES, ABOUT, msgspec.json.encode(msgspec.to_builtins(ASKED) | {"grade": 7}))
        == ASKED
    )


@pytest.mark.parametrize(
    "name", ["ce_id", "ce_source", "ce_type", "ce_subject", "ce_schoolid", "ce_sequence", "ce_time"]
)
def test_a_missing_attribute_is_named(name: str) -> None:
    with pytest.raises(Malformed, match=name) as refused:
        attributes([header for header in ABOUT.headers() if header[0] != name])

    assert refused.value.reason == "attribute_missing"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_sequence", b"seven"),
        ("ce_sequence", b"1"),
        ("ce_time", b"yesterday"),
        ("ce_subject", b"\xff"),
        ("ce_schoolid", b"*"),
        ("ce_schoolid", b""),
    ],
)
def test_an_attribute_that_cannot_be_read_is_refused(name: str, value: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        attributes(
            [*((known, said) for known, said in ABOUT.headers() if known != name), (name, value)]
        )

    assert refused.value.reason == "attribute_unreadable"


def test_an_attribute_is_there_once() -> None:
    """Each reader would take another of two; what is not ours may come as often as it likes."""
    assert attributes([*ABOUT.headers(), ("x-seen", b"1"), ("x-seen", b"2")]) == ABOUT
    with pytest.raises(Malformed, match="ce_schoolid") as refused:
        attributes([("ce_schoolid", b"s1"), *ABOUT.headers()])

    assert refused.value.reason == "attribute_twice"


@pytest.mark.parametrize("subject", ["", "c.1", "c1/c2", "$c1", "c 1", "c1\n", "é", "c" * 161])
def test_a_subject_is_an_id(subject: str) -> None:
    """It becomes part of a field's path in the readers' stores."""
    with pytest.raises(Malformed) as refused:
        attributes(replace(ABOUT, subject=subject).headers())

    assert refused.value.reason == "attribute_unreadable"


@pytest.mark.parametrize(
    ("reason", "about", "value"),
    [
        ("json", ABOUT, b"{not json"),
        ("json", ABOUT, b""),
        ("json", ABOUT, None),
        ("schema", ABOUT, b"[]"),
        ("schema", ABOUT, b'{"type":"AdultRequested","school_id":"s1"}'),
        (
            "schema",
            ABOUT,
            b'{"type":"AdultRequested","school_id":"s1","case_id":1,"requested_at":"2026-11-02T08:00:00Z"}',
        ),
        ("schema", ABOUT, b'{"type":"NeverHeardOf","school_id":"s1"}'),
        ("type_mismatch", replace(ABOUT, type="CaseWithdrawn"), encode(ASKED)),
        ("school_mismatch", ABOUT, encode(replace(ASKED, school_id="s2"))),
        ("field_twice", ABOUT, b'{"school_id":"s2",' + encode(ASKED)[1:]),
    ],
)
def test_what_cannot_be_understood_says_why(
    reason: str, about: Attributes, value: bytes | None
) -> None:
    with pytest.raises(Malformed) as refused:
        decode(CASES, about, value)

    assert refused.value.reason == reason
