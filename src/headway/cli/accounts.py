"""`accounts list|add|invite|reset|disable|enable|role|grant`: people, for whoever runs the installation.

A running web application believes what it knows of a session for a second: what is changed here holds there after that.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from headway.cli import opening, output
from headway.cli.faults import Fault
from headway.cli.loading import load
from headway.cli.options import App, Json
from headway.cli.times import exact
from headway.support.addresses import origin_of

if TYPE_CHECKING:
    from headway.accounts.members import Members
    from headway.engine.app import Headway
    from headway.store.accounts import Person

T = TypeVar("T")
_BY = "operator"
_PAGE = 500

Role = Literal["user", "operator"]
Who = Annotated[str, typer.Argument(metavar="WHO", help="An e-mail address, or an account's id.")]
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="An e-mail address.")]
RoleOption = Annotated[Role, typer.Option("--role", help="What they will be.")]


def _members(headway: "Headway") -> "Members":
    from headway.accounts.keys import secret_key
    from headway.accounts.members import Members
    from headway.accounts.people import People
    from headway.notify.mail import Mailer
    from headway.server import equipment

    equipment.install(headway)
    settings = headway.settings
    people = People(headway.store, secret_key(settings), issuer=settings.public_url or "headway")
    return Members(headway, people, Mailer(headway))


def _page(headway: "Headway", name: str) -> str:
    """The address of one of our pages, as far as it is known here."""
    settings = headway.settings
    base = settings.public_url.rstrip("/") or origin_of(settings.host, settings.port)
    return f"{base}/{name}"


def _do(headway: "Headway", run: Callable[["Members"], Awaitable[T]]) -> T:
    """What `run` returns. Raises Fault for what cannot be done."""
    from headway.core.errors import HeadwayError, InvalidInput

    members = _members(headway)
    try:
        return opening.with_store(headway, lambda store: run(members))
    except InvalidInput as error:
        raise Fault("; ".join(f"{each.field}: {each}" for each in error.errors)) from error
    except HeadwayError as error:
        raise Fault(str(error)) from error


async def _find(members: "Members", who: str) -> "Person":
    found = await members.find(who)
    if found is None:
        raise Fault(f"there is no account {who}")
    return found


def list_accounts(app: App = None, json: Json = False) -> None:
    """List accounts.

    \b
    Example:
        headway accounts list
    """
    headway = load(app)

    async def everyone(members: "Members") -> "list[Person]":
        people: list[Person] = []
        while True:
            page = await headway.store.people(after=people[-1].id if people else None, limit=_PAGE)
            people += page
            if len(page) < _PAGE:
                return people

    people = _do(headway, everyone)
    if json:
        output.print_json(
            [
                {
                    "id": p.id,
                    "name": p.name,
                    "email": p.email,
                    "role": p.role,
                    "disabled": p.disabled_at is not None,
                    "created_at": exact(p.created_at),
                }
                for p in people
            ]
        )
        return
    rows = [(p.id, p.email or "-", p.name, p.role, "disabled" if p.disabled_at else "-") for p in people]
    columns = [output.Column(name) for name in ("id", "e-mail", "name", "role", "state")]
    output.table(columns, rows)


def add(
    email: Email,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="What they are called.")] = "",
    role: RoleOption = "user",
    app: App = None,
    json: Json = False,
) -> None:
    """Make an account, whoever may register. Prints a link with which its password is set, good for one hour.

    \b
    Example:
        headway accounts add ann@example.org --role operator
    """
    headway = load(app)

    async def run(members: "Members") -> tuple[str, str]:
        account = await members.add(email, name, role)
        return account.id, await members.reset_link(account.id, _page(headway, "reset"))

    _say(json, *_do(headway, run))


def invite(
    email: Annotated[
        str | None, typer.Argument(metavar="[EMAIL]", help="Whose; else whoever has the link.")
    ] = None,
    role: RoleOption = "user",
    mail: Annotated[bool, typer.Option("--mail", help="Send the link to that address.")] = False,
    app: App = None,
    json: Json = False,
) -> None:
    """Invite somebody to register, once, within 14 days; prints the link. HEADWAY_REGISTRATION must not be `closed`.

    \b
    Example:
        headway accounts invite ann@example.org --mail
    """
    headway = load(app)
    if headway.settings.registration == "closed":
        raise Fault("registration is closed: set HEADWAY_REGISTRATION=invite, or use `headway accounts add`")
    page = _page(headway, "register")
    _say(json, *_do(headway, lambda members: members.invite(_BY, email, role, page, "en", send=mail)))


def reset(who: Who, app: App = None, json: Json = False) -> None:
    """Print a link with which somebody sets a new password, good for one hour.

    \b
    Example:
        headway accounts reset ann@example.org
    """
    headway = load(app)

    async def run(members: "Members") -> tuple[str, str]:
        person = await _find(members, who)
        if person.email is None:
            raise Fault(f"the account {who} has no e-mail address, so it signs in without a password")
        return person.id, await members.reset_link(person.id, _page(headway, "reset"))

    _say(json, *_do(headway, run))


def disable(who: Who, app: App = None) -> None:
    """Keep somebody out: sessions end, tokens are refused; jobs go on.

    \b
    Example:
        headway accounts disable ann@example.org
    """
    _set_disabled(load(app), who, True)


def enable(who: Who, app: App = None) -> None:
    """Let somebody in again.

    \b
    Example:
        headway accounts enable ann@example.org
    """
    _set_disabled(load(app), who, False)


def _set_disabled(headway: "Headway", who: str, disabled: bool) -> None:
    async def run(members: "Members") -> str:
        person = await _find(members, who)
        await members.set_disabled(_BY, person.id, disabled)
        await headway.store.note(_BY, "account.change", person.id, disabled=disabled)
        return person.id

    output.say(f"{_do(headway, run)} is {'disabled' if disabled else 'enabled'}")


def role(
    who: Who,
    role: Annotated[Role, typer.Argument(help="What they are from now on.")],
    app: App = None,
) -> None:
    """Make somebody an operator, or a user again.

    \b
    Example:
        headway accounts role ann@example.org operator
    """
    headway = load(app)

    async def run(members: "Members") -> str:
        person = await _find(members, who)
        await members.set_role(_BY, person.id, role)
        await headway.store.note(_BY, "account.change", person.id, role=role)
        return person.id

    output.say(f"{_do(headway, run)} is {role} now")


def grant(
    who: Who,
    credits: Annotated[int, typer.Argument(min=1, metavar="CREDITS", help="How many.")],
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="What for; it stands in the ledger.")
    ],
    app: App = None,
) -> None:
    """Give somebody credits.

    \b
    Example:
        headway accounts grant ann@example.org 500 --reason "thanks for testing"
    """
    headway = load(app)

    async def run(members: "Members") -> int:
        from headway.accounts.credits import Credits

        person = await _find(members, who)
        standing = await Credits(headway).grant(person.id, credits, reason, _BY)
        await headway.store.note(_BY, "credits.grant", person.id, credits=credits, reason=reason)
        return standing.balance

    output.say(f"{who} has {_do(headway, run)} credits now")


def _say(json: bool, id: str, link: str) -> None:
    if json:
        output.print_json({"id": id, "url": link})
    else:
        output.say(link)
