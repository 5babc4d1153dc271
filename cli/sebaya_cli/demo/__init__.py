"""The demo district: students, supporters and counsellors who use the public API like anybody else."""
