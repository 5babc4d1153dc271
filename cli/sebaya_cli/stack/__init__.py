"""The local stack: the real servers and the four services as child processes, no containers."""

from sebaya_cli.stack.kafka import Listener
from sebaya_cli.stack.parts import Detours
from sebaya_cli.stack.preflight import StackProblem
from sebaya_cli.stack.stack import LocalStack

__all__ = ["Detours", "Listener", "LocalStack", "StackProblem"]
