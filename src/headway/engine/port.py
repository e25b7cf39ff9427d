"""The only way out of a context, so that the same context works in the worker and in a child process."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from headway.core.progress import Track
from headway.engine.desk import CallPort
from headway.engine.kinds import Step
from headway.store.intents import FanOut
from headway.store.rows import StepRow


class Port(CallPort, Protocol):
    """Where a context's words go: the worker's store, or the pipe to the parent process."""

    def progress(self, track: Track) -> None:
        """Something that a person sees has moved; sent on soon, together with others'."""

    async def record(self, step: StepRow) -> None:
        """Make a step's result durable. Raises LeaseLost."""

    async def log(self, text: str) -> None:
        """Keep a line for the owner. Raises LeaseLost."""

    async def read_file(self, name: str) -> bytes:
        """A file of the job, whole. Raises JobNotFound."""

    async def fan_out(self, chunks: FanOut) -> None:
        """Make chunks durable. Raises LeaseLost."""

    def park(self, delay_ms: int | None, for_chunks: bool) -> None:
        """Every open call waits: give the slot back for so long, or until the last chunk has ended."""

    async def run_process(self, step: Step, args: Sequence[object], kwargs: Mapping[str, object]) -> Any:
        """Run a step's function in a killable child process."""

    async def hold(self, text: str | None) -> None:
        """Of a chunk: have its job say what it waits for, and None: what it said before."""
