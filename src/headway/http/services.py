"""What the routes of one application share, and how a route finds it.

Built by `server`; read through `services(request)`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from headway.accounts.credits import Credits
from headway.accounts.google import Google
from headway.accounts.members import Members
from headway.accounts.people import People
from headway.core.errors import Forbidden, Unauthorized
from headway.engine import Headway
from headway.http.estimates import Estimates
from headway.http.fresh import Fresh
from headway.http.limits import Limits
from headway.http.live import Hub
from headway.http.metrics import Meter
from headway.http.pulse import Pulse
from headway.http.vigil import Vigil
from headway.notify.mail import Mailer
from headway.store import Account, Store
from headway.support.i18n import N_

CONTENT = "file_content"


@dataclass(frozen=True, slots=True)
class Export:
    """One file format that a kind's finished job can be had in.

    `render(input, result, lang)` gets both as JSON values and returns the file's bytes; it runs in a thread. With `whole` the
    input of a job that came with a file has the file's bytes too, under CONTENT.
    """

    media_type: str
    extension: str
    render: Callable[[object, object, str], bytes]
    whole: bool = False


Intake = Callable[["Services", str, Mapping[str, object], Sequence[str]], Awaitable[Mapping[str, object]]]
"""Looks at what came for a kind that needs files, before it becomes a job: `(services, owner, fields, file ids)` to
the job's input. Raises InvalidInput."""
Amend = Callable[[Store, str, str], Awaitable[str]]
"""A result as it is read: `(store, job id, result)` to the result with what was changed since the job ended."""

Render = Callable[[str, str], str]
"""A stored result for a reader: `(result as JSON text, lang)` to JSON text. Runs in a thread."""


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """What a quote is asked for: the input's fields as they came (through the kind's intake), and the uploaded files."""

    services: "Services"
    owner: str
    kind: str
    fields: Mapping[str, object]
    file_ids: tuple[str, ...]
    lang: str


Quoter = Callable[[QuoteRequest], Awaitable[Mapping[str, object]]]
"""Says what a job would take: any JSON fields, among them `tokens`; see `quotes`. Starts nothing. Raises InvalidInput."""


@dataclass(frozen=True, slots=True)
class Services:
    """One per application. `exports` are formats by kind and name, `intakes`, `amends`, `renders` and `quotes` by kind."""

    headway: Headway
    hub: Hub
    estimates: Estimates
    people: People
    members: Members
    vigil: Vigil
    meter: Meter
    pulse: Pulse
    key: bytes
    mailer: Mailer
    limits: Limits
    exports: Mapping[str, Mapping[str, Export]] = field(default_factory=dict)
    fresh: Fresh = field(default_factory=Fresh)
    google: Google | None = None
    intakes: Mapping[str, Intake] = field(default_factory=dict)
    amends: Mapping[str, Amend] = field(default_factory=dict)
    renders: Mapping[str, Render] = field(default_factory=dict)
    quotes: Mapping[str, Quoter] = field(default_factory=dict)

    @property
    def credits(self) -> Credits:
        """Balances, holds and prices."""
        return Credits(self.headway)

    @property
    def store(self) -> Store:
        """The store that the application runs on."""
        return self.headway.store


def services(connection: HTTPConnection) -> Services:
    """The services of the application that this request or WebSocket belongs to."""
    found = connection.app.state.services
    assert isinstance(found, Services)
    return found


def account_of(connection: HTTPConnection) -> Account:
    """Who asks. The gate has made sure that there is someone, on every path that is not public."""
    account = connection.state.account
    if account is None:
        raise Unauthorized()
    assert isinstance(account, Account)
    return account


def operator_of(connection: HTTPConnection) -> Account:
    """Who asks, if it is an operator. Raises Forbidden for every other account."""
    account = account_of(connection)
    if account.role != "operator":
        raise Forbidden(N_("Only operators of this installation may see this"))
    return account


def lang_of(connection: HTTPConnection) -> str:
    """The language of the one who asks."""
    return str(connection.state.lang)
