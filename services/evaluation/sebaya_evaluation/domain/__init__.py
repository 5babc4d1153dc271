"""What the programme counts, and what of it may be shown. Rules only: no I/O, no clock."""
