"""Passwords by argon2id. Both functions take tens of milliseconds on purpose: call them in a thread."""

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


def needs_rehash(password_hash: str) -> bool:
    """Whether the costs have risen since this hash was made."""
    return _hasher.check_needs_rehash(password_hash)
