"""The novel's application for worker processes; with KILLS set, one chunk of the book ends whoever shortens it.

`python -m headway.cli worker --app tests.system.novel.press:app` runs it.
"""

import os

from headway import Context, Headway
from headway.apps.novel.job import register, shorten_part
from headway.apps.novel.schema import Chunk, ChunkResult, NovelSettings
from headway.engine.kinds import step_of

POISON = "la 7e nuit de 1701"

app = Headway()
register(app)


async def deadly_part(ctx: Context, chunk: Chunk, settings: NovelSettings) -> ChunkResult:
    """`shorten_part`, unless a certain sentence is in the chunk."""
    if any(POISON in source.text for source in chunk.own):
        os.kill(os.getpid(), 9)
    return await shorten_part(ctx, chunk, settings)


if os.environ.get("KILLS"):
    app.steps["as the book names it"] = app.steps["shorten_part"]
    app.steps["shorten_part"] = step_of(deadly_part, name="shorten_part")
