"""Channels: the exam that every adapter sits, and what is special about each."""
