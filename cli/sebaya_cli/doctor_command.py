"""`sebaya doctor`: what the command reads, and how it shows what was found."""

import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from sebaya_cli.api_client import UnexpectedAnswer, sign_in
from sebaya_cli.doctor.examine import examine
from sebaya_cli.doctor.finding import SHOWN, Finding
from sebaya_cli.installation import Installation
from sebaya_cli.refusal import Refusal

TOKEN = "SEBAYA_TOKEN"  # noqa: S105 (the variable's name)


async def diagnose(
    where: Installation, origin: str | None, mails: Path | None, console: Console
) -> list[Finding]:
    """Raises Refusal where something is not there to be read. Progress goes to `console`."""
    with console.status("looking …") as status:
        if origin is None:
            return await examine(where, mails=mails, say=lambda said: status.update(f"{said} …"))
        async with _operator(origin) as web:
            return await examine(
                where, web=web, mails=mails, say=lambda said: status.update(f"{said} …")
            )


@asynccontextmanager
async def _operator(origin: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the operator's token of the environment, or else one of the local issuer.
    Raises Refusal.
    """
    async with httpx.AsyncClient(base_url=origin, timeout=30.0, trust_env=False) as web:
        try:
            given = os.environ.get(TOKEN)
            web.headers.update(
                {"Authorization": f"Bearer {given}"}
                if given
                else await sign_in(web, "operator", ["operator"], ["*"])
            )
            yield web
        except httpx.HTTPError as away:
            raise Refusal(
                f"{origin} does not answer ({type(away).__name__}): start it, or leave --origin "
                "out."
            ) from None
        except UnexpectedAnswer as refused:
            raise Refusal(
                f"{origin} does not let us ask ({refused}): give an operator's token in {TOKEN}."
            ) from None


def table(findings: Sequence[Finding]) -> Table:
    """Show one line a promise, and under it the first few things that break it."""
    shown = Table(
        "promise",
        "looked at",
        "wrong",
        box=None,
        title="Is everything where it should be?",
        title_justify="left",
    )
    for finding in findings:
        shown.add_row(
            finding.promise,
            f"{finding.looked_at:,}",
            f"{len(finding.wrong):,}" if finding.wrong else "-",
        )
        for one in finding.wrong[:SHOWN]:
            shown.add_row(f"    {one}", "", "")
        if len(finding.wrong) > SHOWN:
            shown.add_row(
                f"    and {len(finding.wrong) - SHOWN:,} more (--json --all names them)", "", ""
            )
    return shown


def as_json(findings: Sequence[Finding], *, every: bool) -> str:
    """Write the findings as JSON; `every` names all that is wrong."""
    promises = [finding.as_json(None if every else SHOWN) for finding in findings]
    return json.dumps({"right": all(finding.right for finding in findings), "promises": promises})
