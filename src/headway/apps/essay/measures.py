"""What can be counted in an essay: its length, words, sentences, links, order and mistakes.

Called by ``offline.measure``; read by ``scoring`` and ``notes`` and shown on the page. Invariant: each
measure is a pure function of the essay, and each is made so that a longer essay of the same quality measures
the same (the lengths themselves aside). Copied and repeated words are taken out of ``own_words``.
"""

import itertools
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from . import lexicon
from .faults import Fault, known_share
from .text import Text, Word

NGRAM = 6
"""Words in a row that must match for a passage to count as copied or repeated."""


_BODY_WORDS = 15
"""In a letter, a paragraph of fewer words is a greeting or a closing."""

_GREETINGS = frozenset({"dear", "hello", "hi"})


Figure = Annotated[float, AfterValidator(lambda value: round(value, 3))]
"""A measure to three decimals, which is all that it means."""


class Measures(BaseModel):
    """The measures of one essay. Shares are 0 to 1; densities are per 100 words."""

    model_config = ConfigDict(frozen=True)

    words: int
    """Words as IELTS counts them."""
    own_words: int
    """Words without passages copied from the prompt or repeated within the essay."""
    copied_share: Figure
    """Share of words inside passages of six or more words taken from the prompt."""
    repeated_share: Figure
    """Share of words inside passages of six or more words that stood earlier in the essay."""
    sentences: int
    paragraphs: int
    known_share: Figure
    """Share of words that an English dictionary knows."""
    function_share: Figure
    """Share of grammatical words; about half of any English text."""
    diversity: Figure
    """Lexical diversity, MTLD (McCarthy and Jarvis, 2010); about 40 is poor, 100 rich."""
    rarity: Figure
    """Mean rarity of the different content words: 8 minus their Zipf value."""
    rare_share: Figure
    """Share of the different content words below Zipf 4."""
    word_length: Figure
    """Mean letters per word, misspelt words left out."""
    vague_share: Figure
    """Vague or informal words per 100 words."""
    sentence_length: Figure
    """Mean words per sentence."""
    sentence_spread: Figure
    """Standard deviation of sentence length divided by the mean."""
    subordination: Figure
    """Dependent clauses opened per 100 words."""
    complex_share: Figure
    """Share of sentences with a dependent clause."""
    long_share: Figure
    """Share of words that stand in sentences of more than 45 words."""
    opening_variety: Figure
    """Share of sentences whose first word differs from that of the two before."""
    connectives: Figure
    """Connectives per 100 words."""
    connective_kinds: int
    """How many different connectives."""
    connective_functions: int
    """How many of the seven functions of connectives are served."""
    reference: Figure
    """Reference words (this, these, they, such) per 100 words."""
    overlap: Figure
    """Share of neighbouring sentences that share a content word."""
    paragraph_balance: Figure
    """Shortest body paragraph divided by the longest, in words; 0 with one paragraph."""
    spelling_density: Figure
    grammar_density: Figure
    mechanics_density: Figure
    clash_density: Figure
    """Pairs of grammatical words that cannot stand side by side (the of, a is) per 100 words."""
    clean_share: Figure
    """Share of sentences without any mistake found."""


def compute(text: Text, prompt: str, faults: Sequence[Fault]) -> Measures:
    """All measures of a parsed essay; ``faults`` are its mistakes from ``faults.find``."""
    words = text.words
    lower = [w.lower for w in words]
    count = max(1, len(words))
    sentence_lengths = [len(s) for s in text.sentence_words if s] or [0]
    copied, repeated = _copied_and_repeated(lower, [w.lower for w in Text(prompt).words])
    content = _content_types(lower)
    zipfs = [z for z in (lexicon.zipf(w) for w in sorted(content)) if z is not None]
    links = lexicon.connectives_in(text.raw)
    by_kind = Counter(fault.kind for fault in faults)
    clauses = [_clauses(s) for s in text.sentence_words]
    mean_length = statistics.fmean(sentence_lengths)
    known_lengths = [len(w) for w in lower if lexicon.frequency(w)]
    return Measures(
        words=text.word_count,
        own_words=max(0, text.word_count - copied - repeated),
        copied_share=copied / count,
        repeated_share=repeated / count,
        sentences=len(text.sentences),
        paragraphs=len(text.paragraphs),
        known_share=known_share(text),
        function_share=sum(w in lexicon.FUNCTION_WORDS for w in lower) / count,
        diversity=mtld(lower),
        rarity=8 - statistics.fmean(zipfs) if zipfs else 0.0,
        rare_share=sum(z < 4 for z in zipfs) / max(1, len(zipfs)),
        word_length=statistics.fmean(known_lengths) if known_lengths else 0.0,
        vague_share=100 * sum(w in lexicon.VAGUE_WORDS for w in lower) / count,
        sentence_length=mean_length,
        sentence_spread=statistics.pstdev(sentence_lengths) / mean_length if mean_length else 0.0,
        subordination=100 * sum(clauses) / count,
        complex_share=sum(c > 0 for c in clauses) / max(1, len(clauses)),
        long_share=sum(n for n in sentence_lengths if n > 45) / max(1, sum(sentence_lengths)),
        opening_variety=_opening_variety(text.sentence_words),
        connectives=100 * len(links) / count,
        connective_kinds=len({" ".join(text.raw[a:b].lower().split()) for a, b, _ in links}),
        connective_functions=len({function for _, _, function in links}),
        reference=100 * sum(w in lexicon.REFERENCE_WORDS for w in lower) / count,
        overlap=_overlap(text.sentence_words),
        paragraph_balance=_balance(text),
        spelling_density=100 * by_kind["spelling"] / count,
        grammar_density=100 * by_kind["grammar"] / count,
        mechanics_density=100 * by_kind["mechanics"] / count,
        clash_density=100 * _clashes(text.sentence_words) / count,
        clean_share=_clean_share(text, faults),
    )


