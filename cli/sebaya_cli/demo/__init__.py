"""The demo district: students, supporters and counsellors that use the public API like everyone
else.
"""
