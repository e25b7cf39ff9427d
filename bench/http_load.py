"""HTTP under load, web and worker as two processes: submissions at a fixed rate, and a thousand watchers.

    python -m bench.http_load [--postgres] [--rate 300] [--seconds 20] [--watchers 1000] [--jobs 1000]

Prints p50 and p99 of a submission while jobs run, the memory that one watcher costs the server, and how long
after its job's end each watcher had the terminal snapshot. Requests are sent by the clock, not when the last
one was answered, and are timed from when they were due, so that a stall counts for every request it delays.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import psutil

from bench.measures import percentile
from bench.processes import Child, wait_until
from bench.servers import postgres

CONNECTIONS = 64
WARM_UP = 100
RIDE_S = 12.0
RUNNING = 50


@dataclass(frozen=True, slots=True)
class Plan:
    """The sizes of one run."""

    rate: float
    seconds: float
    watchers: int
    jobs: int


class Connection:
    """One keep-alive HTTP/1.1 connection: as little client as there can be."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._head = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"

    async def open(self) -> Connection:
        """Connect."""
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """One request; status and body."""
        self.send(method, path, body)
        status, headers = await self.head()
        return status, await self.reader.readexactly(int(headers.get("content-length", 0)))

    def send(self, method: str, path: str, body: bytes = b"") -> None:
        """Write a request."""
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        self.writer.write(f"{method} {path} HTTP/1.1\r\n{self._head}{kind}\r\n".encode() + body)

    async def head(self) -> tuple[int, dict[str, str]]:
        """Read a response's status and headers."""
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines[1:] if line)
        return int(lines[0].split()[1]), {name.lower(): value.strip() for name, _, value in pairs}


class Bench:
    """One run against one server."""

    def __init__(self, plan: Plan, port: int, token: str, server: Child) -> None:
        self._plan = plan
        self._port = port
        self._token = token
        self._server = server

    def connect(self) -> Connection:
        """A connection, not yet open."""
        return Connection(self._port, self._token)

    async def all(self) -> None:
        """Everything, printed as it comes."""
        await self._submissions()
        await self._watchers()

    async def _submit(self, connection: Connection, kind: str, value: dict[str, Any]) -> dict[str, Any]:
        status, body = await connection.ask("POST", f"/api/jobs/{kind}", orjson.dumps(value))
        if status != 202:
            raise RuntimeError(f"{status}: {body!r}")
        answer: dict[str, Any] = orjson.loads(body)
        return answer

    async def _submissions(self) -> None:
        plan = self._plan
        idle: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
        for _ in range(CONNECTIONS):
            idle.put_nowait(await self.connect().open())
        first = idle.get_nowait()
        for n in range(WARM_UP):
            await self._submit(first, "small", {"n": n})
        ends_at = time.time() + plan.seconds + 2
        for _ in range(RUNNING):
            await self._submit(first, "ride", {"ends_at": ends_at, "per_s": 4})
        idle.put_nowait(first)
        took_ms: list[float] = []

        async def one(n: int, due: float) -> None:
            connection = await idle.get()
            await self._submit(connection, "small", {"n": n})
            took_ms.append((time.perf_counter() - due) * 1e3)
            idle.put_nowait(connection)

        began, sent = time.perf_counter(), []
        for n in range(int(plan.rate * plan.seconds)):
            due = began + n / plan.rate
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            sent.append(asyncio.create_task(one(n, due)))
        await asyncio.gather(*sent)
        print(
            f"POST /api/jobs/small at {plan.rate:.0f}/s for {plan.seconds:.0f} s, {RUNNING} jobs moving: "
            f"p50 {percentile(took_ms, 0.5):.1f} ms, p99 {percentile(took_ms, 0.99):.1f} ms, "
            f"max {max(took_ms):.1f} ms (target: p99 at most 25 ms)"
        )

    async def _watchers(self) -> None:
        plan = self._plan
        control = await self.connect().open()
        ends_at = time.time() + RIDE_S + plan.watchers / 200
        ids = [(await self._submit(control, "ride", {"ends_at": ends_at}))["id"] for _ in range(plan.jobs)]
        await asyncio.sleep(1.0)  # the jobs' own cost settles before the memory is read
        before = _resident(self._server.pid)
        opened = asyncio.Semaphore(50)
        ready = [asyncio.Event() for _ in range(plan.watchers)]
        watching = [
            asyncio.create_task(self._watch(ids[n % plan.jobs], opened, ready[n]))
            for n in range(plan.watchers)
        ]
        await asyncio.gather(*(event.wait() for event in ready))
        opened_at = time.time()
        await asyncio.sleep(max(0.0, min(2.0, ends_at - time.time() - 2)))
        each_kb = (_resident(self._server.pid) - before) / plan.watchers / 1e3
        if opened_at > ends_at:
            raise RuntimeError("the jobs ended before every watcher was there: choose fewer watchers")
        late_ms = await asyncio.gather(*watching)
        print(
            f"{plan.watchers} watchers of {plan.jobs} moving jobs: {each_kb:.1f} KB of the server's memory "
            f"each (target: at most 40); the terminal snapshot came p50 {percentile(late_ms, 0.5):.0f} ms, "
            f"p99 {percentile(late_ms, 0.99):.0f} ms, last {max(late_ms):.0f} ms after the job's end "
            "(target: at most 1000)"
        )

    async def _watch(self, job_id: str, opened: asyncio.Semaphore, ready: asyncio.Event) -> float:
        """Follow one job to its end; milliseconds from there to the terminal event here."""
        async with opened:
            connection = await self.connect().open()
            connection.send("GET", f"/api/jobs/{job_id}/events")
            status, _ = await connection.head()
            if status != 200:
                raise RuntimeError(f"watching {job_id}: {status}")
            await connection.reader.readuntil(b"\n\n")
            ready.set()
        while True:
            piece = await connection.reader.readuntil(b"\n\n")
            if b'"finished_at":"' in piece:
                seen_at = time.time()
                snapshot = orjson.loads(piece[piece.index(b"data: ") + 6 :])
                connection.writer.close()
                if snapshot["status"] != "completed":
                    raise RuntimeError(f"a job {snapshot['status']}: {snapshot['error']}")
                return (seen_at - datetime.fromisoformat(snapshot["finished_at"]).timestamp()) * 1e3


