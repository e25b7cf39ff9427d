"""Opens the database for one command: is it there, can it be reached, does it have this version's schema?

Called by the commands that read or change jobs. A command never creates a database or migrates by the way;
`migrate`, `up`, `serve` and `worker` do.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from headway.cli.faults import Fault, database_reason
from headway.support.safe import hide_secrets

if TYPE_CHECKING:
    from headway.engine.app import Headway
    from headway.store import Store

T = TypeVar("T")


def with_store(headway: "Headway", ask: Callable[["Store"], Awaitable[T]]) -> T:
    """What `ask` says of the started store, which is closed afterwards. Raises Fault when it cannot be
    used."""
    require_schema(headway)

    async def run() -> T:
        headway.store.start()
        return await ask(headway.store)

    try:
        return asyncio.run(run())
    finally:
        close(headway)


def require_schema(headway: "Headway") -> int:
    """The schema's number, which must be this version's. Raises Fault."""
    path = sqlite_path(headway)
    if path is not None and not path.exists():
        raise Fault(f"there is no database at {path} yet: run `headway migrate`")
    have, want = schema(headway)
    if have < want:
        raise Fault(
            f"the database {place(headway)} has schema {have}, this version wants {want}: "
            "run `headway migrate`"
        )
    return have


def schema(headway: "Headway") -> tuple[int, int]:
    """The schema's number in the database and the one that this version wants; the first to be asked of a
    database.

    Raises Fault when the database cannot be reached, or belongs to a newer version.
    """
    try:
        have, want = headway.store.schema()
    except ImportError as error:
        raise Fault(
            f"PostgreSQL needs an extra package: pip install 'headway[postgres]' ({error})"
        ) from error
    except OSError as error:
        raise Fault(
            f"the database {place(headway)} cannot be used: {error.filename}: {error.strerror}"
        ) from error
    except Exception as error:
        if (reason := database_reason(error)) is None:
            raise
        raise Fault(f"the database {place(headway)} cannot be used: {reason}") from error
    if have > want:
        raise Fault(
            f"the database {place(headway)} has schema {have} of a newer version, this one knows {want}: "
            "install that version"
        )
    return have, want


def close(headway: "Headway") -> None:
    """Let the connections go, from outside an event loop."""
    asyncio.run(headway.stop())


def place(headway: "Headway") -> str:
    """The database's address without its password."""
    return hide_secrets(headway.settings.database_url)


def sqlite_path(headway: "Headway") -> Path | None:
    """The database file, None where the database is a server."""
    url = headway.settings.database_url
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
