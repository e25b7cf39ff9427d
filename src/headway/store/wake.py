"""The bell of a SQLite file: processes on one host tell each other "look now" by empty datagrams on Unix
sockets.

Lossy on purpose: where the sockets cannot be had, or a datagram is dropped, the listener still sees the
file's change counter move, only later. Nothing is ever decided from a ring.
"""

import contextlib
import hashlib
import os
import select
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from headway.store.driver import Hint

_MARK: dict[Hint, bytes] = {"work": b"w", "change": b"c"}
_POLL_WITH_BELL_S = 0.1
_POLL_ALONE_S = 0.01


class Bell:
    """Rings at, and listens for, the other processes that have the same database file open."""

    def __init__(self, path: Path) -> None:
        name = hashlib.blake2b(os.fsencode(path.resolve()), digest_size=8).hexdigest()
        self._folder = Path(tempfile.gettempdir()) / f"headway-{os.getuid()}" / name
        self._mine: str | None = None
        self._out: socket.socket | None = None
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._out.setblocking(False)

    def ring(self, hints: set[Hint]) -> None:
        """One datagram to each listener but our own; a listener that is gone is tidied away."""
        if self._out is None:
            return
        message = b"".join(_MARK[hint] for hint in hints)
        try:
            names = os.listdir(self._folder)
        except OSError:
            return
        for name in names:
            if name == self._mine:
                continue
            address = str(self._folder / name)
            try:
                self._out.sendto(message, address)
            except ConnectionRefusedError:
                with contextlib.suppress(OSError):
                    os.unlink(address)
            except OSError:  # its buffer is full, so it will look anyway
                continue

    def listen(
        self, callback: Callable[[set[Hint]], None], change_counter: Callable[[], Callable[[], int]]
    ) -> Callable[[], None]:
        """Call `callback` on a new thread for every ring, and when the change counter moved; returns what
        stops it."""
        bell = self._hang()
        stop_read, stop_write = os.pipe()

        def attend() -> None:
            counter = change_counter()
            seen = counter()
            signs = select.poll()  # unlike `select`, for files of any number
            signs.register(stop_read, select.POLLIN)
            if bell is not None:
                signs.register(bell.fileno(), select.POLLIN)
            pause = _POLL_ALONE_S if bell is None else _POLL_WITH_BELL_S
            while True:
                readable = {number for number, _ in signs.poll(pause * 1000)}
                if stop_read in readable:
                    return
                hints = _drain(bell) if bell is not None and readable else set()
                now = counter()
                if now != seen:
                    seen = now
                    hints = hints or {"work", "change"}
                if hints:
                    callback(hints)

        thread = threading.Thread(target=attend, name="headway-bell", daemon=True)
        thread.start()

        def stop() -> None:
            os.write(stop_write, b".")
            thread.join()
            os.close(stop_read)
            os.close(stop_write)
            if bell is not None:
                self._unhang(bell)

        return stop

    def close(self) -> None:
        """No more rings from here."""
        if self._out is not None:
            self._out.close()
            self._out = None

    def _hang(self) -> socket.socket | None:
        name = f"{os.getpid()}-{os.urandom(4).hex()}"
        bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            bell.bind(str(self._folder / name))
        except OSError:  # a path too long, or a folder that cannot be written
            bell.close()
            return None
        bell.setblocking(False)
        self._mine = name
        return bell

    def _unhang(self, bell: socket.socket) -> None:
        bell.close()
        if self._mine is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._folder / self._mine)
            self._mine = None


def _drain(bell: socket.socket) -> set[Hint]:
    heard = b""
    with contextlib.suppress(BlockingIOError):
        while True:
            heard += bell.recv(16)
    return {hint for hint, mark in _MARK.items() if mark in heard}
