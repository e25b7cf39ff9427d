"""The offline provider of the novel: a chunk to short sentences by rules, without a network, a key or chance.

Called by the job, where no provider is set, and by ``answer`` for single sentences. A pure function of its
arguments, so that its result can be a checkpoint. Some ten thousand words a second; nothing to warm up.
"""

from headway.apps.novel.schema import Chunk, ChunkResult, Short, Source
from headway.apps.novel.shortening import Flag, Style, shorten

PROVIDER = "offline"
MODEL = "rules-1"


def shorten_chunk(chunk: Chunk, style: Style) -> ChunkResult:
    """The chunk's own sentences; the context is not looked at, since the rules know no neighbours."""
    shorts = [short for source in chunk.own for short in shorten_source(source, style)]
    return ChunkResult(chunk=chunk.index, shorts=tuple(shorts), provider=PROVIDER, model=MODEL)


def shorten_source(source: Source, style: Style, *extra: Flag) -> list[Short]:
    """One sentence, each result with the ``extra`` flags as well."""
    return [
        Short(source=source.n, text=piece.text, flags=(*piece.flags, *extra))
        for piece in shorten(source.text, style, quoted=source.quoted)
    ]
