"""Puts an analysis together: figures, patterns, examples, aspects, summary. The grade is computed here.

Called by the job at its end. Pure, and blind to the order of what it is given: everything is sorted by what it
is, and by id where that is equal.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from . import figures, offline, patterns, signals, words
from .offline import Reading
from .patterns import claim
from .repeats import Repeats
from .result import (
    MOST_IDS,
    Analysis,
    Aspect,
    Cited,
    Copies,
    Counts,
    Duplicates,
    Example,
    Interval,
    Judged,
    Moods,
    Side,
    Stars,
)
from .schema import RATINGS, ProductInput, Review
from .sentiment import quote
from .text import shortened, words_of
from .verdicts import Judgement, judge, reasons
from .words import Said, say

_EXAMPLES = 5
_TELLING_WORDS = 20
_ASPECTS, _WORDS_OF_THEIRS = 8, 4
_WORD_LEAST, _WORD_SHARE = 5, 0.03
"""So many reviews, and such a share of them, must have a word of their own beside an opinion."""
_GROUPS = 50
_EXCERPT, _QUOTE = 320, 160
_LEAST_STARS: Final = 1.0
_NAMED = 3


def analysis(
    order: ProductInput,
    repeats: Repeats,
    readings: Iterable[Reading],
    *,
    failed: int = 0,
    provider: str = offline.PROVIDER,
    model: str = offline.MODEL,
) -> Analysis:
    """The result. `order` is canonical; `readings` are of its distinct reviews with a text, but for the `failed`."""
    reviews = list(order.reviews or ())
    title = signals.title_words_of(order.product.title)
    known = {reading.id: reading for reading in readings}
    judged = judge(reviews, known, repeats)
    fake = [each for each in judged if each.verdict == "fake"]
    genuine = [each for each in judged if each.verdict == "genuine"]
    counts = Counts(
        received=len(reviews),
        repeated=len(repeats.same_as),
        without_text=len(reviews) - len(repeats.same_as) - len(judged) - failed,
        failed=failed,
        analysed=len(judged),
        fake=len(fake),
        genuine=len(genuine),
    )
    percentage = round(100 * len(fake) / len(judged), 1) if judged else None
    low, high = figures.share_interval(len(fake), len(judged))
    grade = figures.grade_of(percentage if reviews else None)
    ratings = [each.review.rating for each in genuine if each.review.rating is not None]
    adjusted = figures.mean_interval(
        ratings, min(_LEAST_STARS, *ratings) if ratings else _LEAST_STARS, RATINGS[1]
    )
    given = [review.rating for review in reviews if review.rating is not None]
    original = round(math.fsum(given) / len(given), 2) if given else order.product.rating
    found = patterns.of(judged, repeats, title)
    moods = _moods(judged)
    aspects = _aspects(genuine, words_of(order.product.title))
    examples = (_examples(fake, title, worst=True), _examples(genuine, title, worst=False))
    duplicates = _duplicates(repeats)
    interval = Interval(low=low, high=high) if judged else None
    adjusted_rating = round(adjusted[0], 2) if adjusted else None
    sentences = _summary(counts, percentage, interval, grade, original, adjusted_rating, aspects)
    cited = {
        *(
            review_id
            for each in (*found, moods.positive, moods.neutral, moods.negative)
            for review_id in each.review_ids
        ),
        *(
            review_id
            for each in aspects
            for side in (each.praise, each.complaints)
            for review_id in side.review_ids
        ),
        *(each.review_id for side in examples for each in side),
        *(review_id for group in duplicates.groups for review_id in group.review_ids),
    }
    return Analysis(
        product=order.product,
        grade=grade,
        fake_percentage=percentage,
        confidence_interval=interval,
        original_rating=original,
        adjusted_rating=adjusted_rating,
        adjusted_rating_interval=Interval(low=round(adjusted[1], 2), high=round(adjusted[2], 2))
        if adjusted
        else None,
        counts=counts,
        duplicates=duplicates,
        stars=Stars(before=_histogram(given), after=_histogram(ratings)),
        key_patterns=found,
        fake_examples=examples[0],
        genuine_examples=examples[1],
        sentiment=moods,
        aspects=aspects,
        summary_sentences=sentences,
        reviews=_all(reviews, judged, repeats),
        cited={str(review.id): _cited(review) for review in reviews if str(review.id) in cited},
        provider=provider,
        model=model,
        judged_by_model=sum(each.reading.judged is not None for each in judged),
    )


def _examples(judged: Sequence[Judgement], title: frozenset[str], *, worst: bool) -> list[Example]:
    """The clearest ones; those with enough words to show it come first."""

    def rank(each: Judgement) -> tuple[bool, float, float, str]:
        evidence = each.reading.evidence
        sign = -1 if worst else 1
        return each.reading.words < _TELLING_WORDS, sign * each.score, sign * evidence, each.id

    first = sorted(judged, key=rank)[:_EXAMPLES]
    return [Example(review_id=each.id, score=each.score, signals=reasons(each, title)) for each in first]


def _moods(judged: Sequence[Judgement]) -> Moods:
    groups: dict[str, list[Judgement]] = {"positive": [], "neutral": [], "negative": []}
    for each in judged:
        groups[each.mood].append(each)
    claims = {
        mood: claim(
            mood,
            say(words.MOODS[mood], n=len(group)),
            [each.id for each in sorted(group, key=lambda each: (-abs(each.reading.polarity), each.id))],
        )
        for mood, group in groups.items()
    }
    return Moods(positive=claims["positive"], neutral=claims["neutral"], negative=claims["negative"])


def _aspects(genuine: Sequence[Judgement], title: Collection[str]) -> list[Aspect]:
    """What genuine reviews speak of most: known aspects, and words that many of them have beside an opinion."""
    known: defaultdict[str, list[tuple[Judgement, int]]] = defaultdict(list)
    theirs: defaultdict[str, list[tuple[Judgement, int]]] = defaultdict(list)
    for each in genuine:
        for name, leaning in each.reading.aspects.items():
            known[name].append((each, leaning))
        for name, leaning in each.reading.terms.items():
            theirs[name].append((each, leaning))
    least = 1 if len(genuine) < 10 else 2
    chosen = [(name, name, words.ASPECT_NAMES[name], who) for name, who in _most(known, least, _ASPECTS)]
    telling = {
        name: who for name, who in theirs.items() if name not in title and len(who) <= len(genuine) / 2
    }
    many = max(_WORD_LEAST, round(_WORD_SHARE * len(genuine)))
    chosen += [("word", name, name, who) for name, who in _most(telling, many, _WORDS_OF_THEIRS)]
    return [
        Aspect(code=code, name=name, praise=_side(who, key, 1), complaints=_side(who, key, -1))
        for code, key, name, who in chosen
    ]


_Who = list[tuple[Judgement, int]]


def _most(found: Mapping[str, _Who], least: int, most: int) -> list[tuple[str, _Who]]:
    enough = [(name, who) for name, who in found.items() if len(who) >= least]
    return sorted(enough, key=lambda item: (-len(item[1]), item[0]))[:most]


def _side(who: _Who, key: str, leaning: int) -> Side:
    those = sorted(
        (each for each, towards in who if towards == leaning),
        key=lambda each: (-leaning * each.reading.polarity, each.id),
    )
    said = next(
        (found for each in those[:MOST_IDS] if (found := quote(each.review.text, key, leaning))), None
    )
    ids = [each.id for each in those[:MOST_IDS]]
    return Side(count=len(those), review_ids=ids, quote=shortened(said, _QUOTE) if said else None)


def _duplicates(repeats: Repeats) -> Duplicates:
    groups = [
        Copies(
            kind="exact" if group.kind == "exact" else "near",
            names=group.names,
            count=len(group.review_ids),
            review_ids=group.review_ids[:MOST_IDS],
        )
        for group in repeats.groups
    ]
    return Duplicates(
        repeated_records=len(repeats.same_as),
        exact_groups=sum(group.kind == "exact" for group in groups),
        near_groups=sum(group.kind == "near" for group in groups),
        groups=groups[:_GROUPS],
    )


def _summary(
    counts: Counts,
    percentage: float | None,
    interval: Interval | None,
    grade: str,
    original: float | None,
    adjusted: float | None,
    aspects: Sequence[Aspect],
) -> list[Said]:
    if percentage is None or interval is None:
        return [say(words.NONE_TO_READ)]
    found = [
        say(
            words.VERDICT,
            analysed=counts.analysed,
            received=counts.received,
            fake=counts.fake,
            percent=percentage,
            low=interval.low,
            high=interval.high,
            grade=grade,
        )
    ]
    if counts.repeated:
        found.append(say(words.FOLDED, n=counts.repeated))
    if original is not None and adjusted is not None:
        moved = abs(original - adjusted) >= 0.05
        text = say(words.RATING_MOVES, adjusted=adjusted, original=original)
        found.append(text if moved else say(words.RATING_STAYS, adjusted=adjusted))
    praised = sorted(
        (each for each in aspects if each.praise.count), key=lambda each: (-each.praise.count, each.name)
    )
    blamed = sorted(
        (each for each in aspects if each.complaints.count),
        key=lambda each: (-each.complaints.count, each.name),
    )
    for msgid, those in ((words.PRAISED, praised), (words.BLAMED, blamed)):
        if those:
            found.append(say(msgid, names=[each.name for each in those[:_NAMED]]))
    return found


def _all(reviews: Sequence[Review], judged: Sequence[Judgement], repeats: Repeats) -> list[Judged]:
    """Every review that came; a repeated record has the verdict of the one that stands for it."""
    by_id = {each.id: each for each in judged}
    rows = []
    for review in reviews:
        same_as = repeats.same_as.get(str(review.id))
        found = by_id.get(same_as or str(review.id))
        rows.append(
            Judged(
                id=str(review.id),
                score=found.score if found else None,
                verdict=found.verdict if found else None,
                sentiment=found.mood if found else None,
                rating=review.rating,
                same_as=same_as,
            )
        )
    return rows


def _histogram(ratings: Iterable[float]) -> list[int]:
    stars = Counter(min(5, max(1, math.floor(rating + 0.5))) for rating in ratings)
    return [stars[n] for n in range(1, 6)]


def _cited(review: Review) -> Cited:
    return Cited(
        title=shortened(review.title, 120),
        excerpt=shortened(review.content, _EXCERPT),
        rating=review.rating,
        author=review.author,
        date=review.date,
    )
