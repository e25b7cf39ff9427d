"""Passwords: what is taken, and how they are kept (argon2id by pwdlib, off the event loop).

Called by `members`. Invariant: a check takes the same time whether or not there is such an account.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

from pwdlib import PasswordHash

from headway.core.errors import FieldError, InvalidInput
from headway.support.i18n import N_

LEAST_CHARS, MOST_CHARS = 8, 256
A = TypeVarTuple("A")
R = TypeVar("R")
_AT_ONCE = 2  # a hash takes 64 MiB and a core


class Passwords:
    """Makes and checks hashes, a few at a time."""

    def __init__(self, hasher: PasswordHash | None = None) -> None:
        self.hasher = hasher or PasswordHash.recommended()
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="headway-argon2")
        self._nobody = ""

    async def hash(self, password: str) -> str:
        """The hash to keep."""
        return await self._run(self.hasher.hash, _normal(password))

    async def check(self, password: str, kept: str | None) -> tuple[bool, str | None]:
        """Whether it is the password of that hash, and a better hash to keep when parameters have changed.

        `kept` None: of an account that is not there or has none; a check against a hash of nobody's takes the same time.
        """
        if not self._nobody:
            self._nobody = await self.hash("nobody's")
        right, better = await self._run(
            self.hasher.verify_and_update, _normal(password), kept or self._nobody
        )
        return (right, better) if kept else (False, None)

    async def _run(self, function: Callable[[*A], R], *args: *A) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False)


def check_new(password: str, email: str | None) -> None:
    """Refuse what is too short, too long, or no secret. Raises InvalidInput.

    By NIST SP 800-63B, 3.1.1.2: a length, no rules of composition.
    """
    wrong = None
    plain = _normal(password).casefold()
    if not LEAST_CHARS <= len(password) <= MOST_CHARS:
        wrong = FieldError(
            "password",
            N_("Must have {least} to {most} characters"),
            {"least": LEAST_CHARS, "most": MOST_CHARS},
        )
    elif len(set(plain)) < 3 or plain in _COMMON or (email and plain in (email, email.partition("@")[0])):
        wrong = FieldError("password", N_("This password is the first that anyone would try"))
    if wrong:
        raise InvalidInput([wrong])


_COMMON_WORDS = """
12345678 123456789 1234567890 87654321 11223344 12344321 password password1 password123 passw0rd p@ssw0rd qwertyui
qwertyuiop qwerty123 1q2w3e4r 1qaz2wsx asdfghjk asdfghjkl zxcvbnm1 iloveyou sunshine princess football baseball superman
trustno1 letmein1 welcome1 abcd1234 abc12345 changeme computer internet michelle starwars whatever
"""
_COMMON = frozenset(_COMMON_WORDS.split())


def _normal(password: str) -> str:
    """One form for one text, however a keyboard composes it (NFKC, as SP 800-63B asks)."""
    return unicodedata.normalize("NFKC", password)
