"""The promise on the worst day, measured: `python -m tests.reliability matrix`, and the same with `soak`."""
