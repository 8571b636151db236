"""Speed, measured side by side: `python -m tests.benchmarks`. Not run as tests; no figure here fails a build."""
