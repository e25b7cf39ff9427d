"""Becoming a member: registration, invitations, and coming from an issuer such as Google.

The first half of `members`, which is what others call. Invariant: an account is given to whoever has proved that it is theirs, and
made only where HEADWAY_REGISTRATION allows it.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from headway.accounts.checks import MOST_NAME_CHARS, checked_email, checked_name
from headway.accounts.errors import EmailTaken, InvitationNeeded, WrongPassword
from headway.accounts.keys import hash_token
from headway.accounts.passwords import Passwords, check_new
from headway.accounts.people import People
from headway.core.errors import Forbidden
from headway.core.ids import new_id
from headway.engine import Headway
from headway.store import Account
from headway.store.accounts import Invitation
from headway.support.i18n import N_, gettext

INVITATION_TTL_S = 14 * 24 * 3600


class Mailer(Protocol):
    """What sends a mail, durably: `headway.notify.mail.Mailer`."""

    async def send(self, to: str | None, subject: str, text: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an issuer says that somebody is."""

    issuer: str
    subject: str
    email: str | None
    verified: bool
    name: str


class Joining:
    """Who comes in for the first time. `registration` says who may make an account: "open", "invite" or "closed"."""

    def __init__(
        self,
        headway: Headway,
        people: People,
        mailer: Mailer,
        *,
        passwords: Passwords | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._headway = headway
        self._store = headway.store
        self._people = people
        self.mailer = mailer
        self.registration = headway.settings.registration
        self.passwords = passwords or Passwords()
        self._clock = clock

    async def register(self, email: str, password: str, name: str = "", invitation: str = "") -> Account:
        """A new account. Raises Forbidden where registration is closed, InvitationNeeded, EmailTaken, InvalidInput."""
        self.may_register()
        email = checked_email(email)
        check_new(password, email)
        name = checked_name(name or email.partition("@")[0])
        invited = await self._invited(invitation, email)
        if invited is None and self.registration != "open":
            raise InvitationNeeded()
        kept = await self.passwords.hash(password)
        # An invitation that was sent to the address proves that it is theirs who have the link.
        verified = invited is not None and invited.email == email
        return await self._add(
            email, name, invited, password=kept, verified=verified, invitation=invitation if invited else ""
        )

    def may_register(self) -> None:
        """Raises Forbidden where nobody may."""
        if self.registration == "closed":
            raise Forbidden(N_("Registration is closed here"))

    async def _invited(self, invitation: str, email: str | None) -> Invitation | None:
        """The invitation, if there is one. Raises InvitationNeeded for one that is over or another's."""
        if not invitation:
            return None
        found = await self._store.invitation(hash_token(invitation))
        if found is None or found.email not in (None, email):
            raise InvitationNeeded()
        return found

    async def _add(
        self,
        email: str | None,
        name: str,
        invited: Invitation | None,
        *,
        password: str | None,
        verified: bool,
        invitation: str,
        identity: tuple[str, str] | None = None,
    ) -> Account:
        account = Account(new_id(), name, invited.role if invited else "user")
        made = await self._store.add_person(
            id=account.id,
            name=name,
            role=account.role,
            email=email,
            password=password,
            verified=verified,
            invitation=hash_token(invitation) if invitation else "",
            identity=identity,
        )
        if not made:
            if email is not None and await self._store.person_by_email(email):
                raise EmailTaken()
            raise InvitationNeeded()
        return account

    async def invite(
        self, by: str, email: str | None, role: str, url: str, lang: str, *, send: bool = True
    ) -> tuple[str, str]:
        """An invitation: (id, its link). `url` is the page to register at; it is sent where there is an address to send it to."""
        email = checked_email(email) if email else None
        secret = secrets.token_urlsafe(32)
        expires_at = int(self._clock() * 1000) + INVITATION_TTL_S * 1000
        id = await self._store.add_invitation(
            hash_token(secret), email=email, role=role, made_by=by, expires_at=expires_at
        )
        link = f"{url}?invitation={secret}"
        if email and send:
            subject = gettext(lang, N_("You are invited to Headway"))
            text = gettext(
                lang,
                N_("Open this link to make your account. It is good for 14 days, once:\n\n{link}\n"),
                link=link,
            )
            await self.mailer.send(email, subject, text)
        return id, link

    async def add(self, email: str, name: str, role: str) -> Account:
        """An account without a password, made by an operator whoever may register. Raises EmailTaken, InvalidInput."""
        email = checked_email(email)
        name = checked_name(name or email.partition("@")[0])
        account = Account(new_id(), name, role)
        if not await self._store.add_person(id=account.id, name=name, role=role, email=email, password=None):
            raise EmailTaken()
        return account

    async def by_identity(self, identity: Identity, invitation: str = "") -> Account:
        """Whose identity it is; a new account's where one may be made.

        An account of the same address is taken for theirs only when both the issuer and we know the address to be theirs: or else
        whoever registers another's address first would share the account with them.
        Raises WrongPassword for a disabled account, EmailTaken, Forbidden, InvitationNeeded.
        """
        known = await self._store.identity(identity.issuer, identity.subject)
        if known is not None:
            person = await self._store.person(known)
            if person is None or person.disabled_at is not None:
                raise WrongPassword()
            return person.account
        email = identity.email if identity.verified else None
        person = await self._store.person_by_email(email) if email else None
        if person is not None:
            if person.verified_at is None or person.disabled_at is not None:
                raise EmailTaken()
            await self._store.add_identity(person.id, identity.issuer, identity.subject, verified=True)
            return person.account
        self.may_register()
        invited = await self._invited(invitation, email)
        if invited is None and self.registration != "open":
            raise InvitationNeeded()
        name = checked_name(identity.name[:MOST_NAME_CHARS] or (email or "").partition("@")[0] or "?")
        return await self._add(
            email,
            name,
            invited,
            password=None,
            verified=email is not None,
            invitation=invitation if invited else "",
            identity=(identity.issuer, identity.subject),
        )

    async def join_identity(self, account: Account, identity: Identity) -> None:
        """Let an account sign in by an issuer too. Raises EmailTaken when that identity has an account."""
        person = await self._store.person(account.id)
        own = bool(person and identity.verified and identity.email == person.email)
        await self._store.add_identity(account.id, identity.issuer, identity.subject, verified=own)
        if await self._store.identity(identity.issuer, identity.subject) != account.id:
            raise EmailTaken()
