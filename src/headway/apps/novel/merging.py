"""Chunks' results to one book: what the overlap repeated is dropped, and nothing else.

Called by the job at the end, and by the page for partial results; pure. It goes by the number of the source
sentence alone: a chunk's result for a sentence that is not its own is dropped, whatever it says, and no two
sentences are ever compared; so a sentence that the author repeats is kept as often as he wrote it.
"""

from collections.abc import Iterable, Sequence

from headway.apps.novel.schema import Chunk, ChunkResult, Sentence


def merge(chunks: Sequence[Chunk], results: Iterable[ChunkResult]) -> list[Sentence]:
    """The rows of the result in the book's order; chunks without a result leave a gap."""
    by_chunk = {result.chunk: result for result in results}
    rows: list[Sentence] = []
    for chunk in chunks:
        result = by_chunk.get(chunk.index)
        if result is None:
            continue
        own = {source.n: source for source in chunk.own}
        for short in sorted(result.shorts, key=lambda short: short.source):
            source = own.get(short.source)
            if source is not None:
                rows.append(
                    Sentence(
                        normalized=short.text,
                        original=source.text,
                        page=source.page,
                        chunk=chunk.index,
                        source=source.n,
                        flags=short.flags,
                    )
                )
    return rows
