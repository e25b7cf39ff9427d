"""Sessions of browsers and programs, as rows; refresh tokens; who of those that hold a stream open still may.

Called by `headway.accounts`. Invariants: a session that has ended is nobody at once; a refresh token is worth one new one, and
ends its session when it comes again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from headway.core.ids import new_id
from headway.store.accounts import Access, access_of
from headway.store.base import Base
from headway.store.driver import Row, Writer
from headway.store.texts import storable

_AGENT_CHARS = 300


@dataclass(frozen=True, slots=True)
class NewSession:
    """What begins: `hash` of the cookie, until `expires_at` (ms), for a browser that calls itself `agent`."""

    hash: str
    csrf: str
    expires_at: int
    agent: str = ""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as its account's owner sees it; times in ms."""

    id: str | None
    hash: str
    agent: str | None
    created_at: int
    seen_at: int | None
    expires_at: int

    @property
    def program(self) -> bool:
        """Whether a program holds it, by tokens, and not a browser by a cookie."""
        return self.hash.startswith("program:")


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What came of a refresh token: the session that goes on, or (`reused`) the one that has just ended for it."""

    account_id: str
    session_id: str
    reused: bool


class Sessions(Base):
    """Who has come in."""

    async def access_by_session(self, hash: str) -> Access | None:
        """Who asks with a browser's cookie."""
        found = await self.read(lambda r: r.rows("access_by_session", hash=hash))
        return access_of(found[0], "browser", hash) if found else None

    async def access_by_program(self, session_id: str) -> Access | None:
        """Who asks with an access token of that session."""
        found = await self.read(lambda r: r.rows("access_by_program", id=session_id))
        return access_of(found[0], "program", f"program:{session_id}") if found else None

    async def create_session(self, session: NewSession, account_id: str | None) -> None:
        """Remember a browser until the session's end; what has expired goes at the same time."""
        await self.act(lambda w: _add(w, session, account_id, new_id()))

    async def change_session(self, before: str, owner: str, session: NewSession, account_id: str) -> None:
        """A browser signs in: its session `before` ends, a new one begins, and what it owned as `owner`
        becomes the account's, all at once."""

        def change(writer: Writer) -> None:
            writer.run("end_session", hash=before)
            _add(writer, session, account_id, new_id())
            writer.run("move_owner", before=owner, after=account_id)

        await self.act(change)

    async def open_program(self, account_id: str, refresh: str, expires_at: int, agent: str) -> str:
        """Begin a program's session with its first refresh token (a hash); returns its id."""
        id = new_id()

        def add(writer: Writer) -> None:
            _add(writer, NewSession(f"program:{id}", "", expires_at, agent), account_id, id)
            writer.run("add_refresh", hash=refresh, session_id=id)

        await self.act(add)
        return id

    async def refresh(self, hash: str, following: str, expires_at: int) -> Refreshed | None:
        """Put a refresh token's successor in its place and prolong the session; None for one that is not known or over.

        One that was used before is in two hands: the session ends, with all its tokens.
        """

        def turn(writer: Writer) -> Refreshed | None:
            found = writer.rows("refresh", hash=hash)
            if not found:
                return None
            session_id, used_at, session, account_id = found[0]
            if writer.repeat and writer.rows("refresh", hash=following):  # this very turn, its reply lost
                return Refreshed(str(account_id), str(session_id), False)
            if used_at is not None:
                writer.run("end_session", hash=session)
                return Refreshed(str(account_id), str(session_id), True)
            writer.run("use_refresh", hash=hash)
            writer.run("add_refresh", hash=following, session_id=session_id)
            writer.run("prolong_session", hash=session, expires_at=expires_at)
            return Refreshed(str(account_id), str(session_id), False)

        return await self.act(turn)

    async def end_session(self, hash: str) -> None:
        """Forget a browser, or a program ("program:" and the session's id)."""
        await self.act(lambda w: w.run("end_session", hash=hash))

    async def end_session_of(self, account_id: str, id: str) -> str | None:
        """End one of one's own sessions; returns its hash, None where there is none."""

        gone: list[Row] = []  # also what a try before has found, if its reply was lost

        def end(writer: Writer) -> str | None:
            gone.extend(writer.rows("session_hash", id=id, account_id=account_id))
            if gone:
                writer.run("end_session", hash=gone[0][0])
            return str(gone[0][0]) if gone else None

        return await self.act(end)

    async def end_sessions(self, account_id: str, *, keep: str = "") -> int:
        """End every session of an account but `keep` (a hash); returns how many."""
        return await self.act(lambda w: w.run("end_sessions", account_id=account_id, kept=keep))

    async def sessions(self, account_id: str) -> list[SessionRow]:
        """An account's sessions, the one seen last first."""
        found = await self.read(lambda r: r.rows("sessions_of", account_id=account_id))
        return [SessionRow(*row) for row in found]  # type: ignore[arg-type]  # columns in order

    async def still_allowed(self, held: Sequence[tuple[str, str, str, str]]) -> list[int]:
        """Of (way, key, job id, owner) those, by index, whose credential is good and whose job is still the owner's."""
        names = ("way", "key", "job_id", "owner")
        doc = orjson.dumps(
            [{"n": n, **dict(zip(names, each, strict=True))} for n, each in enumerate(held)]
        ).decode()
        found = await self.read_slowly(lambda r: r.rows("still_allowed", doc=doc))
        return [int(row[0] or 0) for row in found]


def _add(writer: Writer, session: NewSession, account_id: str | None, id: str) -> None:
    writer.run(
        "add_session",
        hash=session.hash,
        account_id=account_id,
        csrf=session.csrf,
        expires_at=session.expires_at,
        id=id,
        agent=storable(session.agent[:_AGENT_CHARS]),
    )
