"""Secrets at rest and signatures of our own, all from `HUB_SECRET_KEY`."""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.errors import SettingsError

_VERSION = "v1."
_NONCE = 12


class Sealer:
    """Seals what the database keeps for us (AES-256-GCM) and signs what comes back from outside."""

    def __init__(self, secret_key: str) -> None:
        self._sealing = AESGCM(_derive(secret_key, b"onethread sealing"))
        self._signing = _derive(secret_key, b"onethread signing")

    def seal(self, text: str) -> str:
        """Encrypt a text; the same text looks different each time."""
        nonce = os.urandom(_NONCE)
        sealed = self._sealing.encrypt(nonce, text.encode(), _VERSION.encode())
        return _VERSION + base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str) -> str:
        """The text again. Raises SettingsError when it was sealed under another key."""
        try:
            if not sealed.startswith(_VERSION):
                raise ValueError("unknown version")
            data = base64.urlsafe_b64decode(sealed.removeprefix(_VERSION))
            return self._sealing.decrypt(data[:_NONCE], data[_NONCE:], _VERSION.encode()).decode()
        except (ValueError, InvalidTag) as error:
            raise SettingsError(
                "a stored secret does not open: is HUB_SECRET_KEY the one it was sealed with?"
            ) from error

    def sign(self, purpose: str, value: str) -> str:
        """`value` with a mark that only this hub makes, and only for this purpose."""
        return f"{value}.{self._mark(purpose, value)}"

    def check(self, purpose: str, signed: str) -> str | None:
        """The value behind a mark of ours, or None; constant time."""
        value, dot, mark = signed.rpartition(".")
        is_ours = dot and hmac.compare_digest(_bytes(self._mark(purpose, value)), _bytes(mark))
        return value if is_ours else None

    def _mark(self, purpose: str, value: str) -> str:
        message = _bytes(f"{len(purpose)}:{purpose}:{value}")
        made = hmac.new(self._signing, message, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(made[:18]).decode()


def digest_token(token: str) -> str:
    """How a random token is kept: its SHA-256 in hexadecimal."""
    return hashlib.sha256(_bytes(token)).hexdigest()


def _bytes(text: str) -> bytes:
    """Whatever somebody sent us, half surrogate pairs too, is wrong, not an error of ours."""
    return text.encode(errors="surrogatepass")


def _derive(secret_key: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret_key.encode())
