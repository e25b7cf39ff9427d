"""Files as blocks: written in order, read back whole, gone with their job."""

import asyncio

import pytest
from tests.store.verbs import ask, submit

from headway.core.errors import JobNotFound
from headway.store import Store
from headway.store.files import BLOCK_BYTES

pytestmark = pytest.mark.anyio


async def upload(store: Store, data: bytes, name: str = "pdf", owner: str = "ann") -> str:
    file_id = await store.create_file(owner, name, "Le Père Goriot.pdf", "application/pdf")
    blocks = [data[n : n + BLOCK_BYTES] for n in range(0, len(data), BLOCK_BYTES)]
    await asyncio.gather(*(store.write_block(file_id, n, block) for n, block in enumerate(blocks)))
    await store.finish_file(file_id, len(data), "00ff")
    return file_id


async def whole(store: Store, job_id: str, name: str = "pdf") -> bytes:
    return b"".join([block async for block in store.read_file(job_id, name, "ann")])


@pytest.mark.parametrize("size", [0, 1, BLOCK_BYTES, 3 * BLOCK_BYTES + 7])
async def test_a_file_comes_back_as_it_was(store: Store, size: int) -> None:
    data = bytes(n % 251 for n in range(size))
    job_id = await submit(store, files=(await upload(store, data),))
    assert await whole(store, job_id) == data
    [file] = await store.files(job_id, "ann") or []
    assert (file.name, file.filename, file.content_type) == ("pdf", "Le Père Goriot.pdf", "application/pdf")
    assert (file.size, file.sha256) == (size, "00ff")


async def test_a_block_written_again_replaces_itself(store: Store) -> None:
    file_id = await upload(store, b"first")
    await store.write_block(file_id, 0, b"second")
    assert await whole(store, await submit(store, files=(file_id,))) == b"second"


async def test_a_block_too_long_is_refused(store: Store) -> None:
    file_id = await upload(store, b"")
    with pytest.raises(ValueError, match="262144"):
        await store.write_block(file_id, 0, b"x" * (BLOCK_BYTES + 1))


async def test_files_are_found_by_their_name(store: Store) -> None:
    job_id = await submit(store, files=(await upload(store, b"a", "a"), await upload(store, b"b", "b")))
    assert [file.name for file in await store.files(job_id) or []] == ["a", "b"]
    assert await whole(store, job_id, "b") == b"b"
    with pytest.raises(JobNotFound):
        await whole(store, job_id, "c")


async def test_a_dropped_file_is_gone(store: Store) -> None:
    file_id = await upload(store, b"x")
    await store.drop_file(file_id)
    assert await ask(store, "block", id=file_id, n=0) == []
    assert await store.files(await submit(store, files=(file_id,))) == []
