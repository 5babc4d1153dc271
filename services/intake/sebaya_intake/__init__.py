"""Intake: a student asks for support under a pseudonym."""
