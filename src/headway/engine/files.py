"""A job's file as handlers hold it: a name that can be passed to steps and recorded, read only when asked."""

from collections.abc import Awaitable, Callable

from pydantic import BaseModel, PrivateAttr

from headway.core.errors import ContextClosed


class JobFile(BaseModel):
    """A file of the job `job_id` that came in the field `name`. Equal inputs hash equal, whatever worker holds it."""

    name: str
    job_id: str
    _reader: Callable[[str], Awaitable[bytes]] | None = PrivateAttr(default=None)

    def bind(self, reader: Callable[[str], Awaitable[bytes]]) -> "JobFile":
        """The same file, with a way to read it."""
        self._reader = reader
        return self

    async def read(self) -> bytes:
        """The whole content. Raises JobNotFound when the job has no such file."""
        if self._reader is None:
            raise ContextClosed("This file was not opened by a context")
        return await self._reader(self.name)
