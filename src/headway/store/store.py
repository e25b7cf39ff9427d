"""The store: one object for everything that is kept. Opened by URL, the same on SQLite and PostgreSQL."""

from pathlib import Path

from headway.store.accounts import Accounts
from headway.store.audit_log import AuditLog
from headway.store.caps import Caps
from headway.store.credits import Credits
from headway.store.driver import Driver, Shift, no_shift
from headway.store.edits import Edits
from headway.store.figures import Figures
from headway.store.files import Files
from headway.store.hooks import Hooks
from headway.store.leaving import Leaving
from headway.store.limits import Limits
from headway.store.mails import Mails
from headway.store.ops import Ops
from headway.store.pacing import Pacing
from headway.store.queries import migrations
from headway.store.search import Search
from headway.store.sessions import Sessions
from headway.store.shares import Shares
from headway.store.sharing import Sharing
from headway.store.sqlite import SqliteDriver
from headway.store.timeline import Timeline
from headway.store.views import Views


class Store(
    Sharing,
    Caps,
    Leaving,
    Search,
    Views,
    Files,
    Accounts,
    Ops,
    Pacing,
    Mails,
    Limits,
    AuditLog,
    Hooks,
    Edits,
    Timeline,
    Sessions,
    Shares,
    Figures,
    Credits,
):
    """All the verbs and views. `start` it on an event loop (or without one), `close` it at the end."""

    def __init__(self, driver: Driver, *, reader_threads: int = 4) -> None:
        super().__init__(driver, reader_threads=reader_threads)
        self._fronts = {}

    @classmethod
    def open(cls, url: str, *, shift: Shift = no_shift) -> "Store":
        """A store at `sqlite:///PATH` or `postgresql://…`; nothing is connected yet. `shift` moves its clock,
        for tests."""
        return cls(driver_for(url, shift))

    def migrate(self) -> list[int]:
        """Bring the schema to this version; returns the numbers of the migrations that were run."""
        return self.driver.migrate()

    def schema(self) -> tuple[int, int]:
        """The schema's number in the database, and the one that this version wants."""
        return self.driver.schema(), migrations(self.driver.dialect)[-1][0]


def driver_for(url: str, shift: Shift = no_shift) -> Driver:
    """The dialect that a URL names. Raises ValueError for another scheme, ImportError where the extra is
    missing."""
    if url.startswith("sqlite:///"):
        return SqliteDriver(Path(url.removeprefix("sqlite:///")), shift)
    if url.startswith(("postgresql://", "postgres://")):
        from headway.store.postgres import PostgresDriver

        return PostgresDriver(url, shift)
    raise ValueError("a database URL begins with sqlite:/// or postgresql://")
