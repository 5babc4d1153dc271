"""The screen is a pure package: the standard library and itself, so any service or tool may carry
it.
"""

import ast
import sys
from pathlib import Path

import sebaya_escalation.screen

PACKAGE = Path(sebaya_escalation.screen.__file__).parent


def test_it_imports_the_standard_library_and_itself_only() -> None:
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert (
                    node.level == 1 or str(node.module).split(".")[0] in sys.stdlib_module_names
                ), path
            elif isinstance(node, ast.Import):
                assert all(
                    name.name.split(".")[0] in sys.stdlib_module_names for name in node.names
                ), path
