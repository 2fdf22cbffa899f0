"""`python -m tests.screens` takes the pictures in `docs/screens`: every screen and state, in every look."""