def mtld(words: Sequence[str], threshold: float = 0.72) -> float:
    """The measure of textual lexical diversity, the mean of both directions; 0 for no words.

    Words per stretch over which the type-token ratio stays above ``threshold`` (McCarthy and Jarvis, 2010,
    Behavior Research Methods 42). Unlike the plain ratio it does not fall as a text grows.
    """
    if not words:
        return 0.0
    return (_mtld_one_way(words, threshold) + _mtld_one_way(words[::-1], threshold)) / 2


def _mtld_one_way(words: Sequence[str], threshold: float) -> float:
    factors, seen, tokens, ratio = 0.0, set[str](), 0, 1.0
    for word in words:
        tokens += 1
        seen.add(word)
        ratio = len(seen) / tokens
        if ratio <= threshold:
            factors, seen, tokens, ratio = factors + 1, set(), 0, 1.0
    factors += (1 - ratio) / (1 - threshold)
    return min(200.0, len(words) / factors) if factors > 0 else float(min(len(words), 200))


def _copied_and_repeated(words: Sequence[str], prompt: Sequence[str]) -> tuple[int, int]:
    source = {tuple(prompt[i : i + NGRAM]) for i in range(len(prompt) - NGRAM + 1)}
    seen: dict[tuple[str, ...], int] = {}
    copied, repeated = set[int](), set[int]()
    for i in range(len(words) - NGRAM + 1):
        gram = tuple(words[i : i + NGRAM])
        if gram in source:
            copied.update(range(i, i + NGRAM))
        first = seen.setdefault(gram, i)
        if i - first >= NGRAM:
            repeated.update(range(i, i + NGRAM))
        elif first != i:
            repeated.add(i + NGRAM - 1)
    return len(copied), len(repeated - copied)


def _content_types(words: Sequence[str]) -> set[str]:
    return {w for w in words if w not in lexicon.FUNCTION_WORDS and len(w) > 2}


def _clauses(words: Sequence[Word]) -> int:
    """Dependent clauses opened in one sentence, by their opening words."""
    opened = sum(w.lower in lexicon.SUBORDINATORS for w in words)
    return opened + sum(
        words[i].lower == "that" and words[i - 1].lower in lexicon.THAT_OPENERS for i in range(1, len(words))
    )


def _clashes(sentences: Sequence[Sequence[Word]]) -> int:
    """Determiners followed by a word that cannot follow one, sentence by sentence."""
    return sum(
        left.lower in lexicon.DETERMINERS and right.lower in lexicon.NEVER_AFTER_DETERMINER
        for words in sentences
        for left, right in itertools.pairwise(words)
    )


def _opening_variety(sentences: Sequence[Sequence[Word]]) -> float:
    openings = [s[0].lower for s in sentences if s]
    if len(openings) < 2:
        return 0.0
    return sum(openings[i] not in openings[max(0, i - 2) : i] for i in range(1, len(openings))) / (
        len(openings) - 1
    )


def _overlap(sentences: Sequence[Sequence[Word]]) -> float:
    stems = [
        {lexicon.stem(w.lower) for w in s if w.lower not in lexicon.FUNCTION_WORDS} for s in sentences if s
    ]
    if len(stems) < 2:
        return 0.0
    return sum(bool(a & b) for a, b in itertools.pairwise(stems)) / (len(stems) - 1)


def _balance(text: Text) -> float:
    """Shortest body paragraph by the longest; opening and end are no body, nor are the short lines of a
    letter."""
    lengths = [len(text.words_in(p)) for p in text.paragraphs]
    is_letter = bool(text.words) and text.words[0].lower in _GREETINGS
    body = [n for n in lengths if n >= _BODY_WORDS] if is_letter else lengths
    inner = body[1:-1] if len(body) > 3 else body
    return min(inner) / max(inner) if len(body) > 1 and max(inner) else 0.0


def _clean_share(text: Text, faults: Sequence[Fault]) -> float:
    sentences = text.sentences
    if not sentences:
        return 0.0
    starts = [f.start for f in faults]
    clean = sum(not any(s.start <= at < s.end for at in starts) for s in sentences)
    return clean / len(sentences)
