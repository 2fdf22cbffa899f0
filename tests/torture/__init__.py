"""Tests with processes that are killed: what was acknowledged is there, once, in one order (docs/reliability.md)."""
