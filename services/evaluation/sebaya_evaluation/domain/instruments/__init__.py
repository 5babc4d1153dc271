"""Questionnaires as data: what a file says, whether it holds together, and how answers are scored.

Nothing here reads a file or a clock.
"""
