"""A store that refuses writes, as one with a full disk does; one whose primary steps down."""

import math
from contextlib import suppress

from pymongo.errors import PyMongoError

from chaos.faults.base import Fault

OUT_OF_DISK_SPACE = 14031
WRITES = ["insert", "update", "delete", "findAndModify", "commitTransaction"]


class Refusing(Fault):
    """MongoDB's own failpoint; reads go on."""

    @property
    def parts(self) -> list[str]:
        return ["mongo"]

    async def inject(self) -> None:
        await self._fail_command(
            "alwaysOn", {"failCommands": WRITES, "errorCode": OUT_OF_DISK_SPACE}
        )

    async def heal(self) -> None:
        await self._fail_command("off", {"failCommands": WRITES, "errorCode": OUT_OF_DISK_SPACE})

    async def _fail_command(self, mode: str, data: dict[str, object]) -> None:
        await self.field.mongo.admin.command(
            {"configureFailPoint": "failCommand", "mode": mode, "data": data}
        )


class StepDown(Fault):
    """The primary steps down with writes in flight, and is elected again when the time is over."""

    @property
    def parts(self) -> list[str]:
        return ["mongo"]

    async def inject(self) -> None:
        seconds = max(1, math.ceil(self.order.hold))
        order = {"replSetStepDown": seconds, "secondaryCatchUpPeriodSecs": 0, "force": True}
        # It may cut the connection that it was ordered by.
        with suppress(PyMongoError):
            await self.field.mongo.admin.command(order)

    async def heal(self) -> None:
        with suppress(PyMongoError):
            await self.field.mongo.admin.command({"replSetFreeze": 0})
