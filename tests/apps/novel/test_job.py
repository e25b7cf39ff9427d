"""Novels as jobs: what is read, shortened, asked, failed, kept and retried."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.ai.conftest import KEY
from tests.apps.novel import books, mill
from tests.conftest import Clock
from tests.engine.workshop import Workshop

from headway.apps.novel.job import register
from headway.apps.novel.words import count_words
from headway.store import Store
from headway.testing.upstream import Behaviour, Question, Rule, Script, Upstream

pytestmark = pytest.mark.anyio

Open = Callable[..., Awaitable[Workshop]]
Play = Callable[..., Awaitable[Upstream]]


@pytest.fixture
async def mill_of(sqlite_url: str, clock: Clock, tmp_path: Path) -> AsyncIterator[Open]:
    """`await mill_of(upstream)`: a workshop that shortens novels with that model, or by rules."""
    prices = tmp_path / "prices.toml"
    prices.write_text(mill.PRICES)
    async with AsyncExitStack() as stack:

        async def one(upstream: Upstream | None = None, protocol: str = "openai", **more: Any) -> Workshop:
            about = {"ai": protocol, "ai_url": upstream.url_for(protocol), "ai_key": KEY} if upstream else {}
            shop = Workshop(sqlite_url, **{"ai_timeout": 5.0, "prices": prices, **about, **more})
            shop.app._store = Store.open(sqlite_url, shift=clock)
            register(shop.app)
            await shop.open()
            stack.push_async_callback(shop.close)
            await shop.hire()
            return shop

        yield one


@pytest.fixture
async def play() -> AsyncIterator[Play]:
    """`await play(Rule(…), …, answer=…)`: a fake provider that shortens by our rules unless told otherwise."""
    async with AsyncExitStack() as stack:

        async def one(*rules: Rule, script: Script | None = None, **options: Any) -> Upstream:
            upstream = Upstream(script or Script(rules), **{"answer": mill.honest, **options})
            return await stack.enter_async_context(upstream)

        yield one


@pytest.fixture(scope="session")
def book(story: Sequence[str]) -> bytes:
    """Five pages, some six chunks."""
    return books.pages(story, 5)


async def test_a_book_becomes_short_sentences_offline(mill_of: Open, book: bytes) -> None:
    shop = await mill_of()
    snapshot, result = await mill.shortened(shop, book)
    assert (result["provider"], result["pages"], result["failed_chunks"]) == ("offline", 5, [])
    assert result["coverage"] >= 0.98
    assert result["title"] == "livre"
    assert result["chunks"] == snapshot.total_chunks == snapshot.processed_chunks >= 4
    numbers = [row["source"] for row in result["sentences"]]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(max(numbers) + 1)), "a sentence of the book has vanished"
    for row in result["sentences"]:
        assert ("long" in row["flags"]) == (count_words(row["normalized"]) > 8)
        assert 1 <= row["page"] <= 5


async def test_stages_are_named_and_never_fall(mill_of: Open, book: bytes) -> None:
    shop = await mill_of(poll_idle_ms=10)
    job_id = await mill.start(shop, book)
    seen: list[tuple[int, str | None]] = []

    async def look() -> bool:
        snapshot = await shop.see(job_id)
        step = snapshot.step
        place = (snapshot.percent, step.id.format(**step.args) if step else None)
        if not seen or seen[-1] != place:
            seen.append(place)
        return snapshot.finished

    await shop.until(look)
    percents = [percent for percent, _ in seen]
    assert percents == sorted(percents)
    steps = [step for _, step in seen if step]
    assert steps[0] == "Reading the PDF"
    assert any(re.fullmatch(r"Processing chunk \d+ of \d+", step) for step in steps)
    assert (await shop.see(job_id)).percent == 100


@pytest.mark.long
async def test_a_file_that_is_no_book_fails_with_its_reason_and_is_not_tried_again(
    mill_of: Open, book: bytes
) -> None:
    shop = await mill_of()
    for data, says in ((b"%PDF-1.7 and no more", "damaged"), (b"plain text", "not a PDF")):
        snapshot = await shop.ended(await mill.start(shop, data))
        assert snapshot.error is not None
        assert (snapshot.status, snapshot.error["type"]) == ("failed", "unreadable-pdf")
        assert says in snapshot.error["message"]
        assert snapshot.tries == 1


@pytest.mark.parametrize("protocol", ["openai", pytest.param("gemini", marks=pytest.mark.long)])
async def test_a_model_is_asked_once_for_each_chunk(
    mill_of: Open, play: Play, book: bytes, protocol: str
) -> None:
    asked: list[Question] = []

    def answer(question: Question) -> str:
        asked.append(question)
        return mill.said({n: [_plain(text)] for n, text in mill.asked(question).items()})

    upstream = await play(answer=answer)
    shop = await mill_of(upstream, protocol)
    _, result = await mill.shortened(shop, book, sentence_length_limit=50, gemini_model="quality")
    assert len(upstream.entries) == result["chunks"]
    assert result["provider"] == protocol
    assert not any("fallback" in row["flags"] for row in result["sentences"])
    assert {question.model for question in asked} == {
        "gemini-2.5-pro" if protocol == "gemini" else asked[0].model
    }


def _plain(text: str) -> str:
    """A sentence that breaks no rule of a limit of 50: the book's own, with its final mark."""
    return text if text.rstrip("» ”").endswith((".", "!", "?", "…")) else f"{text}."


