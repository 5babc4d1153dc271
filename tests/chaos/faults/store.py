"""A store that refuses writes, as one with a full disk does."""

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
