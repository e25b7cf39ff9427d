"""Pacing: one row per provider and model, which all workers share. What it means is decided in `core.pacing`.

Called by the engine around each request to a provider. Invariant: a turn is taken, and what was heard is
written, in one transaction with the row locked.
"""

from headway.core.pacing import NO_LIMITS, Heard, Lane, Rates, Turn, admit, correct, hear
from headway.store.base import Base
from headway.store.driver import Row, Writer


class Pacing(Base):
    """Turns at a provider's models."""

    async def turn(
        self, provider: str, model: str, rates: Rates, tokens: int, *, probe_ms: int, charged: bool = False
    ) -> Turn:
        """May a request of about `tokens` go now? Without rates an untroubled lane costs one read."""
        if (charged or not rates.limited) and (await self.lane(provider, model)).untroubled:
            return Turn()

        def take(writer: Writer) -> Turn:
            lane = _locked(writer, provider, model)
            after, turn = admit(lane, rates, tokens, writer.now, probe_ms=probe_ms, charged=charged)
            _save(writer, provider, model, lane, after)
            return turn

        return await self.act(take)

    async def heard(
        self,
        provider: str,
        model: str,
        what: Heard,
        *,
        wait_ms: int | None = None,
        rates: Rates = NO_LIMITS,
        tokens: int = 0,
    ) -> int:
        """Note what a request came to, and that it used `tokens` more than was charged. Gives how long the
        lane is paused (ms)."""
        nothing_owed = what == "alive" and not (tokens and rates.tokens)
        if nothing_owed and (await self.lane(provider, model)).untroubled:
            return 0

        def note(writer: Writer) -> int:
            lane = _locked(writer, provider, model)
            after = correct(hear(lane, what, writer.now, wait_ms=wait_ms), rates, tokens)
            _save(writer, provider, model, lane, after)
            return max(0, after.paused_until - writer.now)

        return await self.act(note)

    async def lane(self, provider: str, model: str) -> Lane:
        """The row as it is."""
        found = await self.read(lambda r: r.rows("lane", provider=provider, model=model))
        return _lane(found[0]) if found else Lane()

    async def hold_text(self, job_id: str, text: str | None) -> None:
        """Have a parked body say `text`, a message id, for its chunks; None: again what it said before."""
        if text is not None:
            await self.act(lambda w: w.run("hold_text", id=job_id, text=text), "change")
        elif await self.read(lambda r: r.rows("held_text", id=job_id)):
            await self.act(lambda w: w.run("release_text", id=job_id), "change")


def _locked(writer: Writer, provider: str, model: str) -> Lane:
    return _lane(writer.rows("lock_lane", provider=provider, model=model)[0])


def _save(writer: Writer, provider: str, model: str, before: Lane, after: Lane) -> None:
    if after == before:
        return
    writer.run(
        "save_lane",
        provider=provider,
        model=model,
        requests_at=after.requests_at,
        tokens_at=after.tokens_at,
        line_at=after.line_at,
        paused_until=after.paused_until,
        reason=after.reason,
        failures=after.failures,
        refusals=after.refusals,
    )


def _lane(row: Row) -> Lane:
    return Lane(*row)  # type: ignore[arg-type]  # columns in order
