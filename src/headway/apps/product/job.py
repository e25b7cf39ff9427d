"""The product's job: collect the reviews, find repeated texts, read them in parts on any worker, put the report together.

Registered by `headway.apps`; run by workers. Invariant: whoever judges the reviews, figures, grade and claims
are computed by our own code; and a text that may speak to the analyser is judged in a request of its own.
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Final

from headway.core.errors import InvalidInput, PermanentError
from headway.core.retry import transient
from headway.engine import Context, Headway
from headway.engine.fanout import ChunkFailure
from headway.engine.thread_context import ThreadContext
from headway.support.hosts import read_sources
from headway.support.i18n import N_
from headway.support.settings import Settings

from . import fetching, injection, judging, offline, reading, repeats, report
from .offline import Part, Reading
from .repeats import Repeats
from .result import Analysis
from .schema import Product, ProductInput, Review, canonical, distinct

KIND = "product"
WITHOUT_MODEL: Final = ("offline", "off")
PART_OFFLINE, PART_JUDGED = 250, 20
"""Reviews of one part: of our own reading, and of one request to a model."""
_PARTS_AT_ONCE = 4
_PART_TRIES = 4
_TIME_LIMIT_S = 3_600


def register(app: Headway) -> None:
    """Make `product` a kind of `app`."""
    app.step(name="read_reviews", retry=transient(_PART_TRIES))(read_reviews)

    @app.job(KIND, title=N_("Product reviews"), max_attempts=3, time_limit=_TIME_LIMIT_S)
    async def product(ctx: Context, order: ProductInput) -> Analysis:
        return await analyse(ctx, order, app.settings)


async def read_reviews(ctx: Context, part: Part) -> list[Reading]:
    """One part: read by our own statistics, and judged by the provider, where there is one."""
    found = await asyncio.to_thread(offline.read, part)
    return found if ctx.provider.name in WITHOUT_MODEL else await judging.judged(ctx, part, found)


async def analyse(ctx: Context, order: ProductInput, settings: Settings) -> Analysis:
    """One product's reviews to their analysis."""
    with ctx.stage(N_("Collecting the reviews"), 0, 5):
        whole = canonical(await _collected(ctx, order, settings))
    reviews = whole.reviews or []

    def find_repeats(ctx: ThreadContext) -> Repeats:
        return repeats.find(reviews)

    with ctx.stage(N_("Looking for repeated texts"), 5, 20):
        found: Repeats = await ctx.step(find_repeats, key="repeats")
    alone = ctx.provider.name not in WITHOUT_MODEL
    wanted = [review for review in distinct(reviews, found.same_as) if review.text]
    parts = list(parts_of(whole.product.title, wanted, alone=alone))
    with ctx.stage(N_("Reading the reviews: part {done} of {total}"), 20, 90):
        at_once = None if alone else _PARTS_AT_ONCE
        read = await ctx.fan_out(read_reviews, parts, keep_going=True, concurrency=at_once) if parts else []
    with ctx.stage(N_("Putting the report together"), 90, 100):
        readings, failed = _gathered(parts, read)
        model = ctx.provider.model if alone else offline.MODEL
        return await asyncio.to_thread(
            report.analysis, whole, found, readings, failed=failed, provider=ctx.provider.name, model=model
        )


def parts_of(title: str, reviews: Sequence[Review], *, alone: bool) -> Iterator[dict[str, Any]]:
    """The chunks, as JSON: by size, and with a model every text that may speak to it in a chunk of its own."""
    rows = [{"id": str(each.id), "text": each.text, "rating": each.rating} for each in reviews]
    if not alone:
        yield from (
            {"title": title, "reviews": rows[i : i + PART_OFFLINE]} for i in range(0, len(rows), PART_OFFLINE)
        )
        return
    suspect = [injection.address(each.text) != "none" for each in reviews]
    plain = [row for row, may in zip(rows, suspect, strict=True) if not may]
    yield from (
        {"title": title, "reviews": plain[i : i + PART_JUDGED]} for i in range(0, len(plain), PART_JUDGED)
    )
    yield from ({"title": title, "reviews": [row]} for row, may in zip(rows, suspect, strict=True) if may)


async def _collected(ctx: Context, order: ProductInput, settings: Settings) -> ProductInput:
    """The order with its reviews, which may stand in a file or at an address. Raises PermanentError, TransientError."""
    if order.reviews is not None:
        return order
    if order.upload is not None:
        data = await ctx.file(order.upload.field).read()
        return await asyncio.to_thread(_uploaded, order.product, data, order.upload.filename)
    allowed, url = read_sources(settings.product_sources), str(order.url)

    async def fetch_page() -> ProductInput:
        body, media_type = await fetching.fetch(url, allowed)
        return canonical(await asyncio.to_thread(_readable, body, media_type))

    page: ProductInput = await ctx.step(fetch_page, key="page")
    return page


def _uploaded(product: Product, data: bytes, filename: str) -> ProductInput:
    """The order in a file, which was read before it became a job. Raises PermanentError."""
    try:
        found = reading.from_file(data, filename)
    except InvalidInput as error:
        raise PermanentError(N_("The file cannot be read: {reason}"), reason=str(error)) from error
    return found.model_copy(update={"product": product}) if product.title else found


def _readable(body: bytes, media_type: str) -> ProductInput:
    """The order of a fetched page; what its reader complains of is the job's error. Raises PermanentError."""
    try:
        return reading.from_page(body, media_type)
    except InvalidInput as error:
        raise PermanentError(N_("The page cannot be read: {reason}"), reason=str(error)) from error


def _gathered(parts: Sequence[dict[str, Any]], read: Sequence[Any]) -> tuple[list[Reading], int]:
    """The readings of the parts that ended well, and how many reviews have none. Raises PermanentError when those are most."""
    readings: list[Reading] = []
    failed = 0
    reason = ""
    for part, found in zip(parts, read, strict=True):
        if isinstance(found, ChunkFailure):
            failed += len(part["reviews"])
            reason = reason or str(found.error.get("message", ""))
        else:
            readings += found
    if failed > len(readings):
        total = failed + len(readings)
        raise PermanentError(
            N_("{failed} of {total} reviews could not be read: {reason}"),
            failed=failed,
            total=total,
            reason=reason,
        )
    return readings, failed
