"""A demo at an address where nothing is ends with a sentence."""

import pytest
from typer.testing import CliRunner

from sebaya_cli.main import app
from sebaya_cli.stack.ports import free_port


@pytest.mark.parametrize("nobody_at", ["a free port", "no address"])
def test_no_installation_is_one_sentence(nobody_at: str) -> None:
    origin = f"http://127.0.0.1:{free_port()}" if nobody_at == "a free port" else nobody_at
    done = CliRunner().invoke(app, ["demo", "--against", origin, "--seconds", "5"])
    assert done.exit_code == 1
    assert f"No installation for a demo answers at {origin}" in done.output
