"""Files as rows of 256 KiB: written before the job is submitted, attached by the submission, deleted with the
job."""

from collections.abc import AsyncIterator

from headway.core.errors import JobNotFound
from headway.core.ids import new_id
from headway.store import rows
from headway.store.base import Base
from headway.store.driver import Reader
from headway.store.jobs import is_id
from headway.store.texts import storable

BLOCK_BYTES = 256 << 10


class Files(Base):
    """Uploads, and reading them back."""

    async def create_file(self, owner: str, name: str, filename: str, content_type: str) -> str:
        """Begin a file that belongs to no job yet (such are pruned after an hour); returns its id."""
        file_id = new_id()
        said = {
            "name": storable(name),
            "filename": storable(filename),
            "content_type": storable(content_type),
        }
        await self.act(lambda w: w.run("add_file", id=file_id, owner=owner, **said))
        return file_id

    async def write_block(self, file_id: str, n: int, data: bytes) -> None:
        """Write the `n`-th block (from 0), of at most 256 KiB; all but the last are full."""
        if len(data) > BLOCK_BYTES:
            raise ValueError(f"a block holds {BLOCK_BYTES} bytes, not {len(data)}")
        await self.act(lambda w: w.run("add_block", id=file_id, n=n, data=data), size=len(data) + 200)

    async def finish_file(
        self, file_id: str, size: int, sha256: str, content_type: str | None = None
    ) -> None:
        """Say how long the file is, what it hashes to (hex), and what its bytes say that it is."""
        await self.act(
            lambda w: w.run("finish_file", id=file_id, size=size, sha256=sha256, content_type=content_type)
        )

    async def drop_file(self, file_id: str) -> None:
        """Remove a file that was not wanted after all; one that a job has taken stays."""
        await self.act(lambda w: w.run("drop_file", id=file_id))

    async def files(self, job_id: str, owner: str | None = None) -> list[rows.FileRow] | None:
        """The files of a job; None when there is no such job."""
        if not is_id(job_id):
            return None

        def run(reader: Reader) -> list[rows.FileRow] | None:
            if not reader.rows("owner_of", id=job_id, owner=owner):
                return None
            return [rows.FileRow(*row) for row in reader.rows("files_of", id=job_id)]  # type: ignore[arg-type]  # columns in order

        return await self.read(run)

    async def read_file(self, job_id: str, name: str, owner: str | None = None) -> AsyncIterator[bytes]:
        """The blocks of the job's file of that name. Raises JobNotFound when there is no such job or file."""
        wanted = [file for file in await self.files(job_id, owner) or [] if file.name == name]
        if not wanted:
            raise JobNotFound()
        n = 0
        while found := await self.read_slowly(lambda r, n=n: r.rows("block", id=wanted[0].id, n=n)):  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            data = found[0][0]
            yield data if isinstance(data, bytes) else b""
            n += 1
