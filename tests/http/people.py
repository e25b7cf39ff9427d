"""People for tests: accounts with passwords that are hashed quickly, and programs signed in as them."""

from contextlib import AsyncExitStack
from typing import Any

import httpx2
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from tests.http.site import Site

from headway.accounts.members import Members
from headway.accounts.passwords import Passwords
from headway.core.ids import new_id
from headway.store import Account

PASSWORD = "correct horse battery"


class Outbox:
    """Keeps the mails that an installation sends; `to_nobody` counts those that only take the time."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str, str]] = []
        self.to_nobody = 0

    async def send(self, to: str | None, subject: str, text: str) -> str:
        if to is None:
            self.to_nobody += 1
        else:
            self.mails.append((to, subject, text))
        return ""


def quick(site: Site) -> Site:
    """Argon2 with the least that it takes, since what is tested is not how long it takes; and mails that can be read."""
    services = site.web.services
    hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    members = Members(site.headway, services.people, Outbox(), passwords=Passwords(hasher))
    object.__setattr__(services, "members", members)
    return site


def outbox_of(site: Site) -> Outbox:
    """What a `quick` site has sent."""
    outbox = site.web.services.members.mailer
    assert isinstance(outbox, Outbox)
    return outbox


def mailed(site: Site) -> str:
    """The text of the newest mail."""
    return outbox_of(site).mails[-1][2]


async def person(site: Site, email: str = "ann@example.org", role: str = "user") -> Account:
    """An account with `PASSWORD`, whatever HEADWAY_REGISTRATION says."""
    account = Account(new_id(), email.partition("@")[0], role)
    kept = await site.web.services.members.passwords.hash(PASSWORD)
    made = await site.headway.store.add_person(
        id=account.id, name=account.name, role=role, email=email, password=kept
    )
    assert made
    return account


async def granted(
    site: Site,
    email: str = "ann@example.org",
    password: str = PASSWORD,
    *,
    client: httpx2.AsyncClient | None = None,
) -> dict[str, Any]:
    """Access and refresh token; `client` asks for them, where there is one at hand."""
    async with AsyncExitStack() as stack:
        visitor = client or await stack.enter_async_context(site.visitor())
        answer = await visitor.post("/api/auth/token", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def program(site: Site, email: str = "ann@example.org") -> httpx2.AsyncClient:
    """A program that is signed in."""
    return site.visitor(headers=bearer((await granted(site, email))["access_token"]))
