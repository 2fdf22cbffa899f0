"""A site vouches for its visitor: a short JSON Web Token, signed with the widget's secret.

The algorithm is fixed on our side, the token names the widget it is for and lives an hour at most, so
that a copied one is soon worth nothing (PROTOCOLS 5.1; RFC 7519, RFC 8725).
"""

from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from hub.clock import SECOND
from hub.errors import Unauthenticated

ALGORITHMS = ["HS256"]
LIFE_SECONDS = 3600
SKEW_SECONDS = 60
MAX_TOKEN, MAX_SUBJECT, MAX_NAME = 4096, 200, 200
MIN_SECRET = 32


@dataclass(frozen=True, slots=True)
class Vouched:
    """Who the site says it is: the site's own id of them, and perhaps a name."""

    subject: str
    name: str


def verify(token: str, secret: str, *, audience: str, now: int) -> Vouched:
    """Read a site's token for the widget `audience` (its public key).

    Raises:
        Unauthenticated: forged, expired, for another widget, or not a token at all; it does not say which.
    """
    if len(secret) < MIN_SECRET or not 0 < len(token) <= MAX_TOKEN or not token.isascii():
        raise _refused()
    try:
        claims = jwt.decode(token, OctKey.import_key(secret), algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, TypeError) as error:
        raise _refused() from error
    if not _is_current(claims, now // SECOND) or not _is_for(claims.get("aud"), audience):
        raise _refused()
    subject, name = claims.get("sub"), claims.get("name", "")
    if not _is_word(subject, MAX_SUBJECT) or not (name == "" or _is_word(name, MAX_NAME)):
        raise _refused()
    return Vouched(str(subject), str(name))


def _is_current(claims: dict[str, Any], seconds: int) -> bool:
    issued, ends = claims.get("iat"), claims.get("exp")
    if type(issued) is not int or type(ends) is not int:
        return False
    is_short = 0 < ends - issued <= LIFE_SECONDS
    return is_short and issued <= seconds + SKEW_SECONDS and seconds < ends + SKEW_SECONDS


def _is_for(audience: object, expected: str) -> bool:
    return audience == expected or (isinstance(audience, list) and expected in audience)


def _is_word(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= longest and value.isprintable()


def _refused() -> Unauthenticated:
    return Unauthenticated("the site's token is not good")
