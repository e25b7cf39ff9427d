"""Signatures of webhooks (Standard Webhooks 1.0): `webhook-id`, `webhook-timestamp`, `webhook-signature`.

Called by `delivery`, and by tests as a receiver would check. A signature is HMAC-SHA256 over `ID.TIMESTAMP.BODY`; while a key is
being replaced there are two, separated by a space, and one of them has to match.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence

_PREFIX = "whsec_"
_KEY_BYTES = 32


def new_secret() -> str:
    """A fresh key as its owner is shown it: `whsec_` and base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def headers(id: str, timestamp_s: int, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The three headers of one message, signed by each of `keys`."""
    signatures = " ".join(_sign(key, id, timestamp_s, body) for key in keys)
    return {"webhook-id": id, "webhook-timestamp": str(timestamp_s), "webhook-signature": signatures}


def verify(key: str, given: Mapping[str, str], body: bytes, now_s: float, tolerance_s: float = 300) -> bool:
    """Whether a message is genuine and fresh: what a receiver does with it."""
    try:
        timestamp = int(given["webhook-timestamp"])
        signatures = given["webhook-signature"].split(" ")
        wanted = _sign(key, given["webhook-id"], timestamp, body)
    except (KeyError, ValueError):
        return False
    fresh = abs(now_s - timestamp) <= tolerance_s
    return fresh and any(hmac.compare_digest(wanted, each) for each in signatures)


def _sign(key: str, id: str, timestamp_s: int, body: bytes) -> str:
    secret = base64.b64decode(key.removeprefix(_PREFIX))
    digest = hmac.new(secret, f"{id}.{timestamp_s}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()
