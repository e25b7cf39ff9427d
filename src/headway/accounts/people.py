"""Finds who asks, and ends what they ask by: tokens, browser sessions, programs' sessions.

Called by `http.gate` on every request and by the sign-in routes. What was found is believed for `RECENT_S`, so that a busy client
does not cost a look into the database each time; what this process ends is forgotten at once, what another ends within that time.
"""

import time
from collections.abc import Callable

from headway.accounts.access_tokens import AccessTokens
from headway.accounts.keys import hash_token
from headway.accounts.sessions import SESSION_TTL_S, csrf_token, new_session_id
from headway.store import Account, Store
from headway.store.accounts import Access
from headway.store.sessions import NewSession

BROWSER = "browser"
"""The role of a browser session without an account, and how the id of such an owner begins."""
RECENT_S = 1.0
_MOST_RECENT = 10_000
Ended = Callable[[str, str], None]
"""Told (account id, key of the credential or "" for every session of the account)."""


class People:
    """Accounts as the outside world names them: by token and by session."""

    def __init__(
        self,
        store: Store,
        key: bytes,
        *,
        issuer: str = "headway",
        clock: Callable[[], float] = time.time,
        recent_s: float = RECENT_S,
    ) -> None:
        self._store = store
        self._key = key
        self._clock = clock
        self._recent_s = recent_s
        self._recent: dict[str, tuple[Access, float]] = {}
        self._ends = 0
        self._listeners: list[Ended] = []
        self.access_tokens = AccessTokens(key, issuer)

    # -- who asks --------------------------------------------------------------------------------------------

    async def by_token(self, token: str) -> Access | None:
        """Who asks with a bearer token: an API token, or an access token whose session lasts."""
        if (known := self._known(token)) is not None:
            return known
        ends = self._ends
        if token.count(".") == 2:
            claims = self.access_tokens.read(token, self._clock())
            if claims is None:
                return None
            found = await self._store.access_by_program(claims.session_id)
            if found is None or found.account is None or found.account.id != claims.account_id:
                return None
            return self._learn(token, found, ends, claims.expires_at)
        found = await self._store.access_by_token(hash_token(token))
        return None if found is None else self._learn(token, found, ends)

    async def by_session(self, session_id: str) -> Access | None:
        """Who asks with a browser's cookie; the browser itself where nobody has signed in."""
        if (known := self._known(session_id)) is not None:
            return known
        ends = self._ends
        found = await self._store.access_by_session(hash_token(session_id))
        if found is None:
            return None
        if found.account is None:
            found = Access(browser_account(session_id), found.way, found.key, found.id, found.seen_at)
        return self._learn(session_id, found, ends)

    def _known(self, secret: str) -> Access | None:
        entry = self._recent.get(secret)
        return entry[0] if entry is not None and self._clock() < entry[1] else None

    def _learn(self, secret: str, access: Access, ends: int, expires_at: float = float("inf")) -> Access:
        """Believes what was found, unless something has ended since `ends` were counted: it may be this."""
        now = self._clock()
        self._store.note_use(access, int(now * 1000))
        if ends != self._ends:
            return access
        if len(self._recent) >= _MOST_RECENT:
            self._recent.clear()
        self._recent[secret] = access, min(now + self._recent_s, expires_at)
        return access

    # -- coming and going ------------------------------------------------------------------------------------

    async def open_session(self, account: Account, before: str = "", agent: str = "") -> str:
        """Sign a browser in; returns the id for the cookie, of which only a hash is kept.

        `before` is the session that the browser has had: it ends, and what it owned without an account goes to the account.
        """
        session_id = new_session_id()
        begun = self._new_session(session_id, agent)
        if before:
            owner = browser_account(before).id
            await self._store.change_session(hash_token(before), owner, begun, account.id)
            self.ended(owner, hash_token(before))
        else:
            await self._store.create_session(begun, account.id)
        return session_id

    async def keep_visit(self, session_id: str, agent: str = "") -> None:
        """Remember a browser that has not signed in: it owns what it has started."""
        await self._store.create_session(self._new_session(session_id, agent), None)

    def _new_session(self, session_id: str, agent: str) -> NewSession:
        expires_at = int(self._clock() * 1000) + SESSION_TTL_S * 1000
        return NewSession(hash_token(session_id), csrf_token(self._key, session_id), expires_at, agent)

    async def close(self, access: Access) -> None:
        """End the session that `access` came by: its cookie or tokens are worth nothing from now on. An API token stays."""
        if access.way != "token":
            await self._store.end_session(access.key)
            self.ended(access.account.id if access.account else "", access.key)

    async def note(self, account_id: str, act: str, origin: str, **detail: object) -> None:
        """Keep what an account did with itself."""
        await self._store.note(account_id, act, account_id, origin=origin, **detail)

    def ended(self, account_id: str, key: str = "") -> None:
        """Forget what is known of an account, or of one credential of it, and tell those who hold streams open."""
        self._ends += 1
        for secret, (access, _) in list(self._recent.items()):
            whose = access.account.id if access.account else ""
            if access.key == key if key else whose == account_id:
                del self._recent[secret]
        for listener in list(self._listeners):
            listener(account_id, key)

    def on_end(self, listener: Ended) -> None:
        """Have `listener` told of every end that this process causes."""
        self._listeners.append(listener)

    async def install_local(self, token: str) -> Account:
        """Make sure that the local account exists and answers to `token`."""
        return await self._store.ensure_local_account(hash_token(token))


def browser_account(session_id: str) -> Account:
    """Who owns what a browser starts without signing in: its session, by the hash that the database keeps."""
    return Account(f"{BROWSER}:{hash_token(session_id)}", "", BROWSER)
