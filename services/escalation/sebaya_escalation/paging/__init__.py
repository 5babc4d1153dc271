"""Reaching the people on call: the ladder decides, the sender sends."""
