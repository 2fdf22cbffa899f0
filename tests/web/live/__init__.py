"""Sockets against real servers: what a screen that listened knows, and who is let in."""
