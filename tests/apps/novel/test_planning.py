"""Sentences to chunks with a known overlap, chunks' results to one book, and how much of it is there."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.apps.novel.book import Book, Paragraph
from headway.apps.novel.coverage import coverage, lost
from headway.apps.novel.merging import merge
from headway.apps.novel.offline import shorten_chunk
from headway.apps.novel.planning import credits, plan, quote, sources
from headway.apps.novel.schema import Chunk, ChunkResult, Sentence, Short, Source
from headway.apps.novel.shortening import Style
from headway.apps.novel.words import count_words

# Few different sentences, so that books repeat themselves, next door and far away.
SENTENCES = [
    "Elle nagea.",
    "Non !",
    "— Encore ?",
    "Le vent soufflait sur la grève déserte.",
    "Il vint et il la vit.",
]
BOOKS = st.lists(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=8), min_size=1, max_size=12)
SIZES = st.tuples(st.integers(1, 40), st.integers(0, 30))


def book(paragraphs: Sequence[Sequence[str]]) -> Book:
    made = [Paragraph(text=" ".join(texts), page=page) for page, texts in enumerate(paragraphs, 1)]
    return Book(pages=len(made), paragraphs=tuple(made))


def echo(chunk: Chunk, shown: Sequence[Source]) -> ChunkResult:
    """A result that gives back what it was shown."""
    shorts = [Short(source=source.n, text=source.text) for source in shown]
    return ChunkResult(chunk=chunk.index, shorts=tuple(shorts))


@given(BOOKS, SIZES)
def test_own_sentences_are_all_sentences_once_and_in_order(
    paragraphs: list[list[str]], sizes: tuple[int, int]
) -> None:
    found = sources(book(paragraphs))
    chunks = plan(found, chunk_words=sizes[0], context_words=sizes[1])
    assert [source for chunk in chunks for source in chunk.own] == found
    assert [source.n for source in found] == list(range(len(found)))
    assert [chunk.index for chunk in chunks] == list(range(1, len(chunks) + 1))
    for before, chunk in pairwise(chunks):
        context = chunk.sources[: chunk.context]
        assert list(context) == found[chunk.start - chunk.context : chunk.start]
        assert before.own[-1].n == chunk.start - 1
        assert sum(count_words(source.text) for source in context) <= sizes[1]


@given(BOOKS, SIZES)
def test_merging_drops_what_the_overlap_repeated_and_keeps_what_the_author_repeated(
    paragraphs: list[list[str]], sizes: tuple[int, int]
) -> None:
    found = sources(book(paragraphs))
    chunks = plan(found, chunk_words=sizes[0], context_words=sizes[1])
    # Every chunk gives back its context too, as a model may that was told not to.
    rows = merge(chunks, [echo(chunk, chunk.sources) for chunk in chunks])
    assert [(row.original, row.normalized, row.source, row.page) for row in rows] == [
        (source.text, source.text, source.n, source.page) for source in found
    ]


@given(BOOKS, SIZES, st.randoms(use_true_random=False))
def test_merging_does_not_depend_on_the_order_in_which_chunks_end(
    paragraphs: list[list[str]], sizes: tuple[int, int], random: object
) -> None:
    found = sources(book(paragraphs))
    chunks = plan(found, chunk_words=sizes[0], context_words=sizes[1])
    results = [shorten_chunk(chunk, Style()) for chunk in chunks]
    shuffled = sorted(results, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert merge(chunks, shuffled) == merge(chunks, results)


def test_a_refrain_over_a_chunks_border_is_kept_as_often_as_it_was_written() -> None:
    found = sources(book([["Elle nagea."] * 30]))
    chunks = plan(found, chunk_words=10, context_words=6)
    assert len(chunks) > 4
    assert all(chunk.context for chunk in chunks[1:])
    rows = merge(chunks, [shorten_chunk(chunk, Style()) for chunk in chunks])
    assert [row.normalized for row in rows] == ["Elle nagea."] * 30


def test_a_chunk_without_a_result_leaves_a_gap_and_lowers_the_coverage() -> None:
    found = sources(book([["Le vent soufflait sur la grève déserte."] * 10]))
    chunks = plan(found, chunk_words=14, context_words=0)
    rows = merge(chunks, [shorten_chunk(chunk, Style()) for chunk in chunks if chunk.index != 2])
    missing = {source.n for source in chunks[1].own}
    assert {row.source for row in rows} == {source.n for source in found} - missing
    seen = coverage(found, pairs(rows))
    assert set(seen.missing) == missing
    assert seen.share == 1 - len(missing) / len(found)


def pairs(rows: Sequence[Sentence]) -> list[tuple[int, str]]:
    return [(row.source, row.normalized) for row in rows]


def test_chunks_end_with_a_paragraph_where_one_ends_nearby() -> None:
    found = sources(book([["Le vent soufflait sur la grève."] * 3] * 20))
    chunks = plan(found, chunk_words=40)
    ends = [chunk.own[-1].n for chunk in chunks]
    assert all((end + 1) % 3 == 0 for end in ends)
    assert all(30 <= sum(count_words(s.text) for s in chunk.own) <= 48 for chunk in chunks[:-1])


def test_what_is_too_short_alone_is_joined_to_its_neighbour_but_not_over_a_speaker() -> None:
    one = book([["Ah !", "Il vint hier."], ["Il partit.", "Non."], ["— Oui.", "— Non.", "— Si, dit-il."]])
    assert [source.text for source in sources(one, 2)] == [
        "Ah ! Il vint hier.",
        "Il partit.",
        "Non.",
        "— Oui.",
        "— Non.",
        "— Si, dit-il.",
    ]
    assert len(sources(one, 1)) == 7


def test_a_text_without_full_stops_is_divided_and_nothing_of_it_is_lost() -> None:
    text = " ".join(f"mot{n}{',' if n % 7 == 0 else ''}" for n in range(30_000))
    found = sources(book([[text]]), 2)
    assert " ".join(source.text for source in found) == text
    assert max(count_words(source.text) for source in found) <= 500
    assert all(source.text.endswith(",") for source in found[:-1])


def test_each_sentence_has_the_page_it_starts_on() -> None:
    text = "Il vint tard. Elle partit tôt. Ils revinrent."
    paragraph = Paragraph(text=text, page=4, turns=((text.index("tôt"), 5), (text.index("Ils"), 6)))
    found = sources(Book(pages=9, paragraphs=(paragraph,)))
    assert [source.page for source in found] == [4, 4, 6]


def test_coverage_counts_each_word_as_often_as_its_sentence_has_it() -> None:
    found = [
        Source(n=0, text="Le vent et le sel.", page=1, paragraph=0),
        Source(n=1, text="Le phare brûle.", page=1, paragraph=0),
    ]
    seen = coverage(found, [(0, "Le vent."), (0, "Le sel le phare brûle.")])
    assert (seen.words, seen.covered, seen.missing) == (8, 4, (1,))
    assert lost("Le vent et le sel.", ["Le sel."]) == ["vent", "et", "le"]
    assert coverage([], []).share == 1


@pytest.mark.parametrize(("tokens", "tier", "price"), [(0, "speed", 0), (1, "speed", 1), (1_000, "speed", 2)])
def test_credits_are_rounded_up_and_at_least_one(tokens: int, tier: str, price: int) -> None:
    assert credits(tokens, tier) == price  # type: ignore[arg-type]
    assert [credits(10_001, name) for name in ("speed", "balanced", "quality")] == [21, 31, 51]


def test_a_quote_is_free_offline_and_grows_with_the_tier() -> None:
    found = sources(book([["Le vent soufflait sur la grève déserte."] * 40] * 5))
    chunks = plan(found)
    free = quote(5, found, chunks, tier="balanced", provider="offline")
    assert (free.words, free.chunks, free.tokens, free.credits) == (1_400, len(chunks), 0, 0)
    prices = [
        quote(5, found, chunks, tier=tier, provider="gemini") for tier in ("speed", "balanced", "quality")
    ]
    assert [price.credits for price in prices] == sorted({price.credits for price in prices})
    assert {price.tokens for price in prices} == {prices[0].tokens}
    assert prices[0].tokens > 1_400
    assert prices[0].seconds > 0
