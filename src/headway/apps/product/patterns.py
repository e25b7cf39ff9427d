"""What the reviews have in common: copies, days, authors, and what is typical of the fake ones. Called by `report`.

Each pattern is a claim that names its reviews. None of them decides about a review.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from . import signals, words
from .figures import improbable
from .repeats import Repeats
from .result import MOST_IDS, Claim
from .schema import day_of
from .text import LEAST_WORDS
from .verdicts import Judgement
from .words import Said, say

_SIGNAL_AT = 0.75
_SIGNAL_SHARE = 0.4
_MOST_SIGNALS = 3
_SAMPLE: Final = 2_000
"""So many fake ones are looked at for what is typical of them: the first by id."""
_BURST_LEAST, _BURST_CHANCE = 5, 1e-6
_PROLIFIC_LEAST = 3
_KNOWN_LEAST = 10
_CLEAR = 0.5


def claim(code: str, text: Said, ids: Iterable[str], count: int | None = None) -> Claim:
    """A claim about these reviews, the most telling first; the first of them are named."""
    named = list(ids)
    return Claim(
        code=code, text=text, count=len(named) if count is None else count, review_ids=named[:MOST_IDS]
    )


def of(judged: Sequence[Judgement], repeats: Repeats, title: frozenset[str]) -> list[Claim]:
    """The patterns, in the order in which they matter."""
    found = [
        *_addressed(judged),
        *_copies(repeats),
        *_repeated(repeats),
        *_prolific(judged),
        *_bursts(judged),
    ]
    return [*found, *_typical(judged, title), *_apart(judged), *_disagreeing(judged), *_short(judged)]


def _addressed(judged: Sequence[Judgement]) -> Iterator[Claim]:
    ids = [each.id for each in judged if each.reading.address == "plain"]
    if ids:
        yield claim("orders", say(words.ORDERS, n=len(ids)), ids)


def _copies(repeats: Repeats) -> Iterator[Claim]:
    kinds = (("exact", True, words.COPIES), ("near", True, words.NEAR_COPIES), ("alike", False, words.ALIKE))
    for kind, copied, msgid in kinds:
        groups = [
            group for group in repeats.groups if (group.names > 1) is copied and kind in (group.kind, "alike")
        ]
        ids = list(dict.fromkeys(each for group in groups for each in group.review_ids))
        if ids:
            yield claim(f"copies_{kind}", say(msgid, n=len(ids), groups=len(groups)), ids)


def _repeated(repeats: Repeats) -> Iterator[Claim]:
    if repeats.same_as:
        yield claim("repeated", say(words.REPEATED, n=len(repeats.same_as)), sorted(repeats.same_as))


def _prolific(judged: Sequence[Judgement]) -> Iterator[Claim]:
    by_author: defaultdict[str, list[str]] = defaultdict(list)
    for each in judged:
        if each.review.author:
            by_author[each.review.author].append(each.id)
    many = [(author, ids) for author, ids in by_author.items() if len(ids) >= _PROLIFIC_LEAST]
    for author, ids in sorted(many, key=lambda item: (-len(item[1]), item[0]))[:_MOST_SIGNALS]:
        yield claim("prolific", say(words.PROLIFIC, n=len(ids), author=author), sorted(ids))


def _bursts(judged: Sequence[Judgement]) -> Iterator[Claim]:
    """Days on which more came than chance gives, where the reviews are spread evenly over their days."""
    by_day: defaultdict[date, list[str]] = defaultdict(list)
    for each in judged:
        if (day := day_of(each.review)) is not None:
            by_day[day].append(each.id)
    if len(by_day) < 2:
        return
    span = (max(by_day) - min(by_day)).days + 1
    usual = sum(map(len, by_day.values())) / span
    days = [
        (day, ids)
        for day, ids in by_day.items()
        if len(ids) >= _BURST_LEAST and improbable(len(ids), usual) * span < _BURST_CHANCE
    ]
    for day, ids in sorted(days, key=lambda item: (-len(item[1]), item[0]))[:_MOST_SIGNALS]:
        text = say(words.BURST, n=len(ids), day=day.isoformat(), usual=round(usual, 1))
        yield claim("burst", text, sorted(ids))


def _typical(judged: Sequence[Judgement], title: frozenset[str]) -> Iterator[Claim]:
    fake = sorted((each for each in judged if each.verdict == "fake"), key=lambda each: each.id)[:_SAMPLE]
    strength: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for each in fake:
        for name, z in signals.evidence(each.review.text, title).signals.items():
            if z >= _SIGNAL_AT:
                strength[name].append((-z, each.id))
    often = [(name, who) for name, who in strength.items() if len(who) >= max(2, _SIGNAL_SHARE * len(fake))]
    for name, who in sorted(often, key=lambda item: (-len(item[1]), item[0]))[:_MOST_SIGNALS]:
        text = say(words.TYPICAL[name], n=len(who), total=len(fake))
        yield claim(f"signal_{name}", text, [review_id for _, review_id in sorted(who)])


def _apart(judged: Sequence[Judgement]) -> Iterator[Claim]:
    """How the fake ones differ from the genuine ones in what stands beside the text."""
    fake = [each for each in judged if each.verdict == "fake"]
    genuine = [each for each in judged if each.verdict == "genuine"]
    strange, normal = _unverified(fake), _unverified(genuine)
    if strange and normal and strange.share > normal.share + 0.1:
        text = say(words.UNVERIFIED, fake=round(100 * strange.share), genuine=round(100 * normal.share))
        yield claim("unverified", text, strange.ids)
    stars = [
        [each.review.rating for each in group if each.review.rating is not None] for group in (fake, genuine)
    ]
    if min(map(len, stars)) >= _KNOWN_LEAST:
        high, low = (sum(group) / len(group) for group in stars)
        if abs(high - low) >= 0.5:
            text = say(words.STARS_APART, fake=round(high, 1), genuine=round(low, 1))
            ids = sorted(each.id for each in fake if each.review.rating is not None)
            yield claim("stars", text, ids)


class _Unverified:
    """Of some reviews: which were no verified purchase, and their share of those of which it is known."""

    def __init__(self, judged: Sequence[Judgement]) -> None:
        known = [each for each in judged if each.review.verified is not None]
        self.enough = len(known) >= _KNOWN_LEAST
        self.ids = sorted(each.id for each in known if not each.review.verified)
        self.share = len(self.ids) / max(1, len(known))


def _unverified(judged: Sequence[Judgement]) -> _Unverified | None:
    found = _Unverified(judged)
    return found if found.enough else None


def _disagreeing(judged: Sequence[Judgement]) -> Iterator[Claim]:
    apart: Mapping[str, float] = {
        each.id: each.reading.polarity
        for each in judged
        if each.review.rating is not None
        and abs(each.reading.polarity) >= _CLEAR
        and abs(each.review.rating - 3) >= 1
        and (each.reading.polarity > 0) != (each.review.rating > 3)
    }
    if apart:
        ids = sorted(apart, key=lambda review_id: (-abs(apart[review_id]), review_id))
        yield claim("disagree", say(words.DISAGREE, n=len(ids)), ids)


def _short(judged: Sequence[Judgement]) -> Iterator[Claim]:
    ids = sorted(each.id for each in judged if each.reading.words < LEAST_WORDS)
    if ids:
        yield claim("short", say(words.SHORT, n=len(ids)), ids)