async def test_what_breaks_a_rule_is_asked_again_once_and_then_done_by_rules(
    mill_of: Open, play: Play, book: bytes
) -> None:
    prompts: list[str] = []

    def stubborn(question: Question) -> str:
        prompts.append(question.prompt)
        return mill.said(
            {
                n: ["Ce qui", _plain(text)] if n % 7 == 0 else [_plain(text)]
                for n, text in mill.asked(question).items()
            }
        )

    upstream = await play(answer=stubborn)
    shop = await mill_of(upstream)
    _, result = await mill.shortened(shop, book, sentence_length_limit=50)
    repairs = [prompt for prompt in prompts if "could not be used" in prompt]
    assert len(prompts) == result["chunks"] + len(repairs)
    assert len(repairs) == len({row["chunk"] for row in result["sentences"] if row["source"] % 7 == 0})
    assert all("has no final mark" in prompt for prompt in repairs)
    assert all(int(n) % 7 == 0 for prompt in repairs for n in re.findall(r"^\[(\d+)\]", prompt, re.MULTILINE))
    for row in result["sentences"]:
        assert ("fallback" in row["flags"]) == (row["source"] % 7 == 0), row
    assert result["coverage"] >= 0.98


async def test_a_model_that_gives_no_text_has_its_chunk_done_by_rules(
    mill_of: Open, play: Play, book: bytes
) -> None:
    upstream = await play(Rule(Behaviour.SAFETY, times=1))
    shop = await mill_of(upstream, "gemini")
    _, result = await mill.shortened(shop, book)
    blocked = {row["chunk"] for row in result["sentences"] if "fallback" in row["flags"]}
    assert len(blocked) >= 1
    assert result["failed_chunks"] == []
    assert result["coverage"] >= 0.98


async def test_a_chunk_that_fails_is_told_and_can_be_retried_alone(
    mill_of: Open, play: Play, book: bytes
) -> None:
    upstream = await play(Rule(Behaviour.BAD_REQUEST, says="[60] ", times=1))
    shop = await mill_of(upstream)
    snapshot, result = await mill.shortened(shop, book)
    assert len(snapshot.failed_chunks) == 1
    (failed,) = result["failed_chunks"]
    assert failed["chunk"] == snapshot.failed_chunks[0]
    assert "400" in failed["error"]
    assert failed["chunk"] not in {row["chunk"] for row in result["sentences"]}
    assert 0.5 < result["coverage"] < 0.98
    before = len(upstream.entries)
    chunks = {row["chunk"]: row for row in result["sentences"]}
    await shop.app.store.retry(snapshot.id, "local", chunks=[failed["chunk"]])
    again = await shop.ended(snapshot.id)
    whole = await shop.result(snapshot.id)
    assert (again.status, again.failed_chunks, whole["failed_chunks"]) == ("completed", [], [])
    assert whole["coverage"] >= 0.98
    assert len(upstream.entries) - before <= 2, "only the failed chunk is asked for (and perhaps repaired)"
    assert {row["chunk"] for row in whole["sentences"]} == {*chunks, failed["chunk"]}


