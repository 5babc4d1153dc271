"""Objects, lists and numbers in place of words, in every field of every body, query and path:
refused by name, never a fault of ours.
"""

import json
from typing import Any
from urllib.parse import quote

import httpx

from input_validation.doors import District, Operation, Path, put

OBJECTS: list[Any] = [
    {"$gt": ""},
    {"$where": "sleep(1)"},
    [{"$ne": None}],
    {"$regex": ".*", "$options": "s"},
    [[["a"]]],
]
SCALARS: list[Any] = [
    None,
    True,
    [],
    -1,
    0,
    1.5,
    10**30,
    1e308,
    "",
    "$gt",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "1e400",
]
# Places in an address; the second line is read as other characters by some servers.
IN_PATHS = [
    "$gt",
    '{"$gt":""}',
    "[$ne]",
    "*",
    "a b",
    "a;b",
    "a'b",
    "x" * 4000,
    "a\u0000b",
    "a\nb",
    "😀",
    "..%2f..%2f",
    "%ff",
    "%2e%2e",
]
IN_QUERIES = [
    *IN_PATHS,
    "",
    "-1",
    "0",
    "1e400",
    "9" * 400,
    "NaN",
    "null",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-13",
]


def complaint(operation: Operation, what: object, answer: httpx.Response) -> str:
    return f"{operation} with {str(what)[:80]} answered {answer.status_code}: {answer.text[:300]}"


def names(answer: httpx.Response, at: Path) -> bool:
    fields = [error["field"] for error in answer.json()["errors"]]
    return any(field == "body" or field.split(".")[0] == at[0] for field in fields)


async def test_every_field_of_every_body(place: District) -> None:
    tried = 0
    for operation in place.operations():
        for at, _schema in operation.fields():
            for value in OBJECTS:
                answer = await place.send(operation, put(operation.example(), at, value))
                assert answer.status_code == 422 and names(answer, at), complaint(
                    operation, (at, value), answer
                )
                tried += 1
            for value in SCALARS:
                answer = await place.send(operation, put(operation.example(), at, value))
                assert answer.status_code < 500, complaint(operation, (at, value), answer)
                assert answer.status_code != 422 or names(answer, at), complaint(
                    operation, (at, value), answer
                )
    assert tried > 200


async def test_every_body_as_a_whole(place: District) -> None:
    """Instead of an object: anything else that JSON has, and a field more."""
    for operation in place.operations():
        if operation.body is None:
            continue
        for body in (
            [],
            [operation.example()],
            "text",
            1,
            True,
            1e308,
            operation.example() | {"$set": {"a": 1}},
            {"$where": "1"},
        ):
            answer = await place.send(operation, body)
            assert answer.status_code == 422, complaint(operation, body, answer)


async def test_every_part_of_every_address(place: District) -> None:
    for operation in place.operations():
        for parameter in operation.parameters:
            for value in IN_PATHS if parameter["in"] == "path" else ():
                url = place.address(operation, **{parameter["name"]: quote(value, safe="%")})
                answer = await place.send(
                    operation, operation.example() if operation.body else None, url=url
                )
                assert answer.status_code in {401, 404, 405, 422}, complaint(
                    operation, value, answer
                )
            for value in IN_QUERIES if parameter["in"] == "query" else ():
                for name in (parameter["name"], f"{parameter['name']}[$gt]"):
                    answer = await place.send(operation, params={name: value})
                    assert answer.status_code < 500, complaint(operation, (name, value), answer)


async def test_every_header_that_is_asked_for(place: District) -> None:
    for operation in place.operations():
        for parameter in operation.parameters:
            for value in (
                ("{'$gt': ''}", "\xff\xfe", "x" * 3000, "", "a\tb", "null", "é")
                if parameter["in"] == "header"
                else ()
            ):
                body = operation.example() if operation.body else None
                answer = await place.send(
                    operation, body, headers={parameter["name"]: value.encode("latin-1")}
                )
                assert answer.status_code < 500, complaint(
                    operation, (parameter["name"], value), answer
                )
        for value in (
            "Bearer",
            "Bearer \xff",
            "Bearer {}",
            "Bearer a.b.c",
            "Basic YTpi",
            "Bearer " + "x" * 9000,
        ):
            answer = await place.send(
                operation,
                operation.example() if operation.body else None,
                headers={"Authorization": value.encode("latin-1")},
            )
            assert answer.status_code < 500, complaint(operation, value[:20], answer)


async def test_names_of_fields_are_words_of_strangers_too(place: District) -> None:
    """An unknown field's own name is told back shortened and readable, whatever it is made of."""
    for operation in place.operations():
        if operation.body is None:
            continue
        for name in (
            b'"\\ud800"',
            b'"a\\u0000b"',
            b'"' + b"x" * 9000 + b'"',
            b'"$where"',
            b'"\xe2\x80\xae"',
            b'"__class__"',
            b'""',
        ):
            rest = json.dumps(operation.example()).encode()[1:]
            sent = b"{" + name + b": 1, " + rest
            answer = await place.send(
                operation, None, content=sent, headers={"Content-Type": "application/json"}
            )
            assert answer.status_code == 422, complaint(operation, name, answer)
            assert len(answer.content) < 4000
