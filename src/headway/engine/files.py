"""A job's file as handlers hold it: a name that can be passed to steps and recorded, read only when asked."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from pydantic import BaseModel, PrivateAttr

from headway.core.errors import ContextClosed

Read = Callable[[str], Awaitable[bytes]]


class JobFile(BaseModel):
    """A file of the job `job_id` that came in the field `name`. Equal inputs hash equal, whatever worker holds it.

    Steps are given it as it is, also those in threads, in processes of their own and in chunks, and read it there.
    """

    name: str
    job_id: str
    _reader: Read | None = PrivateAttr(default=None)
    _loop: asyncio.AbstractEventLoop | None = PrivateAttr(default=None)

    def bind(self, reader: Read) -> "JobFile":
        """The same file, with a way to read it on the running event loop."""
        self._reader = reader
        self._loop = asyncio.get_running_loop()
        return self

    async def read(self) -> bytes:
        """The whole content. Raises JobNotFound when the job has no such file."""
        if self._reader is None:
            raise ContextClosed("This file was not opened by a context")
        return await self._reader(self.name)

    def read_now(self) -> bytes:
        """`read` for plain functions: blocks their thread. Raises RuntimeError on the event loop, which it would stop."""
        if self._loop is None:
            raise ContextClosed("This file was not opened by a context")
        if asyncio._get_running_loop() is self._loop:
            raise RuntimeError("await file.read() in a coroutine; read_now() is for plain functions")
        return asyncio.run_coroutine_threadsafe(self.read(), self._loop).result()

    def __reduce__(self) -> tuple[partial["JobFile"], tuple[()]]:
        """Through a pickle it keeps its name; who unpickles it binds it again."""
        return partial(JobFile, name=self.name, job_id=self.job_id), ()
