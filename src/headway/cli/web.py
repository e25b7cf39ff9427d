"""`up`, `serve`, `openapi`: the web application."""

import tempfile
from functools import partial
from pathlib import Path

from headway.cli import opening, ready
from headway.cli.faults import Fault
from headway.cli.loading import load
from headway.cli.options import App


def up(app: App = None) -> None:
    """Web and worker in one process; prints a link that signs you in.

    Creates and migrates the database. HOST and PORT say where it listens (127.0.0.1:8000). SIGTERM or Ctrl-C:
    requests and jobs get HEADWAY_GRACE_S to finish; a second signal exits at once.

    \b
    Example:
        PORT=9000 headway up
    """
    _run(app, with_worker=True)


def serve(app: App = None) -> None:
    """The web application alone: run `headway worker` beside it.

    \b
    Example:
        HOST=0.0.0.0 headway serve
    """
    _run(app, with_worker=False)


def openapi(app: App = None) -> None:
    """Print the OpenAPI document of the web application.

    \b
    Example:
        headway openapi > openapi.json
    """
    from headway.cli.output import print_json
    from headway.server.application import create_app

    headway = load(app)
    with tempfile.TemporaryDirectory() as folder:
        # Building the application makes a signing key and names a database; a document needs neither of the
        # user's.
        headway.settings.data_dir = Path(folder)
        headway.settings.database_url = f"sqlite:///{folder}/openapi.db"
        try:
            print_json(create_app(headway).api.openapi())
        finally:
            opening.close(headway)


def _run(app: str | None, *, with_worker: bool) -> None:
    from headway.server import run
    from headway.server.listener import CannotListen

    headway = load(app, service=True)
    ready.limits(headway)
    if with_worker:
        ready.provider(headway)
    opening.schema(headway)
    try:
        # Whoever started it waits for this line, perhaps through a pipe: it must not stay in a buffer.
        (run.up if with_worker else run.serve)(headway, say=partial(print, flush=True))
    except CannotListen as error:
        raise Fault(str(error)) from error
