"""The rules of escalation: pure functions and frozen values, no I/O, no clock; `now` is the store's
time, aware and UTC.
"""
