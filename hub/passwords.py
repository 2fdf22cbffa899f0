"""Passwords by argon2id. Hashing and checking take tens of milliseconds on purpose: never on the event loop."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()  # RFC 9106, low-memory profile
_NOBODY = _hasher.hash("nobody has this password")
MAX_LENGTH = 1024


def hash_password(password: str) -> str:
    """The hash to keep, with its salt and costs inside."""
    return _hasher.hash(password)


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether the password fits; as slow for an account that is not there (None)."""
    try:
        fits = _hasher.verify(password_hash or _NOBODY, password[:MAX_LENGTH])
    except (VerificationError, InvalidHashError):
        return False
    return fits and password_hash is not None


async def check(password_hash: str, password: str) -> bool:
    """`is_right` in a thread; an empty hash stands for an account that is not there."""
    return await asyncio.to_thread(is_right, password_hash or None, password)


def needs_rehash(password_hash: str) -> bool:
    """Whether the costs have risen since this hash was made."""
    return _hasher.check_needs_rehash(password_hash)