@pytest.mark.long
async def test_more_than_half_failed_is_failed(mill_of: Open, play: Play, book: bytes) -> None:
    upstream = await play(Rule(Behaviour.BAD_KEY))
    shop = await mill_of(upstream)
    snapshot = await shop.ended(await mill.start(shop, book))
    assert snapshot.status == "failed"
    assert snapshot.error is not None
    assert "chunks failed" in snapshot.error["message"]
    assert len(snapshot.failed_chunks) == snapshot.total_chunks


async def test_a_cancel_stops_the_book_and_keeps_what_is_finished(
    mill_of: Open, play: Play, book: bytes
) -> None:
    upstream = await play(Rule(Behaviour.SLOW, after=3, delay_s=30.0), answer=_whole)
    shop = await mill_of(upstream, ai_timeout=60.0)
    job_id = await mill.start(shop, book, sentence_length_limit=50)
    await shop.when(job_id, lambda s: (s.processed_chunks or 0) >= 2)
    await upstream.until_received(4)
    await shop.app.store.cancel(job_id, "local", by="local")
    snapshot = await shop.ended(job_id)
    received = upstream.received
    assert snapshot.status == "cancelled"
    finished = await shop.app.store.finished_chunks(job_id, "local") or []
    assert len(finished) == snapshot.processed_chunks >= 2
    other = await mill.start(shop, b"%PDF-1.7 broken")
    await shop.ended(other)  # the worker goes on with others, and nothing of the cancelled book is sent
    assert upstream.received == received


async def _through_faults(
    mill_of: Open, play: Play, data: bytes, protocol: str, *, seed: int, stream: bool, faults: float = 0.2
) -> None:
    upstream = await play(script=Script(faults=faults, seed=seed))
    shop = await mill_of(upstream, protocol, ai_stream=stream, ai_timeout=3.0)
    snapshot, result = await mill.shortened(shop, data, patience=8)
    assert result["failed_chunks"] == []
    assert result["coverage"] >= 0.98
    calls = await shop.app.store.calls(snapshot.id) or []
    outcomes = Counter(call.outcome for call in calls)
    assert set(outcomes) <= {"succeeded", "transient", "rate-limited", None}, outcomes
    # A time limit may pass between a request's first byte here and its first line there: it is in doubt.
    assert len(calls) - outcomes[None] <= upstream.begun <= len(calls), outcomes
    assert upstream.begun == len(upstream.entries)
    needed = Counter(
        (call.step, call.key, call.request_hash) for call in calls if call.outcome == "succeeded"
    )
    assert max(needed.values()) == 1, "a settled call was bought again"
    told = {key.split(":")[1] for _, key, _ in needed}
    assert len(told) == result["chunks"]
    bad = sum(entry.did != "ok" for entry in upstream.entries)
    assert bad > 0, "the script did no harm"


async def test_a_book_completes_through_faults_of_all_kinds(mill_of: Open, play: Play, book: bytes) -> None:
    await _through_faults(mill_of, play, book, "openai", seed=3, stream=False)


@pytest.mark.long
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("protocol", ["openai", "gemini"])
@pytest.mark.parametrize("seed", range(3))
async def test_larger_books_complete_through_faults_of_all_kinds(
    mill_of: Open, play: Play, story: Sequence[str], protocol: str, seed: int, stream: bool
) -> None:
    await _through_faults(mill_of, play, books.pages(story, 40), protocol, seed=seed, stream=stream)


@pytest.mark.long
async def test_fifty_chunks_of_two_seconds_take_four_at_most(
    mill_of: Open, play: Play, story: Sequence[str]
) -> None:
    upstream = await play(delay_s=2.0, answer=_whole)
    shop = await mill_of(upstream, concurrency=60)
    job_id = await mill.start(shop, books.pages(story, 44), sentence_length_limit=50)
    first = await shop.when(job_id, lambda s: bool(s.total_chunks))
    assert first.total_chunks is not None
    assert 45 <= first.total_chunks <= 60
    await shop.ended(job_id)
    entries = upstream.entries
    assert len(entries) == first.total_chunks
    took = max(entry.at + entry.seconds for entry in entries) - min(entry.at for entry in entries)
    assert took <= 4.0


def _whole(question: Question) -> str:
    return mill.said({n: [_plain(text)] for n, text in mill.asked(question).items()})
