"""The two secrets in the data directory: the local account's bearer token and the key that signs.

Called by `server` at start. Invariant: a secret file is complete, mode 600, and the same for every process
that shares the directory, however many start at once; the database only ever sees the token's hash.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from headway.support.settings import Settings

TOKEN_FILE = "token"
SECRET_KEY_FILE = "secret_key"
LEAST_KEY_BYTES = 32


def hash_token(token: str) -> str:
    """SHA-256 of a token in hex. Our tokens are random 256-bit values, so a slow hash would protect nothing
    more."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def local_token(data_dir: Path) -> str:
    """The local account's bearer token, made on first use and kept in `data_dir/token`."""
    return _read_or_create(data_dir / TOKEN_FILE)


def secret_key(settings: Settings) -> bytes:
    """The signing key: `HEADWAY_SECRET_KEY`, or one made on first use and kept in `data_dir/secret_key`."""
    if settings.secret_key is not None and settings.secret_key.get_secret_value():
        return settings.secret_key.get_secret_value().encode()
    return _read_or_create(settings.data_dir / SECRET_KEY_FILE).encode()


def derived(key: bytes, purpose: str) -> bytes:
    """A key of its own for each purpose (HKDF's expand step, RFC 5869, of one block): what is signed for one is worth nothing
    for another. Raises ValueError for a signing key of less than 32 bytes."""
    if len(key) < LEAST_KEY_BYTES:
        raise ValueError(f"HEADWAY_SECRET_KEY must have at least {LEAST_KEY_BYTES} random bytes")
    return hmac.new(key, b"headway:" + purpose.encode() + b"\x01", hashlib.sha256).digest()


def _read_or_create(path: Path) -> str:
    """Reads a secret; where there is none, writes a new one so that exactly one of several processes wins.

    The value is complete before the name exists: it is written under another name and then linked, which
    fails when the name is taken. Writing in place would let a second process read half a secret.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(2):
        try:
            value = path.read_text("ascii").strip()
        except FileNotFoundError:
            _create(path)
            continue
        if not value:
            raise ValueError(f"{path} is empty; delete it to have a new one made")
        return value
    raise FileNotFoundError(path)


def _create(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first; its value counts
            os.link(draft, path)
    finally:
        draft.unlink()
