"""Accounts of people, as rows: with their tokens, identities, invitations and resets. Secrets are stored hashed (SHA-256 in
hex, passwords by argon2); `headway.accounts` makes them.

Called by `headway.accounts`. Invariant: an account that is disabled or erased is nobody, whatever shows its secrets.
"""

from dataclasses import dataclass

from headway.core.errors import Conflict, HeadwayError
from headway.core.ids import new_id
from headway.store import rows
from headway.store.base import Base
from headway.store.driver import Row, Writer
from headway.store.intents import Act
from headway.store.texts import storable
from headway.support.i18n import N_

SEEN_EVERY_MS = 300_000
"""How often "last used" is written at most: reading must not become writing."""
MOST_TOKENS = 100
"""API tokens of one account."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who asks, and by what: `way` is "token", "browser" or "program", `key` the credential's hash, `id` its name for its owner
    (None: the local token). `account` None: a browser that has not signed in. `seen_at`: when its use was last written down."""

    account: rows.Account | None
    way: str
    key: str
    id: str | None
    seen_at: int | None = None

    @property
    def installation(self) -> bool:
        """Whether it is the token of the data directory."""
        return self.way == "token" and self.id is None


@dataclass(frozen=True, slots=True)
class Person:
    """An account with all that is kept of it. Times in ms; `password` is an argon2 hash."""

    id: str
    name: str
    role: str
    email: str | None
    verified_at: int | None
    password: str | None
    disabled_at: int | None
    erased_at: int | None
    created_at: int

    @property
    def account(self) -> rows.Account:
        """What routes are told."""
        return rows.Account(self.id, self.name, self.role)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as its owner sees it. `id` None: the local account's, which lives in the data directory."""

    id: str | None
    name: str
    hint: str | None
    created_at: int
    used_at: int | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """Leave to register, once; `email` None: for whoever has the link."""

    id: str
    email: str | None
    role: str
    made_by: str
    made_at: int
    expires_at: int
    used_at: int | None


class _NotTaken(HeadwayError):
    """Undoes the transaction of an account that cannot be made."""


