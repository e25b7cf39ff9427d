"""`app.run`: one job, start to end, in this process, on a throwaway SQLite store. For tests and notebooks."""

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from headway.core.errors import HeadwayError
from headway.core.prices import PriceList
from headway.core.states import Status
from headway.engine.kinds import Kind
from headway.support.i18n import N_

if TYPE_CHECKING:
    from headway.engine.app import Headway


class JobFailed(HeadwayError):
    """The job that `app.run` ran did not complete; `error` is its error as the API shows it, `status` how it ended."""

    type = "job-failed"
    title = N_("The job did not complete")

    def __init__(self, status: str, error: dict[str, Any] | None) -> None:
        super().__init__()
        self.job_status = status
        self.error = error
        self.args = (f"{status}: {(error or {}).get('message', '')}",)


async def run_inline(app: "Headway", kind: Kind, input: object) -> Any:
    """The real engine on a store of its own that is deleted afterwards. Raises InvalidInput, JobFailed."""
    from headway.engine.app import Headway
    from headway.engine.worker import Worker

    with tempfile.TemporaryDirectory(prefix="headway-run-") as folder:
        own = Headway(
            app.settings.model_copy(update={"database_url": f"sqlite:///{Path(folder) / 'run.db'}"})
        )
        own.kinds, own.steps = app.kinds, app.steps
        own._provider = app.provider()
        own._prices = PriceList()  # nobody is charged for trying
        await own.start()
        worker = Worker(own, worker_id="inline", concurrency=10)
        working = asyncio.create_task(worker.run())
        try:
            snapshot = await own.submit(kind.name, input)
            return await _result(own, snapshot.id)
        finally:
            worker.stop()
            await working
            own._provider = None
            await own.stop()


async def _result(app: "Headway", job_id: str) -> Any:
    changed = asyncio.Event()
    unsubscribe = app.store.subscribe(lambda hints: changed.set())
    try:
        while True:
            changed.clear()
            found = await app.store.result(job_id)
            if found is not None and found[0].finished:
                snapshot, text = found
                if snapshot.status is not Status.COMPLETED:
                    raise JobFailed(snapshot.status.value, snapshot.error)
                return orjson.loads(text or "null")
            await changed.wait()
    finally:
        unsubscribe()
