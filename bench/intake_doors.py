"""The contenders at intake's door, each a process of its own: `python -m bench.intake_doors NAME
PORT CORNER MONGODB_URI KAFKA PADDING`.

The bare ones validate the same body and write one document of the same size under the same write
concern; they promise nothing else.
"""

import ctypes
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import uvicorn
from fastapi import FastAPI, Header
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sebaya_chassis.base.gc_tuning import tune_gc
from sebaya_chassis.base.ids import new_id
from sebaya_chassis.base.settings import Environment, RunRole
from sebaya_chassis.storage.database import connect, open_database
from sebaya_intake.main import compose
from sebaya_intake.schemas.opening import OpenCaseRequest
from sebaya_intake.settings import Settings

PATH = "/schools/{school_id}/cases"
SECRET = "a secret of the bench, long enough to be one"
BARE = "bare"
Key = Annotated[str, Header(alias="Idempotency-Key", pattern=r"^[A-Za-z0-9_-]{16,128}$")]


@dataclass(frozen=True, slots=True)
class Given:
    """Where a contender works."""

    corner: str
    mongodb_uri: str
    kafka: str
    padding: int

    def settings(self) -> Settings:
        return Settings(
            environment=Environment.LOCAL,
            mongodb_uri=self.mongodb_uri,
            kafka_bootstrap_servers=self.kafka,
            database_prefix=self.corner,
            topic_prefix=f"{self.corner}.",
            topic_replicas=1,
            secret_key=SECRET,
            oidc_issuer="http://issuer.bench",
            role=RunRole.API,
            # Thousands of openings a school are no flood here.
            waiting_at_most=1_000_000,
        )

    def document(self, school_id: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
        return {
            "_id": new_id(),
            "school_id": school_id,
            "key": key,
            "at": datetime.now(UTC),
            "body": body,
            "padding": "x" * self.padding,
        }


class Opened(BaseModel):
    case_id: str
    state: str


class Plain(msgspec.Struct):
    """The body, checked by msgspec."""

    topic: str
    language: str
    text: str
    safety: dict[str, str]
    consent: dict[str, str | int]
    hours: list[str] = []
    preferred_supporters: list[str] = []
    excluded_supporters: list[str] = []
    door: str = "api"


def ours(given: Given) -> Any:
    app = compose(given.settings()).app
    tune_gc()  # as sebaya_chassis.service.runtime.serve does it
    return app


def bare_fastapi(given: Given) -> Any:
    app = FastAPI()
    cases = open_database(connect(given.mongodb_uri), f"{given.corner}_{BARE}")["cases"]

    @app.post(PATH, status_code=202)
    async def open_case(school_id: str, wanted: OpenCaseRequest, key: Key) -> Opened:
        document = given.document(school_id, key, wanted.model_dump(mode="json"))
        await cases.insert_one(document)
        return Opened(case_id=document["_id"], state="received")

    return app


def starlette_msgspec(given: Given) -> Any:
    read = msgspec.json.Decoder(Plain).decode
    cases = open_database(connect(given.mongodb_uri), f"{given.corner}_{BARE}")["cases"]

    async def open_case(request: Request) -> Response:
        wanted = read(await request.body())
        document = given.document(
            request.path_params["school_id"],
            request.headers["idempotency-key"],
            msgspec.to_builtins(wanted),
        )
        await cases.insert_one(document)
        answer = msgspec.json.encode({"case_id": document["_id"], "state": "received"})
        return Response(answer, 202, media_type="application/json")

    return Starlette(routes=[Route(PATH, open_case, methods=["POST"])])


DOORS: dict[str, Callable[[Given], Any]] = {
    "intake": ours,
    "bare FastAPI": bare_fastapi,
    "Starlette + msgspec": starlette_msgspec,
}


def main() -> None:
    ctypes.CDLL(None).prctl(
        1, signal.SIGKILL
    )  # PR_SET_PDEATHSIG: a bench that was killed leaves nobody behind
    name, port, corner, mongodb_uri, kafka, padding = sys.argv[1:]
    app = DOORS[name](Given(corner, mongodb_uri, kafka, int(padding)))
    # As sebaya_chassis.service.runtime.serve does it.
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=int(port),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        loop="uvloop",
        http="httptools",
        timeout_graceful_shutdown=3,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
