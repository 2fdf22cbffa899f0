"""The suite: it mirrors the tree; its tools are in tests/support."""
