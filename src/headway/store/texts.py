"""What a text column can hold on both dialects: neither NUL (PostgreSQL) nor a lone surrogate (UTF-8 has
none).

Used for texts that come from outside as they are: a log line, a provider's answer, a file's name. JSON texts
need nothing, since JSON spells both with a backslash.
"""

import re

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    """`text` with U+FFFD in place of what cannot be stored: better than losing a paid answer to one bad
    character."""
    return _UNSTORABLE.sub("\ufffd", text)
