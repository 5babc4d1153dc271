"""Evaluation: the programme learns whether it helps."""
