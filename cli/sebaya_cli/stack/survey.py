"""A survey of this machine and the data folder, before anything is started: what the stack will
run.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sebaya_cli.stack import preflight
from sebaya_cli.stack.choice import Mongod, choose_mongod, read_environment
from sebaya_cli.stack.folder import DataFolder, write_whole
from sebaya_cli.stack.jars import VERSION
from sebaya_cli.stack.kafka import is_answering
from sebaya_cli.stack.mongo import refuse_lookalikes
from sebaya_cli.stack.ports import in_use, kept_ports
from sebaya_cli.stack.preflight import StackProblem

DEFAULT_PORT = 8080
PORT = "SEBAYA_ORIGIN_PORT"


@dataclass(frozen=True, slots=True)
class Plan:
    """Which servers are given, which are run, and where the origin is."""

    port: int
    mongodb_uri: str | None
    kafka: str | None
    mongod: Mongod | None


async def survey(
    folder: DataFolder, port: int | None, environ: Mapping[str, str], report: Callable[[str], None]
) -> Plan:
    """Plan what to run. Raises StackProblem with everything that is in the way."""
    uri, kafka = (
        read_environment("MONGODB_URI", environ),
        read_environment("KAFKA_BOOTSTRAP_SERVERS", environ),
    )
    plan = Plan(
        port=choose_port(folder, port, environ),
        mongodb_uri=uri,
        kafka=kafka,
        mongod=None if uri else choose_mongod(report),
    )
    if problems := problems_of(plan, folder):
        raise StackProblem("\n".join(problems))
    await _look_at_given(plan)
    _sign(plan, folder)
    return plan


def choose_port(folder: DataFolder, asked: int | None, environ: Mapping[str, str]) -> int:
    """Choose the port: asked for, else of the environment, else the kept one, else 8080."""
    from_environment = read_environment(PORT, environ)
    if from_environment is not None and not from_environment.isdigit():
        raise StackProblem(
            f"{PORT} is {from_environment!r}, and a port is a number such as {DEFAULT_PORT}."
        )
    return asked or int(from_environment or kept_ports(folder.ports).get("origin", DEFAULT_PORT))


def problems_of(plan: Plan, folder: DataFolder) -> list[str]:
    """List everything that is in the way of a start."""
    about = _about(folder)
    found = [
        preflight.layout_problem(folder.root, about.get("layout", preflight.LAYOUT)),
        preflight.port_problem(plan.port, in_use(plan.port)),
        preflight.disk_problem(
            folder.root, shutil.disk_usage(folder.root).free, first_start=not about
        ),
        None if plan.kafka else preflight.kafka_folder_problem(folder.kafka),
        preflight.mongo_folder_problem(folder.mongo) if plan.mongod else None,
        *_version_problems(plan, about),
    ]
    return [problem for problem in found if problem]


def _version_problems(plan: Plan, about: Mapping[str, Any]) -> list[str | None]:
    return [
        preflight.mongodb_version_problem(about["mongodb"], plan.mongod.version)
        if plan.mongod and "mongodb" in about
        else None,
        preflight.kafka_version_problem(about["kafka"], VERSION)
        if not plan.kafka and "kafka" in about
        else None,
    ]


async def _look_at_given(plan: Plan) -> None:
    if plan.mongodb_uri:
        await refuse_lookalikes(plan.mongodb_uri)
    if plan.kafka and not await is_answering(plan.kafka, within=10.0):
        raise StackProblem(
            "No Kafka answers at the address in KAFKA_BOOTSTRAP_SERVERS. Start it, or correct "
            "the address."
        )


def _about(folder: DataFolder) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(folder.about.read_text()) if folder.about.exists() else {}
    return about


def _sign(plan: Plan, folder: DataFolder) -> None:
    """Note in the folder what is about to write in it."""
    about = {**_about(folder), "layout": preflight.LAYOUT}
    if plan.mongod:
        about["mongodb"] = plan.mongod.version
    if not plan.kafka:
        about["kafka"] = VERSION
    write_whole(folder.about, json.dumps(about, indent=2))
