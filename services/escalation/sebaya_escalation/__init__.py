"""Escalation: what is too serious for a peer reaches a counsellor in time."""
