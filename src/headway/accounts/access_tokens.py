"""Access tokens: short-lived JWTs (RFC 9068) that name an account and its session.

Called by `people` and by the token routes. One fixed algorithm; a header with anything else in it is refused, whatever it
promises. A valid token is not enough: `people` looks whether its session still lasts.
"""

from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from headway.accounts.keys import derived

TTL_S = 900
_ALGORITHM = "HS256"
_HEADER = {"alg": _ALGORITHM, "typ": "at+jwt"}
_AUDIENCE = "headway"
_MOST_CHARS = 2048


@dataclass(frozen=True, slots=True)
class Claims:
    """Whose token it is, of which session, until when (seconds since the epoch)."""

    account_id: str
    session_id: str
    expires_at: int


class AccessTokens:
    """Signs and reads. `issuer` is this installation's address, or its name."""

    def __init__(self, key: bytes, issuer: str) -> None:
        self._key = OctKey.import_key(derived(key, "access-token"))
        self._issuer = issuer

    def issue(self, account_id: str, session_id: str, now: float) -> str:
        """A token that is good for `TTL_S` seconds."""
        claims = {
            "iss": self._issuer,
            "aud": _AUDIENCE,
            "sub": account_id,
            "sid": session_id,
            "iat": int(now),
            "exp": int(now) + TTL_S,
        }
        return jwt.encode(_HEADER, claims, self._key, algorithms=[_ALGORITHM])

    def read(self, token: str, now: float) -> Claims | None:
        """What a token says, if this installation signed it, for itself, and its time has not passed."""
        if len(token) > _MOST_CHARS:
            return None
        try:
            read = jwt.decode(token, self._key, algorithms=[_ALGORITHM])
        except (JoseError, ValueError):
            return None
        claims = read.claims
        account_id, session_id, expires_at = claims.get("sub"), claims.get("sid"), claims.get("exp")
        if read.header != _HEADER or claims.get("iss") != self._issuer or claims.get("aud") != _AUDIENCE:
            return None
        if (
            not isinstance(account_id, str)
            or not isinstance(session_id, str)
            or not isinstance(expires_at, int)
        ):
            return None
        return Claims(account_id, session_id, expires_at) if now < expires_at else None
