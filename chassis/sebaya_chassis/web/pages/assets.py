"""The files that every page uses: style, script, icon.

Their names carry a digest of their content, so a browser may keep them for ever.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Response

from sebaya_chassis.base.problems import NotFound

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
DIGEST_CHARACTERS = 12


@dataclass(frozen=True, slots=True)
class Asset:
    """One file under the name of its content."""

    name: str
    content: bytes
    media_type: str


def _asset(file: Path) -> Asset:
    content = file.read_bytes()
    digest = sha256(content).hexdigest()[:DIGEST_CHARACTERS]
    return Asset(f"{file.stem}.{digest}{file.suffix}", content, TYPES[file.suffix])


BY_FILE = {file.name: _asset(file) for file in sorted(FOLDER.iterdir()) if file.suffix in TYPES}
BY_NAME = {asset.name: asset for asset in BY_FILE.values()}

router = APIRouter(include_in_schema=False)


@router.get("/static/{name}")
async def static_file(name: str) -> Response:
    """Serve one file for ever. Raises NotFound."""
    asset = BY_NAME.get(name)
    if asset is None:
        raise NotFound
    return Response(asset.content, media_type=asset.media_type, headers=FOR_EVER)
