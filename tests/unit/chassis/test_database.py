"""Only MongoDB itself, as a replica set, keeps what we promise; anything else is refused with the
reason.
"""

from typing import Any

import pytest
from pymongo import WriteConcern

from sebaya_chassis.storage.database import connect, explain_unsupported, open_database

BUILD: dict[str, Any] = {"version": "6.0.5", "storageEngines": ["devnull", "wiredTiger"]}
HELLO: dict[str, Any] = {"setName": "rs0", "isWritablePrimary": True}


@pytest.mark.parametrize("version", ["6.0.0", "6.0.5", "7.0.14", "8.0.4", "10.1.0", "8.1.0-rc0"])
def test_mongodb_itself_is_taken(version: str) -> None:
    assert explain_unsupported(BUILD | {"version": version}, HELLO) is None


@pytest.mark.parametrize("version", ["5.0.31", "4.4.0", "3.6.23"])
def test_old_versions_are_refused_by_number(version: str) -> None:
    assert (
        explain_unsupported(BUILD | {"version": version}, HELLO)
        == f"MongoDB {version} is too old; give one of version 6.0 or newer."
    )


@pytest.mark.parametrize(
    "build",
    [
        {"version": "7.0.77", "ferretdb": {"version": "v2.0.0"}, "storageEngines": ["x"]},
        {"version": "7.0.42", "modules": ["FerretDB"], "storageEngines": ["x"]},
        {"version": "6.0.0"},
        {"version": "6.0.0", "storageEngines": []},
    ],
)
def test_what_only_speaks_like_it_is_refused(build: dict[str, Any]) -> None:
    assert "is not MongoDB but speaks like it" in str(explain_unsupported(build, HELLO))


def test_a_single_server_is_refused_and_told_how_to_become_a_set() -> None:
    assert "--replSet" in str(explain_unsupported(BUILD, {"isWritablePrimary": True}))


async def test_no_address_can_weaken_what_a_write_promises() -> None:
    client = connect(
        "mongodb://h/?w=1&journal=false&readPreference=secondary&readConcernLevel=local&retryWrites=false"
    )
    found = open_database(client, "d")
    assert found.write_concern == WriteConcern(w="majority", j=True)
    assert (found.read_preference.mode, found.read_concern.level) == (0, "majority")
    assert found.codec_options.tz_aware
    assert client.options.retry_writes
    await client.close()
