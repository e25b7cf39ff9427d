"""Reads reviews with statistics of their own words: no key, no network, the same answer every time.

Called by the job for every chunk, whoever judges in the end. `PROVIDER` and `MODEL` name it in results.
Invariant: what is found of a review depends on that review and the product's title alone.
"""

from typing import Final

from pydantic import BaseModel, ConfigDict

from . import injection, sentiment, signals

PROVIDER: Final = "offline"
MODEL: Final = "statistics-1"


class Text(BaseModel):
    """A review as a chunk carries it: its id, its words, its stars."""

    model_config = ConfigDict(frozen=True)

    id: str
    text: str
    rating: float | None = None


class Part(BaseModel):
    """A chunk of the work: some reviews, and the title of what they review."""

    model_config = ConfigDict(frozen=True)

    title: str
    reviews: list[Text]


class Reading(BaseModel):
    """What was found in one review.

    `evidence` is the sum of its signals (1 and more: fake), `judged` a provider's probability that it is fake, with its
    `reason` (by language; of earlier versions in English) and `model`; `polarity` goes from -1 to 1; `aspects` and `terms`
    have 1 for praise and -1 for complaints; `address` says whether it speaks to the analyser.
    """

    id: str
    words: int
    evidence: float
    polarity: float
    aspects: dict[str, int]
    terms: dict[str, int]
    address: injection.Address = "none"
    judged: float | None = None
    reason: dict[str, str] | str | None = None
    model: str | None = None


def read(part: Part) -> list[Reading]:
    """One reading for each review, in their order; some two thousand a second."""
    title = signals.title_words_of(part.title)
    return [_read(review, title) for review in part.reviews]


def _read(review: Text, title: frozenset[str]) -> Reading:
    found = signals.evidence(review.text, title)
    said = sentiment.opinion(review.text, english=found.english)
    return Reading(
        id=review.id,
        words=found.words,
        evidence=round(found.total, 4),
        polarity=said.polarity,
        aspects=said.aspects,
        terms=said.terms,
        address=injection.address(review.text),
    )
