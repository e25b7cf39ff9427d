"""Browser sessions: the cookie, its lifetime, and the CSRF token that belongs to it.

Called by `http.gate` on every request and by the sign-in routes. The database keeps a hash of the session's
id; the CSRF token is derived from the id and the signing key, so it needs no storage and dies with the
session. A visit is the session of a browser that has not signed in: its id carries our mark, so that it is stored
only once something is started under it, and whoever merely looks costs no row.
"""

import hashlib
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

SESSION_TTL_S = 30 * 24 * 3600
_COOKIE = "headway_session"
_SECURE_COOKIE = "__Host-headway_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def new_session_id() -> str:
    """A fresh 256-bit session id, as it stands in the cookie."""
    return secrets.token_urlsafe(32)


def new_visit_id(key: bytes) -> str:
    """A fresh id of a visit."""
    chosen = new_session_id()
    return f"{chosen}.{_mark(key, chosen)}"


def is_visit_id(key: bytes, session_id: str) -> bool:
    """Whether an id is a visit's that we gave; no session of an account has such an id, so that none is revived by it."""
    chosen, dot, mark = session_id.rpartition(".")
    return bool(dot) and hmac.compare_digest(
        _mark(key, chosen).encode(), mark.encode("utf-8", "surrogateescape")
    )


def _mark(key: bytes, chosen: str) -> str:
    return hmac.new(key, b"visit:" + chosen.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()[
        :32
    ]


def cookie_name(https: bool) -> str:
    """`__Host-` binds the cookie to this host and to https (RFC 6265bis, 4.1.3.2); over plain http it may not
    be used."""
    return _SECURE_COOKIE if https else _COOKIE


def set_cookie(session_id: str, https: bool) -> str:
    """The `Set-Cookie` value that signs a browser in."""
    secure = "; Secure" if https else ""
    name = cookie_name(https)
    return f"{name}={session_id}; Path=/; Max-Age={SESSION_TTL_S}; HttpOnly; SameSite=Lax{secure}"


def clear_cookie(https: bool) -> str:
    """The `Set-Cookie` value that signs a browser out."""
    secure = "; Secure" if https else ""
    return f"{cookie_name(https)}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}"


def read_cookies(header: str) -> dict[str, str]:
    """The cookies of a `Cookie` header; one that cannot be parsed counts as none."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(header)
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


def csrf_token(key: bytes, session_id: str) -> str:
    """The token that a page of this session sends back with every unsafe request."""
    return hmac.new(key, b"csrf:" + session_id.encode(), hashlib.sha256).hexdigest()


def csrf_matches(key: bytes, session_id: str, sent: str) -> bool:
    """Whether `sent` is this session's token; compared in constant time."""
    return hmac.compare_digest(csrf_token(key, session_id).encode(), sent.encode("utf-8", "surrogateescape"))


def comes_from_elsewhere(sec_fetch_site: str | None, origin: str | None, own_origins: frozenset[str]) -> bool:
    """Whether a browser says that another site caused this request.

    `Sec-Fetch-Site` (W3C Fetch Metadata) decides where it is sent: a page cannot forge it. Otherwise `Origin`
    must be one of `own_origins` (scheme://host:port). A request with neither is not from a page of today's
    browsers.
    """
    if sec_fetch_site is not None:
        return sec_fetch_site not in ("same-origin", "none")
    if origin is not None:
        return origin.lower() not in own_origins
    return False


def local_path(target: str | None, default: str = "/") -> str:
    """`target` if it is a path of this site, else `default`: a sign-in link must not send anyone to another
    site.

    Refused: another scheme or host, `//host`, a backslash (browsers read it as a slash) and control
    characters.
    """
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return default
    if any(ord(char) < 0x21 or ord(char) == 0x7F for char in target):
        return default
    try:
        parts = urlsplit(target)
    except ValueError:
        return default
    return default if parts.scheme or parts.netloc else target
