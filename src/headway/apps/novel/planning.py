"""A book to sentences, sentences to chunks, chunks to a quote.

Called by the job and by the quote; pure. Invariants: the sentences hold the paragraphs' text without a gap;
the chunks' own sentences are all sentences, once each and in order; a chunk's context is exactly the end of
the chunk before it, so what the overlap repeats is known by number.
"""

import math
import re
from collections.abc import Iterator, Sequence

from headway.apps.novel.book import Book
from headway.apps.novel.schema import Chunk, Quote, Source, Tier
from headway.apps.novel.sentences import Sentence, split
from headway.apps.novel.words import count_words

CHUNK_WORDS = 400
"""Words of a usual chunk: a minute's reading, and an answer that no model cuts short."""
CONTEXT_WORDS = 40
"""Words of the chunk before that a chunk sees, whole sentences, at most ``_CONTEXT_SENTENCES``."""
_CONTEXT_SENTENCES = 3
_EARLY, _LATE = 0.8, 1.2

_ENDLESS = 500
"""No sentence of a novel has more words, nearly: longer ones are divided."""
_RUN = re.compile(r"\S+\s*")

CREDITS_PER_1000: dict[Tier, int] = {"speed": 2, "balanced": 3, "quality": 5}
"""Credits for 1,000 tokens unless the price file says otherwise."""

_CHARS_PER_TOKEN = 3.4
"""French prose, by the tokenizers of current models, on the low side."""
_PROMPT_TOKENS = 650
"""The rules and the schema that go with each chunk."""
_ANSWER_SHARE = 1.7
"""Tokens of an answer for each token of text: the words again, added subjects, JSON."""
_REPAIRS = 1.25
"""What is asked a second time, at most, as a rule: some sentences of each chunk."""
_SECONDS_PER_CALL: dict[Tier, float] = {"speed": 6.0, "balanced": 12.0, "quality": 30.0}
_CALLS_AT_ONCE = 16
_OFFLINE_WORDS_PER_SECOND = 12_000
_SECONDS_PER_PAGE = 0.02


def sources(book: Book, least: int = 1) -> list[Source]:
    """The book's sentences, numbered. What has fewer than ``least`` words is joined to its neighbour."""
    found: list[Source] = []
    for index, paragraph in enumerate(book.paragraphs):
        for first, last in _joined(
            [part for whole in split(paragraph.text) for part in _divided(whole)], least
        ):
            text = paragraph.text[first.start : last.end]
            page = paragraph.page_at(first.start)
            found.append(Source(n=len(found), text=text, page=page, paragraph=index, quoted=first.quoted))
    return found


def _divided(sentence: Sentence) -> Iterator[Sentence]:
    """What has no end for ``_ENDLESS`` words (a table, lost full stops), in parts."""
    if len(sentence.text) < _ENDLESS or count_words(sentence.text) <= _ENDLESS:
        yield sentence
        return
    start = words = 0
    best = None
    for found in _RUN.finditer(sentence.text):
        words += count_words(found.group())
        if found.group().rstrip()[-1:] in ",;:" and words > _ENDLESS / 2:
            best = found.end()
        if words >= _ENDLESS:
            end = best or found.end()
            yield _part(sentence, start, end)
            start, words, best = end, count_words(sentence.text[end : found.end()]), None
    if start < len(sentence.text):
        yield _part(sentence, start, len(sentence.text))


def _part(sentence: Sentence, start: int, end: int) -> Sentence:
    text = sentence.text[start:end].rstrip()
    first = sentence.start + start
    return Sentence(text, first, first + len(text), sentence.quoted)


def _joined(sentences: Sequence[Sentence], least: int) -> Iterator[tuple[Sentence, Sentence]]:
    """First and last sentence of each group that belongs together; a speaker's dash starts a new one."""
    group: list[Sentence] = []
    size = 0
    for sentence in sentences:
        speaks = sentence.text[:1] in "—–―" or sentence.text.startswith("- ")
        if group and (size >= least or speaks):
            if size < least and len(group) == 1 and not speaks:
                pass
            else:
                yield group[0], group[-1]
                group, size = [], 0
        group.append(sentence)
        size += count_words(sentence.text)
    if group:
        yield group[0], group[-1]


def plan(
    found: Sequence[Source], *, chunk_words: int = CHUNK_WORDS, context_words: int = CONTEXT_WORDS
) -> list[Chunk]:
    """The sentences in chunks of about ``chunk_words`` words, ending with a paragraph where one ends
    nearby.
    """
    sizes = [count_words(source.text) for source in found]
    chunks: list[Chunk] = []
    start = words = 0
    for index, size in enumerate(sizes):
        opens = index > start and found[index].paragraph != found[index - 1].paragraph
        full = words >= chunk_words if opens else words + size > _LATE * chunk_words
        if index > start and (full or (opens and words >= _EARLY * chunk_words)):
            chunks.append(_chunk(found, sizes, len(chunks) + 1, start, index, context_words))
            start, words = index, 0
        words += size
    if start < len(found):
        chunks.append(_chunk(found, sizes, len(chunks) + 1, start, len(found), context_words))
    return chunks


def _chunk(
    found: Sequence[Source], sizes: Sequence[int], index: int, start: int, end: int, context_words: int
) -> Chunk:
    first, words = start, 0
    while first > 0 and start - first < _CONTEXT_SENTENCES and words + sizes[first - 1] <= context_words:
        first -= 1
        words += sizes[first]
    return Chunk(index=index, context=start - first, sources=tuple(found[first:end]))


def quote(
    pages: int,
    found: Sequence[Source],
    chunks: Sequence[Chunk],
    *,
    tier: Tier,
    provider: str,
    workers: int = 1,
) -> Quote:
    """What the book would take with this provider; offline costs nothing. An estimate, on the high side."""
    words = sum(count_words(source.text) for source in found)
    reading = pages * _SECONDS_PER_PAGE
    if provider == "offline":
        seconds = 1 + reading + words / _OFFLINE_WORDS_PER_SECOND / max(1, workers)
        return Quote(
            pages=pages, words=words, chunks=len(chunks), tokens=0, credits=0, seconds=round(seconds, 1)
        )
    tokens = math.ceil(_REPAIRS * sum(_tokens(chunk) for chunk in chunks))
    rounds = math.ceil(len(chunks) / (_CALLS_AT_ONCE * max(1, workers)))
    return Quote(
        pages=pages,
        words=words,
        chunks=len(chunks),
        tokens=tokens,
        credits=credits(tokens, tier),
        seconds=round(1 + reading + rounds * _SECONDS_PER_CALL[tier], 1),
    )


def credits(tokens: int, tier: Tier, prices: dict[Tier, int] = CREDITS_PER_1000) -> int:
    """The price of ``tokens``: rounded up, at least 1 where any were used."""
    return max(1, math.ceil(tokens * prices[tier] / 1000)) if tokens else 0


def _tokens(chunk: Chunk) -> int:
    own = sum(len(source.text) for source in chunk.own) / _CHARS_PER_TOKEN
    seen = sum(len(source.text) for source in chunk.sources) / _CHARS_PER_TOKEN
    return math.ceil(_PROMPT_TOKENS + seen + 8 * len(chunk.sources) + _ANSWER_SHARE * own)
