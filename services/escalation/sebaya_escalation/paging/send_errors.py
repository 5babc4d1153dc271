"""How a send can fail. The reason is a closed word, never an address or what a server said."""


class SendRefused(Exception):
    """It will not work a second time either."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SendFailed(Exception):
    """It may work in a moment."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SendUnanswered(Exception):
    """All of it was handed over, and no answer came: whether it arrives is unknown."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
