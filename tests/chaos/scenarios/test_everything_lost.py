"""Promise in text not kept by code: broker and store are lost together, and both come back from one
older backup.
"""

import asyncio
import shutil
from pathlib import Path

from chaos.scenarios.test_erased_and_restored import alerted, goes_on, started, stopped
from chaos.scenarios.town import CALM, GRAVE, JAKARTA, Town, town, wanted
from integration.test_command import sebaya
from sebaya_contracts.topics import SERVICES
from support import eventually

SERVERS = ("mongo", "kafka")


async def test_after_a_total_loss_what_the_backup_holds_goes_on_and_nothing_contradicts_itself(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as here:
        before, alarmed, after = here.student(), here.student(), here.student()
        await before.ask(wanted(CALM))
        await alarmed.ask(wanted(GRAVE))
        await eventually(lambda: alerted(here, alarmed), within=60)
        await stopped(here)
        for name in SERVERS:
            await here.stack.stop(name)
        await asyncio.gather(
            *(copied(folder(here, name), tmp_path / "backup" / name) for name in SERVERS)
        )
        await started_servers(here)
        await started(here)
        await after.ask(wanted(CALM))

        await stopped(here)
        for name in SERVERS:
            await here.stack.stop(name)
            await asyncio.to_thread(shutil.rmtree, folder(here, name))
            await copied(tmp_path / "backup" / name, folder(here, name))
        await started_servers(here)
        installation = {
            "MONGODB_URI": here.where.mongodb_uri,
            "KAFKA_BOOTSTRAP_SERVERS": here.where.kafka,
        }
        done = await sebaya("restored", **installation)
        assert done.returncode == 0, done.stderr
        assert [line.split()[0] for line in done.stdout.splitlines()] == list(SERVICES)
        await started(here)

        lost = await here.web.get(
            f"/intake/schools/{JAKARTA}/me", headers={"Return-Code": after.code}
        )
        assert lost.status_code == 404, "what was never backed up is gone, for every service alike"
        assert await alerted(here, alarmed)
        await goes_on(here, before)
        await eventually(lambda: sound(installation), within=120, every=2.0)


def folder(here: Town, name: str) -> Path:
    return {"mongo": here.stack.folder.mongo, "kafka": here.stack.folder.kafka}[name]


async def copied(source: Path, target: Path) -> None:
    """Of a stopped server's data."""
    await asyncio.to_thread(
        shutil.copytree, source, target, ignore=shutil.ignore_patterns("mongod.lock", ".lock")
    )


async def started_servers(here: Town) -> None:
    await asyncio.gather(*(here.stack.start(name) for name in SERVERS))


async def sound(installation: dict[str, str]) -> bool:
    """Every promise recounted from outside."""
    return (await sebaya("doctor", **installation)).returncode == 0
