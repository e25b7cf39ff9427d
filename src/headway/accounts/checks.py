"""What an e-mail address and a name must be.

Called by `joining` and `members`.
"""

import re

from headway.core.errors import FieldError, InvalidInput
from headway.support.i18n import N_

MOST_NAME_CHARS = 80
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f\"<>,;:\\()\[\]]{1,64}@[\w-]{1,63}(\.[\w-]{1,63})*")


def checked_email(email: str) -> str:
    """The address as it is kept, in lower case. Raises InvalidInput."""
    text = email.strip().lower()
    if len(text) > 254 or not text.isprintable() or not _EMAIL.fullmatch(text):
        raise InvalidInput([FieldError("email", N_("Must be an e-mail address"))])
    return text


def checked_name(name: str) -> str:
    """A name of 1 to 80 printable characters. Raises InvalidInput."""
    text = " ".join(name.split())
    if not 1 <= len(text) <= MOST_NAME_CHARS or not text.isprintable():
        raise InvalidInput(
            [FieldError("name", N_("Must have 1 to {most} characters"), {"most": MOST_NAME_CHARS})]
        )
    return text
