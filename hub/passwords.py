"""Passwords by argon2id. Hashing and checking take tens of milliseconds on purpose: never on the event loop."""

import asyncio
import functools

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()  # RFC 9106, low-memory profile
MAX_LENGTH = 1024


def hash_password(password: str) -> str:
    """The hash to keep, with its salt and costs inside."""
    return _hasher.hash(_bytes(password))


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether the password fits; as slow for an account that is not there or has none (None, empty)."""
    try:
        _hasher.verify(password_hash or _nobody(), _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash)


async def check(password_hash: str, password: str) -> bool:
    """`is_right` in a thread; an empty hash stands for an account that is not there."""
    return await asyncio.to_thread(is_right, password_hash or None, password)


def needs_rehash(password_hash: str) -> bool:
    """Whether the costs have risen since this hash was made."""
    return _hasher.check_needs_rehash(password_hash)


@functools.cache
def _nobody() -> str:
    """What is compared when there is no account, so that it takes as long."""
    return _hasher.hash("nobody has this password")


def _bytes(password: str) -> bytes:
    """Only the first characters count: a megabyte as password must not cost us more."""
    return password[:MAX_LENGTH].encode(errors="surrogatepass")
