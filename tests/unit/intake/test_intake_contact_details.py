"""How a student may be found in danger: sealed by field, opened in an urgent alert alone."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from pydantic import ValidationError

from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.base.settings import Environment, Misconfigured
from sebaya_contracts.intake import ContactDetailsOpened
from sebaya_contracts.words import DetailsReason, Level
from sebaya_intake.domain import case as cases
from sebaya_intake.domain.case import Case
from sebaya_intake.domain.contact_details import leave_details, open_details, take_details_away
from sebaya_intake.domain.projection import AlertFacts, AlertState, CaseProjection
from sebaya_intake.domain.retention import check_retention
from sebaya_intake.domain.sealed_details import DetailField, SealedDetails
from sebaya_intake.errors import NoAlert, NoContactDetails, NoUrgentAlert
from sebaya_intake.master_keys import (
    FileMasterKeys,
    KeyMissing,
    KnownMasterKeys,
    new_master_key,
    read_master_keys,
    seal,
    unseal,
)
from sebaya_intake.schemas.contact_details import ContactDetailsRequest
from sebaya_intake.settings import Settings

T = datetime(2026, 3, 2, 8, tzinfo=UTC)
SEALED = SealedDetails(1, {DetailField.NAME: "c2VhbGVk"}, T)
WHY = DetailsReason.LIFE_IN_DANGER


def in_alert(level: Level, state: AlertState = AlertState.OPEN, **more: object) -> Case:
    view = CaseProjection(alerts={"a1": state}, alert_facts={"a1": AlertFacts(level)}, **more)  # type: ignore[arg-type]
    return Case("c1", "s1", view=view, details=SEALED)


@pytest.mark.parametrize("level", [Level.RED, Level.IMMINENT])
@pytest.mark.parametrize("state", [AlertState.OPEN, AlertState.ACKNOWLEDGED])
def test_details_open_in_an_urgent_alert_with_a_trace(level: Level, state: AlertState) -> None:
    sealed, (case, events) = open_details(in_alert(level, state), "bk-1", WHY, T, student_told=True)
    assert sealed == SEALED and case.details == SEALED
    (event,) = events
    assert isinstance(event, ContactDetailsOpened)
    assert (event.person_id, event.alert_id, event.reason) == ("bk-1", "a1", WHY)
    assert [one.person_id for one in case.details_opened] == ["bk-1"]


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        (in_alert(Level.AMBER), NoUrgentAlert),
        (in_alert(Level.IMMINENT, AlertState.CLOSED), NoUrgentAlert),
        (in_alert(Level.RED, barred=("bk-1",)), NotFound),
        (replace(in_alert(Level.RED), details=None), NoContactDetails),
        (Case("c1", "s1", details=SEALED), NoAlert),
        (cases.tombstone(in_alert(Level.RED), T), NotFound),
    ],
)
def test_details_open_in_no_other_case(case: Case, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        open_details(case, "bk-1", WHY, T, student_told=True)


def test_details_go_with_an_erasure_with_their_student_and_by_age() -> None:
    left, _ = leave_details(Case("c1", "s1"), SEALED, T)
    assert left.words_until is not None, "a timer looks at their age, though nothing was written"
    assert cases.erase(left, T)[0].details is None
    assert take_details_away(left)[0].details is None
    year = timedelta(days=365)
    looked_at = replace(left, words_until=T + year)
    assert check_retention(looked_at, timedelta(days=100), T + year).details is None


def test_a_field_opens_in_its_own_place_alone() -> None:
    key = b"k" * 32
    sealed = seal(key, b"Putri", "s1|c1|name|1")
    assert unseal(key, sealed, "s1|c1|name|1") == b"Putri"
    assert b"Putri" not in base64.b64decode(sealed)
    assert sealed != seal(key, b"Putri", "s1|c1|name|1"), "equal names look alike to nobody"
    for wrong in ("s2|c1|name|1", "s1|c2|name|1", "s1|c1|number|1", "s1|c1|name|2"):
        with pytest.raises(InvalidTag):
            unseal(key, sealed, wrong)


async def test_a_data_key_is_wrapped_by_the_first_master_key_and_the_others_still_read(
    tmp_path: Path,
) -> None:
    file = tmp_path / "keys"
    file.write_text(new_master_key(T) + "\n")
    masters = FileMasterKeys(file)
    before = await masters.wrap(b"k" * 32, "s1")
    file.write_text(f"{new_master_key(T)}\n{file.read_text()}")
    assert await masters.unwrap(before, "s1") == b"k" * 32, "a running service reads the old one"
    after = await masters.wrap(b"k" * 32, "s1")
    assert after.master_id == next(iter(read_master_keys(file))) != before.master_id
    with pytest.raises(KeyMissing):
        await KnownMasterKeys({after.master_id: b"x" * 32}).unwrap(after, "s1")
    with pytest.raises(KeyMissing):
        await KnownMasterKeys({"other": b"x" * 32}).unwrap(after, "s1")


@pytest.mark.parametrize("content", [None, "", "no key at all", "a:c2hvcnQ="])
def test_a_file_that_holds_no_master_key_is_refused_by_its_name(
    content: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "keys"
    if content is not None:
        file.write_text(content)
    with pytest.raises(Misconfigured, match=r"master keys' file .*keys.*sebaya keys add"):
        FileMasterKeys(file)


def test_production_does_not_start_without_master_keys() -> None:
    given = {
        "mongodb_uri": "mongodb://x",
        "kafka_bootstrap_servers": "x:1",
        "secret_key": "s" * 32,
        "oidc_issuer": "https://x",
    }
    with pytest.raises(Misconfigured, match="SEBAYA_MASTER_KEYS_FILE is missing"):
        Settings(**given)
    assert Settings(**given, environment=Environment.LOCAL).master_keys_file is None


@pytest.mark.parametrize(
    "given",
    [
        {"name": "Putri A."},
        {"name": "Ni Luh Putu Ayu", "class_name": "XI IPA 2", "number": "+62 812-0000-0000"},
        {"name": "Ma'ruf", "class_name": "X-3", "safe_time": "breaks"},
    ],
)
def test_what_pupils_are_called_fits(given: dict[str, str]) -> None:
    details = ContactDetailsRequest.model_validate(given).details()
    assert details.fields == given
    assert "Putri" not in repr(details), "a log of it tells nothing"


@pytest.mark.parametrize(
    "given",
    [{}, {"safe_time": "evening"}, {"name": "x" * 61}, {"number": "call me"}, {"name": "a\nb"}],
)
def test_what_is_no_way_to_find_anybody_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ContactDetailsRequest.model_validate(given)
