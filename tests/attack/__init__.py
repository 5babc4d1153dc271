"""Attacks on what reports publish: what does a reader of all releases know of a number?"""
