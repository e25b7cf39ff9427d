"""Runs the web application with uvicorn: `serve` alone, `up` with a worker in the same process and loop.

Called by `cli`. The way down, at SIGTERM or SIGINT: event streams end, requests finish, the worker gives back
or finishes what it holds within HEADWAY_GRACE_S, the store closes. A second signal exits at once.
"""

import asyncio
import contextlib
import errno
import os
import signal
import socket
from collections.abc import Callable, Iterator

import structlog
import uvicorn
import uvloop

from headway.accounts.keys import local_token
from headway.engine import Headway, Worker
from headway.server.application import WebApp
from headway.server.listener import bind, browser_url, cannot_listen
from headway.server.sockets import Sockets
from headway.support.process import tune

_log = structlog.get_logger(__name__)
_KEEP_ALIVE_S = 75
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: `run` has one for web and worker together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def serve(headway: Headway, *, say: Callable[[str], None] = print) -> None:
    """The web application alone, until a signal. Raises CannotListen."""
    _run(headway, with_worker=False, say=say)


def up(headway: Headway, *, say: Callable[[str], None] = print) -> None:
    """Web application and worker in one process, until a signal; `say` gets one sign-in link. Raises
    CannotListen."""
    _run(headway, with_worker=True, say=say)


def _run(headway: Headway, *, with_worker: bool, say: Callable[[str], None]) -> None:
    tune()
    host, port = headway.settings.host, headway.settings.port
    listener = bind(host, port)
    try:
        uvloop.run(_main(headway, listener, with_worker, say))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:  # two were bound at the same moment; the other one listens
            raise cannot_listen(host, port, error) from error
        raise
    finally:
        listener.close()


async def _main(
    headway: Headway, listener: socket.socket, with_worker: bool, say: Callable[[str], None]
) -> None:
    settings = headway.settings
    web = WebApp(headway, owns_headway=False)
    config = uvicorn.Config(
        web,
        http="httptools",
        ws=Sockets,
        lifespan="on",
        access_log=False,
        log_level="warning",
        log_config=None,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=max(1, round(settings.grace_s)),
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,
    )
    server = _Server(config)
    worker = Worker(headway) if with_worker else None
    stopping = asyncio.Event()
    await headway.start()
    try:
        with _signals(stopping):
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            working = asyncio.create_task(worker.run()) if worker is not None else None
            await _started(server, serving)
            if not serving.done():
                say(f"Sign in at {browser_url(listener)}/?token={local_token(settings.data_dir)}")
            waiting = asyncio.create_task(stopping.wait())
            await asyncio.wait(
                {serving, waiting, *filter(None, [working])}, return_when=asyncio.FIRST_COMPLETED
            )
            waiting.cancel()
            web.drain()
            server.should_exit = True
            if worker is not None:
                worker.stop()
            ended = await asyncio.gather(serving, *filter(None, [working]), return_exceptions=True)
        for outcome in ended:
            if isinstance(outcome, BaseException):
                raise outcome
    finally:
        await headway.stop()


async def _started(server: _Server, serving: "asyncio.Task[None]") -> None:
    """Returns when the server answers, or when it has given up."""
    while not server.started and not serving.done():
        await asyncio.wait({serving}, timeout=0.01)


@contextlib.contextmanager
def _signals(stopping: asyncio.Event) -> Iterator[None]:
    """The first signal asks for a graceful end, the second exits at once: leases and fences make that safe
    too."""
    loop = asyncio.get_running_loop()

    def on_signal(number: int) -> None:
        if stopping.is_set():
            os._exit(128 + number)
        _log.info("stopping", signal=signal.Signals(number).name)
        stopping.set()

    for number in _SIGNALS:
        loop.add_signal_handler(number, on_signal, number)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