class Accounts(Base):
    """Who may."""

    async def ensure_local_account(
        self, token_hash: str, *, id: str = "local", name: str = N_("You")
    ) -> rows.Account:
        """The account of this installation, with this one token; made on the first start."""
        await self.act(
            lambda w: w.run("ensure_local_account", id=id, name=name, role="operator", hash=token_hash)
        )
        return rows.Account(id, name, "operator")

    async def access_by_token(self, hash: str) -> Access | None:
        """Who asks with an API token."""
        found = await self.read(lambda r: r.rows("access_by_token", hash=hash))
        return access_of(found[0], "token", hash) if found else None

    async def person(self, id: str) -> Person | None:
        """The account of that id."""
        found = await self.read(lambda r: r.rows("account", id=id))
        return _person(found[0]) if found else None

    async def person_by_email(self, email: str) -> Person | None:
        """The account of that address, which is in lower case."""
        found = await self.read(lambda r: r.rows("account_by_email", email=email))
        return _person(found[0]) if found else None

    async def people(self, *, after: str | None = None, limit: int = 100) -> list[Person]:
        """Accounts by id, without their passwords."""
        found = await self.read_slowly(lambda r: r.rows("accounts_page", after=after, n=limit))
        return [_person(row) for row in found]

    async def add_person(
        self,
        *,
        id: str,
        name: str,
        role: str,
        email: str | None,
        password: str | None,
        verified: bool = False,
        invitation: str = "",
        identity: tuple[str, str] | None = None,
    ) -> bool:
        """A new account; False, and nothing written, when the address or identity is taken or the invitation (a hash) is used or
        over.

        `identity` is (issuer, subject) of whoever signs in by OpenID Connect.
        """

        def add(writer: Writer) -> None:
            if writer.repeat and writer.rows(
                "account", id=id
            ):  # it was committed before, and the reply was lost
                return
            if invitation and not writer.run("use_invitation", hash=invitation, used_by=id):
                raise _NotTaken()
            made = writer.run(
                "add_account",
                id=id,
                name=storable(name),
                role=role,
                email=email,
                verified_at=writer.now if verified else None,
                password=password,
            )
            if not made or (
                identity
                and not writer.run("add_identity", issuer=identity[0], subject=identity[1], account_id=id)
            ):
                raise _NotTaken()

        try:
            await self.act(add)
        except _NotTaken:
            return False
        return True

    async def rename(self, id: str, name: str) -> None:
        """Have an account called `name`."""
        await self.act(lambda w: w.run("rename_account", id=id, name=storable(name)))

    async def set_password(self, id: str, password: str, *, keep: str = "") -> None:
        """A new password: every session ends but `keep` (a hash), and links to reset it are void."""
        await self.act(lambda w: _set_password(w, id, password, keep, False))

    async def use_reset(self, hash: str, id: str, password: str) -> bool:
        """A new password by a link, which has proved the address and is void from then on; False, and nothing written, when it
        is no longer good: it was used meanwhile, or replaced, or the account was disabled."""

        def use(writer: Writer) -> bool:
            taken = bool(writer.run("take_reset", hash=hash, account_id=id))
            if taken:
                _set_password(writer, id, password, "", True)
            elif writer.repeat:  # as in `add_person`; no two passwords have the same hash
                return [row[5] for row in writer.rows("account", id=id)] == [password]
            return taken

        return await self.act(use)

    async def rehash(self, id: str, before: str, password: str) -> None:
        """The same password under today's parameters, unless it was changed meanwhile."""
        await self.act(lambda w: w.run("rehash_password", id=id, before=before, password=password))

    async def set_role(self, id: str, role: str) -> bool:
        """Make somebody a user or an operator; False where there is no such account."""
        return bool(await self.act(lambda w: w.run("set_role", id=id, role=role)))

    async def set_disabled(self, id: str, disabled: bool) -> bool:
        """Disable an account, which ends its sessions, or enable it again; False where there is no such account."""

        def change(writer: Writer) -> bool:
            found = writer.run("set_disabled", id=id, disabled=disabled)
            if found and disabled:
                writer.run("end_sessions", account_id=id, kept="")
                writer.run("drop_resets", account_id=id)
            return bool(found)

        return await self.act(change)

    # -- tokens ----------------------------------------------------------------------------------------------

    async def add_token(self, account_id: str, name: str, hash: str, hint: str) -> ApiToken:
        """Remember a new token. Raises Conflict when the account has as many as it may."""
        id = new_id()
        said = {"account_id": account_id, "name": storable(name), "hint": hint}

        def add(writer: Writer) -> int:
            if not writer.run("add_token", hash=hash, id=id, most=MOST_TOKENS, **said):
                raise Conflict(N_("An account has at most {most} tokens"), most=MOST_TOKENS)
            return writer.now

        return ApiToken(id, name, hint, await self.act(add), None)

    async def tokens(self, account_id: str) -> list[ApiToken]:
        """An account's tokens, oldest first."""
        found = await self.read(lambda r: r.rows("tokens_of", account_id=account_id))
        return [ApiToken(*row) for row in found]  # type: ignore[arg-type]  # columns in order

    async def drop_token(self, account_id: str, id: str) -> str | None:
        """Forget a token of one's own; returns its hash, None where there is none."""
        return await self._drop(account_id, id, "token_hash", "drop_token")

    async def _drop(self, account_id: str, id: str, find: str, drop: str) -> str | None:
        gone: list[Row] = []  # also what a try before has found, if its reply was lost

        def run(writer: Writer) -> str | None:
            gone.extend(writer.rows(find, id=id, account_id=account_id))
            writer.run(drop, id=id, account_id=account_id)
            return str(gone[0][0]) if gone else None

        return await self.act(run)

    def note_use(self, access: Access, now: int) -> None:
        """Write down that a credential was used, when that was not done lately; nobody waits for it."""
        if access.seen_at is None or now - access.seen_at > SEEN_EVERY_MS:
            name = "saw_token" if access.way == "token" else "saw_session"
            self.put(Act(lambda w: w.run(name, hash=access.key)))

    # -- identities, invitations, resets ---------------------------------------------------------------------

    async def identity(self, issuer: str, subject: str) -> str | None:
        """The account of whom an issuer calls `subject`."""
        found = await self.read(lambda r: r.rows("identity", issuer=issuer, subject=subject))
        return str(found[0][0]) if found else None

    async def add_identity(self, account_id: str, issuer: str, subject: str, *, verified: bool) -> bool:
        """Let somebody sign in by an issuer too; False when that identity has an account. `verified`: the issuer vouches for the
        account's own address."""

        def add(writer: Writer) -> bool:
            made = writer.run("add_identity", issuer=issuer, subject=subject, account_id=account_id)
            if made and verified:
                writer.run("verify_email", id=account_id)
            return bool(made)

        return await self.act(add)

    async def identities(self, account_id: str) -> list[str]:
        """The issuers that an account signs in by."""
        found = await self.read(lambda r: r.rows("identities_of", account_id=account_id))
        return [str(row[0]) for row in found]

    async def add_invitation(
        self, hash: str, *, email: str | None, role: str, made_by: str, expires_at: int
    ) -> str:
        """Remember an invitation; returns its id."""
        id = new_id()
        await self.act(
            lambda w: w.run(
                "add_invitation",
                id=id,
                hash=hash,
                email=email,
                role=role,
                made_by=made_by,
                expires_at=expires_at,
            )
        )
        return id

    async def invitation(self, hash: str) -> Invitation | None:
        """The invitation, while it can be used."""
        found = await self.read(lambda r: r.rows("invitation", hash=hash))
        return Invitation(*found[0]) if found else None  # type: ignore[arg-type]  # columns in order

    async def invitations(self) -> list[Invitation]:
        """The newest 500, used ones too."""
        found = await self.read(lambda r: r.rows("invitations"))
        return [Invitation(*row) for row in found]  # type: ignore[arg-type]  # columns in order

    async def drop_invitation(self, id: str) -> bool:
        """Withdraw an invitation that nobody has used."""
        return await self.act(lambda w: bool(w.run("drop_invitation", id=id)) or w.repeat)

    async def add_reset(self, account_id: str | None, hash: str, expires_at: int) -> None:
        """Remember a link to set a password anew. None: for nobody, in the same time."""
        await self.act(
            lambda w: w.run("add_reset", account_id=account_id or "", hash=hash, expires_at=expires_at)
        )

    async def reset(self, hash: str) -> str | None:
        """The account that a link sets the password of."""
        found = await self.read(lambda r: r.rows("reset", hash=hash))
        return str(found[0][0]) if found else None


def _set_password(writer: Writer, id: str, password: str, keep: str, verified: bool) -> None:
    writer.run("set_password", id=id, password=password, verified=verified)
    writer.run("end_sessions", account_id=id, kept=keep)
    writer.run("drop_resets", account_id=id)


def access_of(row: Row, way: str, key: str) -> Access:
    """A row of the `access_…` queries."""
    id, name, role, public, seen_at = row
    account = None if id is None else rows.Account(str(id), str(name), str(role))
    return Access(
        account, way, key, None if public is None else str(public), None if seen_at is None else int(seen_at)
    )


def _person(row: Row) -> Person:
    return Person(*row)  # type: ignore[arg-type]  # columns in order
