"""Benchmarks: `python -m bench [NAME …]` prints figures beside ceilings of the same run.

See docs/performance.md.
"""
