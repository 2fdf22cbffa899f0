"""Whole journeys through the running product, in real browsers."""
