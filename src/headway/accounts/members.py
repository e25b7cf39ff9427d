"""What people do with their accounts: sign in by password, refresh, change or reset a password, make tokens, leave.

Called by the routes of `http` and the pages of `web`. Secrets leave this module once, as they are made; the store keeps hashes.
"""

import secrets
from dataclasses import dataclass

from headway.accounts import erasing
from headway.accounts.access_tokens import TTL_S
from headway.accounts.checks import checked_email, checked_name
from headway.accounts.errors import (
    AccountFixed,
    LinkOver,
    RefreshRefused,
    WrongPassword,
)
from headway.accounts.joining import Joining
from headway.accounts.keys import hash_token
from headway.accounts.passwords import check_new
from headway.accounts.sessions import SESSION_TTL_S
from headway.store import Account
from headway.store.accounts import Access, ApiToken, Person
from headway.support.i18n import N_, gettext

LOCAL = "local"
TOKEN_PREFIX = "hw_"
RESET_TTL_S = 3600
_HINT_CHARS = 8


@dataclass(frozen=True, slots=True)
class Grant:
    """What a program gets for signing in: an access token for some minutes, a refresh token for the next one."""

    access_token: str
    refresh_token: str
    expires_in: int = TTL_S
    token_type: str = "Bearer"


class Members(Joining):
    """The verbs of accounts, with those of `joining`."""

    # -- signing in ------------------------------------------------------------------------------------------

    async def by_password(self, email: str, password: str) -> Account:
        """Whose they are. Raises WrongPassword: in the same time whatever is wrong."""
        person = await self._store.person_by_email(email.strip().lower())
        right, better = await self.passwords.check(password[:1024], person.password if person else None)
        if person is None or not right or person.disabled_at is not None:
            raise WrongPassword()
        if better is not None and person.password is not None:
            await self._store.rehash(person.id, person.password, better)
        return person.account

    async def open_program(self, account: Account, agent: str) -> Grant:
        """Begin a program's session."""
        refresh = secrets.token_urlsafe(32)
        session_id = await self._store.open_program(
            account.id, hash_token(refresh), self._session_end(), agent
        )
        return self._grant(account.id, session_id, refresh)

    async def refresh(self, token: str) -> Grant:
        """The next pair. Raises RefreshRefused; a token that comes a second time ends its session."""
        following = secrets.token_urlsafe(32)
        turned = await self._store.refresh(hash_token(token), hash_token(following), self._session_end())
        if turned is None:
            raise RefreshRefused()
        if turned.reused:
            self._people.ended(turned.account_id, f"program:{turned.session_id}")
            await self._store.note(turned.account_id, "session.reused", turned.session_id)
            raise RefreshRefused()
        return self._grant(turned.account_id, turned.session_id, following)

    def _session_end(self) -> int:
        return int(self._clock() * 1000) + SESSION_TTL_S * 1000

    def _grant(self, account_id: str, session_id: str, refresh: str) -> Grant:
        return Grant(self._people.access_tokens.issue(account_id, session_id, self._clock()), refresh)

    # -- passwords -------------------------------------------------------------------------------------------

    async def change_password(self, access: Access, current: str, new: str) -> None:
        """A new password: every other session ends. Raises WrongPassword, InvalidInput, AccountFixed."""
        person = await self._person(access)
        if person.email is None:
            raise AccountFixed(N_("This account has no e-mail address, so it signs in without a password"))
        if person.password is not None:
            await self._prove(person, current)
        elif (
            person.verified_at is None or access.way == "token"
        ):  # a token that is lost must not become the account
            raise AccountFixed(N_("Ask for a link to set the first password: it goes to your e-mail address"))
        check_new(new, person.email)
        await self._store.set_password(person.id, await self.passwords.hash(new), keep=access.key)
        self._people.ended(person.id)

    async def _prove(self, person: Person, password: str) -> None:
        """Raises WrongPassword; an account without a password has nothing to prove."""
        if (
            person.password is not None
            and not (await self.passwords.check(password[:1024], person.password))[0]
        ):
            raise WrongPassword(N_("This is not your present password"))

    async def forgot(self, email: str, url: str, lang: str) -> None:
        """Send a link to set the password anew, if there is such an account; nobody can tell whether there is."""
        email = checked_email(email)
        person = await self._store.person_by_email(email)
        good = person is not None and person.disabled_at is None
        link = await self.reset_link(person.id if person and good else None, url)
        subject = gettext(lang, N_("Your new password for Headway"))
        text = gettext(
            lang,
            N_(
                "Open this link to set a new password. It is good for one hour, once:\n\n{link}\n\n"
                "If you have not asked for it, leave it: your password stays as it is.\n"
            ),
            link=link,
        )
        await self.mailer.send(email if good else None, subject, text)

    async def reset_link(self, id: str | None, url: str) -> str:
        """A link to set the password of an account; the one before is void. None: a link for nobody, in the same time."""
        secret = secrets.token_urlsafe(32)
        expires_at = int(self._clock() * 1000) + RESET_TTL_S * 1000
        await self._store.add_reset(id, hash_token(secret), expires_at)
        return f"{url}?key={secret}"

    async def reset(self, secret: str, password: str) -> Account:
        """Set the password of whom the link was sent to: every session ends. Raises LinkOver, InvalidInput."""
        id = await self._store.reset(hash_token(secret))
        person = await self._store.person(id) if id is not None else None
        if person is None:
            raise LinkOver()
        check_new(password, person.email)
        kept = await self.passwords.hash(password)
        if not await self._store.use_reset(hash_token(secret), person.id, kept):
            raise LinkOver()
        self._people.ended(person.id)
        return person.account

    # -- one's own account -----------------------------------------------------------------------------------

    async def _person(self, access: Access) -> Person:
        person = await self._store.person(access.account.id) if access.account else None
        if person is None:
            raise WrongPassword()
        return person

    async def rename(self, account: Account, name: str) -> None:
        """Have an account called `name`. Raises InvalidInput."""
        await self._store.rename(account.id, checked_name(name))

    async def make_token(self, account: Account, name: str) -> tuple[ApiToken, str]:
        """A token for programs, and its text, which is never shown again."""
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        kept = await self._store.add_token(
            account.id, checked_name(name), hash_token(secret), secret[:_HINT_CHARS]
        )
        return kept, secret

    async def drop_token(self, account: Account, id: str) -> bool:
        """Revoke a token of one's own; False where there is none."""
        hash = await self._store.drop_token(account.id, id)
        if hash is not None:
            self._people.ended(account.id, hash)
        return hash is not None

    async def end_session(self, account: Account, id: str) -> bool:
        """End one of one's own sessions; False where there is none."""
        hash = await self._store.end_session_of(account.id, id)
        if hash is not None:
            self._people.ended(account.id, hash)
        return hash is not None

    async def sign_out_everywhere(self, account: Account) -> None:
        """End every session of an account. API tokens stay: each is revoked by itself."""
        await self._store.end_sessions(account.id)
        self._people.ended(account.id)

    async def erase(self, access: Access, password: str) -> None:
        """Erase an account and all it owns. Raises AccountFixed for the local one, WrongPassword."""
        person = await self._person(access)
        if person.id == LOCAL:
            raise AccountFixed(N_("The local account belongs to the installation and stays"))
        await self._prove(person, password)
        await self._store.erase(person.id, erasing.job(self._headway))
        self._people.ended(person.id)

    async def find(self, who: str) -> Person | None:
        """The account of an e-mail address or an id."""
        found = await (
            self._store.person_by_email(who.strip().lower()) if "@" in who else self._store.person(who)
        )
        return found if found is not None and found.erased_at is None else None

    # -- operators -------------------------------------------------------------------------------------------

    async def set_role(self, by: str, id: str, role: str) -> bool:
        """Make somebody a user or an operator; False where there is no such account. Raises AccountFixed."""
        self._not_fixed(by, id)
        done = await self._store.set_role(id, role)
        self._people.ended(id)
        return done

    async def set_disabled(self, by: str, id: str, disabled: bool) -> bool:
        """Disable somebody, whose access ends at once, or let them in again. Raises AccountFixed."""
        self._not_fixed(by, id)
        done = await self._store.set_disabled(id, disabled)
        self._people.ended(id)
        return done

    def _not_fixed(self, by: str, id: str) -> None:
        if id in (by, LOCAL):
            raise AccountFixed(
                N_("The local account and your own stay as they are: another operator has to do it")
            )
