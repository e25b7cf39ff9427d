"""A driver that is the real one until it is told to fail: so the committer meets faults on real databases."""

from collections.abc import Callable
from typing import Any, Literal

from headway.store.driver import Driver, Row, Value, Writer


class Away(Exception):
    """The connection is gone."""


class Passing(Exception):
    """A deadlock, say."""


class FaultyWriter:
    """Delegates to a real writer; asks its driver at `begin` and `commit` what is to happen."""

    def __init__(self, driver: "FaultyDriver", real: Writer) -> None:
        self._driver = driver
        self._real = real
        self.repeat = False

    @property
    def now(self) -> int:
        return self._real.now

    def rows(self, name: str, /, **params: Value) -> list[Row]:
        return self._real.rows(name, **params)

    def run(self, name: str, /, **params: Value) -> int:
        return self._real.run(name, **params)

    def begin(self, alone: bool = False) -> None:
        self._driver.happen("begin")
        self._real.begin(alone)

    def commit(self) -> None:
        self._driver.happen("commit")
        self._real.commit()
        self._driver.commits += 1
        self._driver.happen("committed")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


Moment = Literal["begin", "commit", "committed"]


class FaultyDriver:
    """`script` holds what is to happen, in order: (moment, error or function). Other moments pass."""

    def __init__(self, real: Driver) -> None:
        self._real = real
        self.script: list[tuple[Moment, Exception | Callable[[], None]]] = []
        self.is_gone = False
        self.connections = 0
        self.commits = 0

    def writer(self) -> Writer:
        if self.is_gone:
            raise Away
        self.connections += 1
        return FaultyWriter(self, self._real.writer())

    def happen(self, moment: Moment) -> None:
        if self.is_gone:
            raise Away
        if self.script and self.script[0][0] == moment:
            _, what = self.script.pop(0)
            if isinstance(what, Exception):
                raise what
            what()

    def is_away(self, error: BaseException) -> bool:
        return isinstance(error, Away) or self._real.is_away(error)

    def is_passing(self, error: BaseException) -> bool:
        return isinstance(error, Passing) or self._real.is_passing(error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)