def _resident(pid: int) -> int:
    return int(psutil.Process(pid).memory_info().rss)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _installation(folder: Path, url: str, plan: Plan) -> Iterator[tuple[int, str, Child]]:
    """A web process and a worker process on one database: port, token, and the web process."""
    port = _free_port()
    env = {
        "HEADWAY_DATABASE_URL": url,
        "HEADWAY_DATA_DIR": str(folder),
        "HEADWAY_APP": "bench.http_app:app",
        "PORT": str(port),
    }
    headway = str(Path(sys.executable).with_name("headway"))
    with (
        Child([headway, "serve"], folder / "serve.log", env) as server,
        Child(
            [headway, "worker", "--concurrency", str(plan.jobs + RUNNING)], folder / "worker.log", env
        ) as worker,
    ):
        wait_until("the server", lambda: _answers(port), server, limit_s=30)
        worker.check()
        yield port, (folder / "token").read_text().strip(), server


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main() -> None:
    """Parse the options and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--rate", type=float, default=300, help="submissions a second")
    parser.add_argument("--seconds", type=float, default=20, help="how long to submit")
    parser.add_argument("--watchers", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=1000, help="how many jobs they watch")
    args = parser.parse_args()
    plan = Plan(args.rate, args.seconds, args.watchers, args.jobs)
    with TemporaryDirectory(prefix="hw-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        if not args.postgres:
            run(plan, folder, f"sqlite:///{folder}/headway.db")
        else:
            with postgres(folder) as server, server.database("http_load") as url:
                run(plan, folder, url)


def run(plan: Plan, folder: Path, url: str) -> None:
    """One run on an empty database."""
    with _installation(folder, url, plan) as (port, token, server):
        asyncio.run(Bench(plan, port, token, server).all())


if __name__ == "__main__":
    main()
