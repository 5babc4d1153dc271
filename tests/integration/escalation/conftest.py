"""Escalation, ready for a test."""

from collections.abc import AsyncIterator

import pytest

from integration.escalation.harness import EscalationHarness, prepared_escalation, school
from integration.escalation.receivers import Mailbox, Receiver, mailbox, receiver
from servers import Servers


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox() as made:
        yield made


@pytest.fixture
async def hook() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made


@pytest.fixture
async def harness(servers: Servers, prefix: str, box: Mailbox) -> AsyncIterator[EscalationHarness]:
    async with prepared_escalation(
        servers, prefix, box, webhook_allowed_networks=("127.0.0.0/8",)
    ) as made:
        await made.define_school(school())
        yield made
