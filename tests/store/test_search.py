"""Finding jobs by their words, on both stores."""

import json

import pytest
from tests.store.verbs import submit

from headway.store import Store

OWNER = "ann"
pytestmark = pytest.mark.anyio


async def test_words_of_the_input_find_a_job(store: Store) -> None:
    bus = await submit(store, input=json.dumps({"prompt": "City Buses 100% free", "essay": 'He said "go"'}))
    await submit(store, input=json.dumps({"prompt": "Museums"}))
    for words in ("buses", "100% f", 'said "go"', bus[:18]):
        found, following = await store.search_jobs(OWNER, words)
        assert [job.id for job in found] == [bus], words
        assert following is None
    assert (await store.search_jobs(OWNER, "1%f"))[0] == []
    assert (await store.search_jobs("another", "buses"))[0] == []


async def test_a_search_is_paged_like_the_list(store: Store) -> None:
    ids = [await submit(store, input='{"prompt": "same"}') for _ in range(3)]
    first, cursor = await store.search_jobs(OWNER, "same", limit=2)
    rest, end = await store.search_jobs(OWNER, "same", limit=2, before=cursor)
    assert [job.id for job in (*first, *rest)] == ids[::-1]
    assert end is None
    assert (await store.search_jobs(OWNER, "same", before="nonsense"))[0] == []


async def test_titles_are_what_tells_jobs_apart(store: Store) -> None:
    named = await submit(store, input=json.dumps({"prompt": "Why  do\nwe sleep? " + "x" * 200}))
    plain = await submit(store, input="[1, 2]")
    titles = await store.titles(OWNER, [named, plain, "nonsense"])
    assert set(titles) == {named}
    assert titles[named].startswith("Why do we sleep? xxx")
    assert len(titles[named]) <= 120
    assert await store.titles("another", [named]) == {}
