"""Watch links: signed, read-only addresses of one job that need no sign-in.

Called by `http.share`. A token is `SHARE_ID.SIGNATURE`; the signature keeps strangers from probing the
database with guessed ids, the share's row says which job it shows, until when, and whether it was revoked.
"""

import base64
import hashlib
import hmac

DEFAULT_TTL_S = 30 * 24 * 3600


def _sign(key: bytes, share_id: str) -> str:
    digest = hmac.new(key, b"watch:" + share_id.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def make_token(key: bytes, share_id: str) -> str:
    """The token that stands in `/watch/TOKEN`."""
    return f"{share_id}.{_sign(key, share_id)}"


def read_token(key: bytes, token: str) -> str | None:
    """The share id of a token that this installation signed, else None."""
    share_id, dot, signature = token.rpartition(".")
    if not dot or not share_id.isascii() or not signature.isascii():
        return None
    return share_id if hmac.compare_digest(_sign(key, share_id), signature) else None
