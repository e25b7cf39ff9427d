"""What a review praises and complains of: the opinion of each clause, the aspects that it names, and the whole.

Called by `offline`. A lexicon with negation ("not good" is not good) over clauses; aspects by word lists, and
candidates for others among the words beside an opinion (after Hu and Liu 2004).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, NamedTuple

from .lexicon import (
    BOOSTERS,
    NEGATIONS,
    NEGATIVE,
    OCCASIONS,
    PLACES,
    POSITIVE,
    STOP_WORDS,
    SUPERLATIVES,
    VAGUE,
)
from .text import Clause, clause_in, clauses_of, is_english, words_of

_REACH = 3
"""A negation turns the opinion words among the next three round."""
_LEAST_TERM = 4
MOST_TERMS: Final = 12
SURE: Final = 0.2
"""Beyond it the words themselves are positive or negative; below, the stars decide."""
ASPECTS: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(words.split())
    for name, words in {
        "quality": "quality made built build craftsmanship workmanship construction finish",
        "value": "price prices priced value money cost costs cheap expensive overpriced affordable bargain deal rate rates worth",
        "delivery": "delivery delivered shipping shipped arrived arrival package packaging box packed courier",
        "service": "service staff support seller desk concierge waiter manager employees reception receptionist bellman "
        "housekeeping customer helpdesk employee personnel",
        "ease": "easy easily simple difficult complicated setup install installation installed assemble assembly "
        "instructions manual intuitive",
        "size": "size sized fit fits fitting small smaller large larger tight loose big bigger length width",
        "comfort": "comfort comfortable comfy uncomfortable cushion padding soft firm bed beds pillow pillows mattress",
        "design": "design look style stylish color colour colors colours appearance decor decorated elegant",
        "durability": "durable durability lasted lasts lasting broke broken breaks sturdy flimsy wear tear fell cracked",
        "sound": "sound audio volume speaker speakers bass headphones microphone",
        "screen": "screen display picture resolution brightness image",
        "battery": "battery batteries charge charging charger charged",
        "performance": "performance speed fast slow power powerful works worked working",
        "taste": "taste tastes tasted flavor flavour delicious bland sweet bitter tasty",
        "smell": "smell smells smelled odor scent fragrance smelly musty",
        "cleanliness": "clean cleaned cleanliness dirty filthy stain stains stained dust dusty mold spotless hair bugs",
        "room": "room rooms suite bathroom shower closet carpet lobby elevator hallway furniture sheets towels",
        "location": "location located walk walking distance downtown neighborhood neighbourhood view station",
        "food": "food breakfast restaurant dinner lunch bar coffee meal meals menu drinks buffet",
        "noise": "noise noisy loud quiet silent soundproof thin",
        "story": "story plot characters character writing author chapter chapters book novel",
        "material": "material materials fabric plastic metal leather cotton wood wooden rubber cloth",
    }.items()
}
_OPINIONS: Final = POSITIVE | NEGATIVE
_ASPECTS_OF: Final[dict[str, list[str]]] = {}
for _name, _known in ASPECTS.items():
    for _word in _known:
        _ASPECTS_OF.setdefault(_word, []).append(_name)
_NO_TERM = frozenset(_ASPECTS_OF).union(
    STOP_WORDS, POSITIVE, NEGATIVE, NEGATIONS, BOOSTERS, SUPERLATIVES, VAGUE, PLACES, OCCASIONS
)


@dataclass(frozen=True, slots=True)
class Opinion:
    """Of one review: from -1 to 1; the aspects it speaks well (+1) or ill (-1) of; other words beside an opinion."""

    polarity: float
    aspects: dict[str, int]
    terms: dict[str, int]


def opinion(text: str, *, english: bool | None = None) -> Opinion:
    """The opinion of one text; nothing is known of a text that is not English (None: to be found out)."""
    if not (is_english(words_of(text)) if english is None else english):
        return Opinion(0.0, {}, {})
    good = bad = 0
    aspects: Counter[str] = Counter()
    terms: Counter[str] = Counter()
    for spoken in _spoken(text):
        good, bad = good + spoken.plus, bad + spoken.minus
        if not spoken.leaning:
            continue
        for aspect in spoken.aspects:
            aspects[aspect] += spoken.leaning
        for word in spoken.clause.words:
            if len(word) >= _LEAST_TERM and word not in _NO_TERM:
                terms[word] += spoken.leaning
    polarity = (good - bad) / (good + bad + 1)
    known = dict(sorted(terms.items(), key=lambda item: (-abs(item[1]), item[0]))[:MOST_TERMS])
    return Opinion(round(polarity, 3), _signs(aspects), _signs(known))


def quote(text: str, key: str, leaning: int) -> str | None:
    """The first words that speak well (1) or ill (-1) of an aspect, or of a word that is none of ours."""
    for spoken in _spoken(text):
        clause = spoken.clause
        if spoken.leaning == leaning and (key in spoken.aspects or key in clause.words):
            named = ASPECTS.get(key, frozenset({key})) & set(clause.words)
            return clause_in(text, clause, whole=not named)
    return None


def label(polarity: float, rating: float | None) -> str:
    """`positive`, `negative` or `neutral`: by the words where they are clear, else by the stars."""
    if abs(polarity) >= SURE:
        return "positive" if polarity > 0 else "negative"
    if rating is None or 2.5 <= rating < 3.5:
        return "neutral"
    return "positive" if rating >= 3.5 else "negative"


class _Spoken(NamedTuple):
    """What a clause says: its opinion, 1, -1, or 0 where nothing is said or as much for it as against; and of which aspects."""

    clause: Clause
    aspects: tuple[str, ...]
    plus: int
    minus: int
    leaning: int


def _spoken(text: str) -> Iterator[_Spoken]:
    """The clauses; one that names an aspect and says nothing of it is about what the next one says ("the screen, which is
    dull")."""
    carried: tuple[str, ...] = ()
    sentence = 0
    for clause in clauses_of(text):
        if clause.sentence != sentence:
            carried, sentence = (), clause.sentence
        plus, minus = _votes(clause.words)
        named = tuple(dict.fromkeys(chain.from_iterable(filter(None, map(_ASPECTS_OF.get, clause.words)))))
        about = named or carried
        yield _Spoken(clause, about, plus, minus, (plus > minus) - (plus < minus))
        carried = () if plus or minus else about


def _votes(words: Sequence[str]) -> tuple[int, int]:
    """How many words speak for it and how many against, negations applied."""
    plus = minus = 0
    if _OPINIONS.isdisjoint(words):
        return plus, minus
    turned = 0
    for i, word in enumerate(words):
        if word in NEGATIONS:
            turned = _REACH + 1
        elif word in _OPINIONS:
            favourable = (word in POSITIVE) != (turned > 0)
            if i and words[i - 1] == "too":
                favourable = False  # "too bright", "too soft"
            plus, minus = plus + favourable, minus + (not favourable)
        turned -= turned > 0
    return plus, minus


def _signs(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: 1 if n > 0 else -1 for name, n in sorted(counts.items()) if n}
