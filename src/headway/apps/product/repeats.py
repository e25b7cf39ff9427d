"""Texts that stand more than once: the same record twice, the same words under several names, nearly the same words.

Called by the job before anything is read, so that a copy is analysed once. MinHash finds candidates, the
shingles themselves decide. Invariant: groups depend on what the reviews are, not on the order in which they
came.

A record that is there again in every field (its id aside) is an accident of whoever gathered the reviews: it is folded and
counts once. The same text of eight words and more under different names is no accident, and speaks against all who have it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel
from rensa import RMinHash, RMinHashLSH

from .schema import Review
from .text import plain

LEAST_WORDS: Final = 8
"""Shorter texts are alike by chance ("Great product, works well")."""
ALIKE: Final = 0.5
"""Least Jaccard similarity of the sets of three-word shingles of near copies: about one word in eight changed."""
_TOO_OFTEN = 3
_SHINGLE = 3
_DOUBT, _LOOKS = 0.12, 8
"""How far a sketch may be wrong (three of its standard deviations), and how many texts are compared in full."""
_PERMUTATIONS, _BANDS, _SEED = 128, 32, 20_111
_FINDS_FROM = 0.42  # where 32 bands of four rows begin to find; the shingles decide


class Group(BaseModel):
    """Reviews with one text, or nearly: their ids, sorted.

    `names` is how many people they claim to be from, for sure: someone may say a thing twice without a name, not three times.
    From two on they are copies, and speak against all of them.
    """

    kind: str
    review_ids: list[str]
    names: int


class Repeats(BaseModel):
    """What was found: `same_as` leads from a folded record to the one that stands for it; groups of copies."""

    same_as: dict[str, str]
    groups: list[Group]


@dataclass(slots=True)
class _Text:
    """One distinct text, and the distinct records that have it."""

    plain: str
    reviews: list[Review]


def find(reviews: Sequence[Review]) -> Repeats:
    """Fold repeated records, then group the copies. `reviews` have ids; about 8,000 a second."""
    texts: dict[str, _Text] = {}
    records: dict[tuple[object, ...], Review] = {}
    same_as: dict[str, str] = {}
    for review in sorted(reviews, key=_rank):
        key = plain(review.text)
        record = _record(key, review)
        first = records.setdefault(record, review) if record is not None else review
        if first is not review:
            same_as[str(review.id)] = str(first.id)
            continue
        texts.setdefault(key, _Text(key, [])).reviews.append(review)
    long = [text for text in texts.values() if _is_long(text.plain)]
    groups = [_group("exact", text.reviews) for text in long if len(text.reviews) > 1]
    groups += [
        _group("near", [review for text in cluster for review in text.reviews]) for cluster in _near(long)
    ]
    groups.sort(key=lambda group: (-len(group.review_ids), group.review_ids))
    return Repeats(same_as=dict(sorted(same_as.items())), groups=groups)


def _record(key: str, review: Review) -> tuple[object, ...] | None:
    """What makes two records one. Someone who says the same again, whenever, is still one voice; without a name the rest must
    agree, and be more than a phrase that many would write. None: nothing to compare."""
    if not key:
        return None
    if review.author:
        return key, review.author
    return (key, None, review.date, review.rating) if _is_long(key) else None


def _is_long(text: str) -> bool:
    return text.count(" ") + 1 >= LEAST_WORDS


@dataclass(slots=True)
class _Leaders:
    """The texts that others may be alike to, by number: each with its sketch and how many shingles it has."""

    texts: list[_Text]
    sketches: list[RMinHash]
    sizes: list[int]

    def add(self, text: _Text, sketch: RMinHash, size: int) -> int:
        """Take one more; its number."""
        self.texts.append(text)
        self.sketches.append(sketch)
        self.sizes.append(size)
        return len(self.texts) - 1


def _near(texts: Sequence[_Text]) -> Iterable[list[_Text]]:
    """Clusters of two and more distinct texts: each joins the first leader that it is alike to, or leads itself."""
    index = RMinHashLSH(_FINDS_FROM, _PERMUTATIONS, _BANDS)
    leaders = _Leaders([], [], [])
    clusters: dict[int, list[_Text]] = defaultdict(list)
    for text in sorted(texts, key=lambda t: t.plain):
        shingles = _shingles(text.plain)
        sketch = RMinHash(_PERMUTATIONS, _SEED)
        sketch.update(list(shingles))
        leader = _leader(shingles, sketch, index.query(sketch), leaders)
        if leader is None:
            leader = leaders.add(text, sketch, len(shingles))
            index.insert(leader, sketch)
        clusters[leader].append(text)
    return (cluster for cluster in clusters.values() if len(cluster) > 1)


def _leader(
    shingles: frozenset[str], sketch: RMinHash, found: Iterable[int], leaders: _Leaders
) -> int | None:
    """The leader among the candidates that a text is alike to; sizes and sketches say which few of them are worth a look.

    Shingles are made anew: those of 20,000 leaders would fill a hundred megabytes. Texts of one template make thousands of
    candidates, and a look at each would take hours.
    """
    likeness, sketches, sizes = sketch.jaccard, leaders.sketches, leaders.sizes
    least, most = ALIKE * len(shingles), len(shingles) / ALIKE
    likely = [
        (-guess, n)
        for n in set(found)
        if least <= sizes[n] <= most and (guess := likeness(sketches[n])) >= ALIKE - _DOUBT
    ]
    for _, n in sorted(likely)[:_LOOKS]:
        if _jaccard(_shingles(leaders.texts[n].plain), shingles) >= ALIKE:
            return n
    return None


def _shingles(text: str) -> frozenset[str]:
    words = text.split(" ")
    return frozenset(map(" ".join, zip(*(words[i:] for i in range(_SHINGLE)), strict=False)))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def _group(kind: str, reviews: Iterable[Review]) -> Group:
    found = list(reviews)
    known = {review.author for review in found if review.author}
    unnamed = sum(not review.author for review in found)
    names = len(known) + (unnamed if unnamed >= _TOO_OFTEN else 0)
    return Group(kind=kind, review_ids=sorted(str(review.id) for review in found), names=names)


def _rank(review: Review) -> tuple[str, str]:
    return str(review.date or "9999"), str(review.id)
