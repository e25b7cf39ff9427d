"""What asking who it is costs: `GET /api/jobs/ID` with authentication, ownership and limits, beside the same server without them.

    python -m bench.http_auth [--postgres] [--rounds 60] [--requests 400]

Two servers on one database, asked in short turns, each round in another order, so that what else the machine does meets all
alike. The one without has no gate and no limits, and its statement names no owner.
Throughput is what one saturated server process answers: requests by its CPU time, over all rounds together since the system
counts it in hundredths of a second; requests by the clock stand beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import statistics
import sys
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from bench.http_load import Connection
from bench.processes import Child, wait_until
from bench.servers import postgres
from headway.accounts.keys import secret_key
from headway.accounts.members import Members
from headway.accounts.people import People
from headway.http.shell import Shell
from headway.server.application import WebApp
from headway.server.listener import bind
from headway.store import Account

if TYPE_CHECKING:
    from headway import Headway

CONNECTIONS = 8
WARM_UP = 300
MUST = 0.75


def jobs() -> Headway:
    """The jobs of `http_load`, with the settings of now."""
    from bench.http_app import app

    return app


class Open:
    """Lets everyone in as one who owns everything: what is left when nobody is asked."""

    def __init__(self, web: WebApp) -> None:
        self._app = web.api
        self._anyone = Account(None, "", "operator")  # type: ignore[arg-type]  # no owner: no condition in the SQL

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one connection."""
        if scope["type"] == "http":
            state = scope.setdefault("state", {})
            state.update(
                lang="en", account=self._anyone, access=None, csrf_token="", session_id="", https=False
            )
        await self._app(scope, receive, send)


def serve(folder: Path, bare: bool) -> None:
    """A server of its own, until it is told to stop; its port stands in `folder`."""
    web = WebApp(jobs())
    if bare:
        web._asgi = Shell(Open(web), web.services.meter)
    listener = bind("127.0.0.1", 0)
    config = uvicorn.Config(
        web, http="httptools", lifespan="on", access_log=False, log_config=None, timeout_keep_alive=600
    )
    (folder / f"port-{'bare' if bare else 'whole'}").write_text(str(listener.getsockname()[1]))
    uvloop.run(uvicorn.Server(config).serve(sockets=[listener]))


class Turn:
    """Asks one server `n` times over some connections."""

    def __init__(self, name: str, child: Child, port: int, token: str, path: str) -> None:
        self.name = name
        self._child = child
        self._path = path
        self._connections = [Connection(port, token) for _ in range(CONNECTIONS)]
        self.asked = 0
        self.cpu_s = 0.0
        self.by_clock: list[float] = []

    async def open(self) -> None:
        """Connect, and ask until everything is warm."""
        for connection in self._connections:
            await connection.open()
        await self._ask(WARM_UP)

    async def _ask(self, n: int) -> None:
        async def some(connection: Connection) -> None:
            for _ in range(n // CONNECTIONS):
                status, body = await connection.ask("GET", self._path)
                if status != 200:
                    raise RuntimeError(f"{self.name}: {status}: {body!r}")

        await asyncio.gather(*map(some, self._connections))

    async def take(self, n: int) -> None:
        """One round."""
        cpu, began = self._child.cpu_seconds(), time.perf_counter()
        await self._ask(n)
        self.by_clock.append(n / (time.perf_counter() - began))
        self.cpu_s += self._child.cpu_seconds() - cpu
        self.asked += n

    @property
    def by_cpu(self) -> float:
        """Requests by CPU second."""
        return self.asked / self.cpu_s


async def measure(folder: Path, bare: Child, whole: Child, rounds: int, requests: int) -> bool:
    """Play all rounds and print what came of it; False when authentication costs more than it may."""
    app = jobs()
    app.store.start()
    try:
        key = secret_key(app.settings)
        people = People(app.store, key)
        members = Members(app, people, _Nowhere())
        account = await members.add("ann@example.org", "Ann", "user")
        _, token = await members.make_token(account, "bench")
        grant = await members.open_program(account, "bench")
        job = await app.submit("small", {"n": 1}, owner=account.id)
        path = f"/api/jobs/{job.id}"
        ports = {name: int((folder / f"port-{name}").read_text()) for name in ("bare", "whole")}
        turns = [
            Turn("nobody is asked", bare, ports["bare"], "none", path),
            Turn("API token", whole, ports["whole"], token, path),
            Turn("access token", whole, ports["whole"], grant.access_token, path),
        ]
        for turn in turns:
            await turn.open()
        for n in range(rounds):
            for turn in turns[n % len(turns) :] + turns[: n % len(turns)]:
                await turn.take(requests)
    finally:
        await app.stop()
    without = turns[0].by_cpu
    for turn in turns:
        print(
            f"{turn.name:16} {turn.by_cpu:7.0f} requests by CPU second, {statistics.median(turn.by_clock):7.0f} by the clock; "
            f"{100 * turn.by_cpu / without:3.0f} % (must: at least {100 * MUST:.0f} %)"
        )
    return all(turn.by_cpu >= MUST * without for turn in turns)


class _Nowhere:
    """Sends no mail."""

    async def send(self, to: str | None, subject: str, text: str) -> str:
        return ""


def run(folder: Path, url: str, rounds: int, requests: int) -> bool:
    """One run on an empty database."""
    env = {
        "HEADWAY_DATABASE_URL": url,
        "HEADWAY_DATA_DIR": str(folder),
        "HEADWAY_LIMITS": "reads=1000000000/minute, reads.address=1000000000/minute",
        "HEADWAY_LOG": "error",
    }
    os.environ.update(env)
    jobs().store.migrate()
    command = [sys.executable, "-m", "bench.http_auth", "--serve"]
    with (
        Child([*command, "bare", "--folder", str(folder)], folder / "bare.log", env) as bare,
        Child([*command, "whole", "--folder", str(folder)], folder / "whole.log", env) as whole,
    ):
        for name, child in (("bare", bare), ("whole", whole)):
            wait_until(name, partial(_answers, folder / f"port-{name}"), child, limit_s=60)
        return asyncio.run(measure(folder, bare, whole, rounds, requests))


def _answers(port: Path) -> bool:
    with socket.socket() as probe:
        return port.exists() and probe.connect_ex(("127.0.0.1", int(port.read_text()))) == 0


def main() -> None:
    """Parse the options and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--requests", type=int, default=400, help="of each round and kind")
    parser.add_argument("--serve", choices=("bare", "whole"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(args.folder, args.serve == "bare")
        return
    with TemporaryDirectory(prefix="hw-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        if not args.postgres:
            fine = run(folder, f"sqlite:///{folder}/headway.db", args.rounds, args.requests)
        else:
            with postgres(folder) as server, server.database("http_auth") as url:
                fine = run(folder, url, args.rounds, args.requests)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
