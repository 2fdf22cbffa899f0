"""Scripted bots as data: flows, the pure engine that walks them, and their linter."""
