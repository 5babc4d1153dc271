"""A command's "no": one sentence for the person at the keyboard, and exit code 1."""


class Refusal(Exception):
    """What is wrong, and what to do about it."""
