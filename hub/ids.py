"""Prefixed, opaque, time-ordered identifiers: `ent_` and 26 characters of base 32."""

import os
import secrets
import threading
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's, without look-alikes
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
_lock = threading.Lock()
_last = 0


def new_id(prefix: str) -> str:
    """A fresh id that sorts by time of birth within one process (48 bits of ms, 80 of chance)."""
    global _last
    with _lock:
        value = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(os.urandom(10))
        if value <= _last:
            value = _last + 1
        _last = value
    return f"{prefix}_{_encode(value)}"


def new_token() -> str:
    """256 random bits as text: for sessions, tokens and codes that must not be guessed."""
    return secrets.token_urlsafe(32)


def _encode(value: int) -> str:
    return "".join([_PAIRS[value >> shift & 1023] for shift in range(120, -1, -10)])
