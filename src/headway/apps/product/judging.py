"""A provider's verdicts on the reviews of one chunk, made part of their readings.

Called by the job's chunks. Invariant: a model only ever gives each review of its own request a probability, a
mood and aspects, by number; what it leaves out, says twice or says of others is not believed, and the review
keeps what our own statistics found.
"""

from collections import Counter
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from headway.ai.provider import Request
from headway.ai.structured import json_in
from headway.engine import Context

from . import prompts
from .offline import Part, Reading
from .sentiment import ASPECTS
from .text import shortened

_REASON = 240
_MOODS: Final = {"positive": 0.6, "neutral": 0.0, "negative": -0.6}


_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Reason(BaseModel):
    """Why, in both languages."""

    model_config = ConfigDict(extra="ignore")

    en: _Words
    ar: _Words

    @model_validator(mode="before")
    @classmethod
    def _one_for_both(cls, value: object) -> object:
        """A model that gives one text has said it to all."""
        return {"en": value, "ar": value} if isinstance(value, str) else value


class Verdict(BaseModel):
    """What a model says of one review."""

    model_config = ConfigDict(extra="ignore")

    n: int
    fake_probability: Annotated[float, Field(ge=0, le=100)]
    sentiment: Literal["positive", "neutral", "negative"]
    praised: list[str] = []
    criticised: list[str] = []
    reason: Reason


class Verdicts(BaseModel):
    """What an answer must be before it counts."""

    model_config = ConfigDict(extra="ignore")

    verdicts: list[Verdict]


async def judged(ctx: Context, part: Part, readings: list[Reading]) -> list[Reading]:
    """The readings with what the configured provider says. Raises what `ctx.ask` raises."""
    question, schema = prompts.question(part.title, part.reviews), prompts.schema_for(len(part.reviews))
    said = await ctx.ask(Request(question, prompts.SYSTEM, schema))
    found, faults = _read(said.text, len(readings))
    if faults:
        again = await ctx.ask(Request(prompts.repair(question, said.text, faults), prompts.SYSTEM, schema))
        repaired, _ = _read(again.text, len(readings))
        if len(repaired) >= len(found):
            found, said = repaired, again
    return [
        _with(reading, found[n], said.model) if n in found else reading
        for n, reading in enumerate(readings, 1)
    ]


def _read(text: str, n: int) -> tuple[dict[int, Verdict], list[str]]:
    """The verdicts by number, and what is wrong with the answer."""
    try:
        verdicts = Verdicts.model_validate_json(json_in(text)).verdicts
    except ValidationError as error:
        wrong = error.errors(include_url=False)
        return {}, [f"{'.'.join(map(str, each['loc'])) or 'the answer'}: {each['msg']}" for each in wrong]
    times = Counter(verdict.n for verdict in verdicts)
    faults = [f"number {each} is not one of 1 to {n}" for each in sorted(times) if not 1 <= each <= n]
    faults += [f"number {each} has {times[each]} verdicts" for each in sorted(times) if times[each] > 1]
    faults += [f"number {each} has no verdict" for each in range(1, n + 1) if each not in times]
    return {each.n: each for each in verdicts if times[each.n] == 1 and 1 <= each.n <= n}, faults


def _with(reading: Reading, verdict: Verdict, model: str) -> Reading:
    aspects = {name: 1 for name in verdict.praised if name in ASPECTS}
    aspects |= {name: -1 for name in verdict.criticised if name in ASPECTS and name not in aspects}
    return reading.model_copy(
        update={
            "judged": verdict.fake_probability / 100,
            "reason": {lang: shortened(words, _REASON) for lang, words in verdict.reason},
            "model": model,
            "polarity": _MOODS[verdict.sentiment],
            "aspects": dict(sorted(aspects.items())) or reading.aspects,
        }
    )
