"""What comes out of the product application. Built by `report`; read by the routes, the page and the exports.

Invariant: every claim names the reviews that it rests on (`review_ids`, the most telling first, at most
`MOST_IDS`, with `count` for all of them), and each named review stands in `cited`.
"""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from .figures import Grade
from .schema import Product
from .words import Said

MOST_IDS: Final = 12
Verdict = Literal["fake", "genuine"]
Mood = Literal["positive", "neutral", "negative"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Interval(_Part):
    """A 95 % confidence interval."""

    low: float
    high: float


class Counts(_Part):
    """How many reviews came, were the same record again, had no text or were in a part that failed, and what the rest is."""

    received: int
    repeated: int
    without_text: int
    failed: int
    analysed: int
    fake: int
    genuine: int


class Copies(_Part):
    """Reviews with one text (`exact`) or nearly (`near`) under different names."""

    kind: Literal["exact", "near"]
    names: int
    count: int
    review_ids: list[str]


class Duplicates(_Part):
    """What was found before anything was read."""

    repeated_records: int
    exact_groups: int
    near_groups: int
    groups: list[Copies]


class Claim(_Part):
    """Something said of the reviews, and the reviews that it is said of."""

    code: str
    text: Said
    count: int
    review_ids: list[str]


class Signal(_Part):
    """One reason of a verdict: standard deviations against (+) or for (-) the review."""

    code: str
    text: Said
    strength: float


class Example(_Part):
    """A review that shows what was decided, and why."""

    review_id: str
    score: float
    signals: list[Signal]


class Side(_Part):
    """Praise, or complaints: how many genuine reviews, which, and the words of the first."""

    count: int
    review_ids: list[str]
    quote: str | None


class Aspect(_Part):
    """What people speak of. `name` is stored as a message id, or as the reviewers' own word where `code` is `word`."""

    code: str
    name: str
    praise: Side
    complaints: Side


class Moods(_Part):
    """How the analysed reviews feel about the product."""

    positive: Claim
    neutral: Claim
    negative: Claim


class Judged(_Part):
    """One review's verdict: `score` is the probability that it is fake; `same_as` names the record that it repeats."""

    id: str
    score: float | None
    verdict: Verdict | None
    sentiment: Mood | None
    rating: float | None
    same_as: str | None


class Cited(_Part):
    """A named review, shortened."""

    title: str
    excerpt: str
    rating: float | None
    author: str | None
    date: str | None


class Stars(_Part):
    """How many reviews gave one to five stars: all that came, and the genuine ones."""

    before: list[int]
    after: list[int]


class Analysis(_Part):
    """The result of the product job. `summary` and each sentence's `text` are put in when it is read, in the reader's language."""

    product: Product
    grade: Grade
    fake_percentage: float | None
    confidence_interval: Interval | None
    original_rating: float | None
    adjusted_rating: float | None
    adjusted_rating_interval: Interval | None
    counts: Counts
    duplicates: Duplicates
    stars: Stars
    key_patterns: list[Claim]
    fake_examples: list[Example]
    genuine_examples: list[Example]
    sentiment: Moods
    aspects: list[Aspect]
    summary: str = ""
    summary_sentences: list[Said]
    reviews: list[Judged]
    cited: dict[str, Cited]
    provider: str
    model: str
    judged_by_model: int
