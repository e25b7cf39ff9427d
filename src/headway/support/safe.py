"""Makes foreign text safe to show: no control characters on a terminal or in a log line, no secrets.

Called by `logs` and by the command line's tables. Invariant: what comes out is printable, whatever came in;
what is called a token, key, password, secret, authorization or cookie does not come out, unless it stands in a `Letter`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_HIDDEN = "[hidden]"
_LONGEST = 10_000
_DEEPEST = 6
_SECRET_WORDS = {
    "apikey",
    "authorization",
    "cookie",
    "credential",
    "credentials",
    "key",
    "passwd",
    "password",
    "secret",
    "token",
}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NAMED = r"[\w-]*(?:token|key|password|passwd|secret|cookie|authorization|invitation)"
# Each replaces what follows group 1, in texts whose field has an innocent name: messages, URLs, headers.
_SECRETS_IN_TEXT = (
    re.compile(r"(?i)(\bbearer\s+)[^\s,;\"']+"),
    re.compile(r"(?i)(\bbasic\s+)[a-z0-9+/]{12,}=*"),
    re.compile(rf"(?i)((?:^|[?&;,\s]){_NAMED}=)[^&\s;\"']+"),
    re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s@]+(?=@)"),
    re.compile(r"(/watch/)[^\s/?#\"']+"),
)
# C0, DEL, C1, Unicode's line ends and direction overrides, lone surrogates: what moves a cursor, forges a
# line or hides text.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\x1b": "\\e"}


class Letter(str):
    """A text for whoever reads the log, with the secrets in it: an e-mail, where the log is the mailbox."""

    __slots__ = ()


def neutral(text: str) -> str:
    """The text with control characters, line ends and direction overrides written out: safe on a terminal."""
    return _UNSAFE.sub(lambda found: _SHORT.get(found[0], f"\\u{ord(found[0]):04x}"), text)


def hide_secrets(text: str) -> str:
    """The text without bearer tokens, the passwords of URLs, and the values of `token=` and the like."""
    for pattern in _SECRETS_IN_TEXT:
        text = pattern.sub(rf"\1{_HIDDEN}", text)
    return text


def is_secret(name: str) -> bool:
    """Whether a field of that name is never written: `api_key`, `X-Auth-Token`; not `input_tokens`."""
    return any(word.lower() in _SECRET_WORDS for word in _WORD.findall(name))


def plain(value: object, name: str = "", deeper: int = _DEEPEST) -> Any:
    """A value as plain JSON data, cut to a bearable size, with `neutral` texts and without secrets.

    `name` is what the value is called; `deeper` how many levels of lists and mappings are opened.
    """
    if is_secret(name) and value is not None:
        return _HIDDEN
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and abs(value) < 1 << 53:
        return int(value)
    if isinstance(value, Mapping) and deeper:
        return {neutral(str(key)): plain(each, str(key), deeper - 1) for key, each in value.items()}
    if (
        isinstance(value, Sequence | set | frozenset)
        and not isinstance(value, str | bytes | bytearray)
        and deeper
    ):
        return [plain(each, "", deeper - 1) for each in value]
    text = value if isinstance(value, str) else _told(value)
    if isinstance(text, Letter):
        return neutral(text)
    return neutral(hide_secrets(text if len(text) <= _LONGEST else text[:_LONGEST] + "…"))


def _told(value: object) -> str:
    """A value's own words. Logging must not fail because a repr does."""
    try:
        return str(value) if not isinstance(value, BaseException) else repr(value)
    except Exception as error:  # noqa: BLE001 — whatever a foreign __repr__ raises
        return f"<{type(value).__name__}: {type(error).__name__}>"
