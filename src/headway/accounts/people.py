"""Finds and opens: the account behind a token or a session, and new sessions.

Called by `http.gate` and the sign-in routes. A thin layer over the store that knows what is hashed.
"""

import time

from headway.accounts.keys import hash_token
from headway.accounts.sessions import SESSION_TTL_S, csrf_token, new_session_id
from headway.store import Account, Store

BROWSER = "browser"
"""The role of a browser session without an account, and how the id of such an owner begins."""


class People:
    """Accounts as the outside world names them: by token and by session id."""

    def __init__(self, store: Store, key: bytes) -> None:
        self._store = store
        self._key = key

    async def account_of_token(self, token: str) -> Account | None:
        """The account that a bearer token belongs to."""
        return await self._store.account_by_token(hash_token(token))

    async def open_session(self, account: Account | None, before: str = "") -> str:
        """Begin a browser session; returns the id for the cookie, of which only a hash is kept.

        Without an account it is a browser's own, which owns what it starts. `before` is the session that the
        browser has had: it ends, and what it owned without an account goes to the account.
        """
        session_id = new_session_id()
        expires_at = int(time.time() * 1000) + SESSION_TTL_S * 1000
        hash, csrf = hash_token(session_id), csrf_token(self._key, session_id)
        if account is not None and before:
            owned_by = browser_account(before).id
            await self._store.change_session(hash_token(before), owned_by, hash, account.id, csrf, expires_at)
        else:
            await self._store.create_session(hash, account.id if account else None, csrf, expires_at)
        return session_id

    async def account_of_session(self, session_id: str) -> Account | None:
        """The account of a session that has neither ended nor expired; the browser's own where no one has
        signed in."""
        session = await self._store.session(hash_token(session_id))
        if session is None:
            return None
        return session.account or browser_account(session_id)

    async def close_session(self, session_id: str) -> None:
        """End a session: its cookie is worth nothing from now on."""
        await self._store.end_session(hash_token(session_id))

    async def install_local(self, token: str) -> Account:
        """Make sure that the local account exists and answers to `token`."""
        return await self._store.ensure_local_account(hash_token(token))


def browser_account(session_id: str) -> Account:
    """Who owns what a browser starts without signing in: its session, by the hash that the database keeps."""
    return Account(f"{BROWSER}:{hash_token(session_id)}", "", BROWSER)
