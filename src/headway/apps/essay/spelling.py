"""Misspelt words: found only where two dictionaries agree that there is no such word, in any spelling.

Called by ``faults``. A word is misspelt when pyspellchecker does not know it (British spellings are looked up
by their American form too) *and* Harper flags it; names, capitals, codes, words of the prompt and words with
digits are never touched. Invariant: a suggestion is given only when one known word is clearly the nearest.
"""

from collections.abc import Iterable, Set
from functools import lru_cache

from . import lexicon
from .lexicon import word_set
from .text import Text, Word

_MIN_LENGTH = 3
_VOWELS = frozenset("aeiouy")
_CONTRACTIONS = {
    "dont": "don't",
    "doesnt": "doesn't",
    "didnt": "didn't",
    "cant": "can't",
    "wont": "won't",
    "isnt": "isn't",
    "arent": "aren't",
    "wasnt": "wasn't",
    "werent": "weren't",
    "havent": "haven't",
    "hasnt": "hasn't",
    "hadnt": "hadn't",
    "couldnt": "couldn't",
    "shouldnt": "shouldn't",
    "wouldnt": "wouldn't",
    "thats": "that's",
    "theres": "there's",
    "whats": "what's",
    "youll": "you'll",
    "theyll": "they'll",
    "your'e": "you're",
    "eversince": "ever since",
    "amout": "amount",
    "choise": "choice",
    "choises": "choices",
    "teached": "taught",
    "thinked": "thought",
    "buyed": "bought",
    "catched": "caught",
    "sitted": "sat",
    "maked": "made",
    "goed": "went",
    "hasent": "hasn't",
    "thire": "their",
    "companys": "companies",
    "activitys": "activities",
    "partys": "parties",
    "im": "I'm",
    "ive": "I've",
    "youre": "you're",
    "theyre": "they're",
    "alot": "a lot",
    "eventhough": "even though",
    "aswell": "as well",
    "infact": "in fact",
    "nowdays": "nowadays",
    "nowaday": "nowadays",
    "highschool": "high school",
    "bestfriend": "best friend",
    "ofcourse": "of course",
    "atleast": "at least",
    "becoz": "because",
    "becuase": "because",
    "thier": "their",
    "wich": "which",
    "untill": "until",
    "pepole": "people",
    "peoples'": "people's",
    "goverment": "government",
    "enviroment": "environment",
    "childrens": "children",
    "informations": "information",
    "advices": "advice",
    "equipments": "equipment",
    "homeworks": "homework",
    "furnitures": "furniture",
    "knowledges": "knowledge",
    "luggages": "luggage",
    "softwares": "software",
    "researchs": "research",
    "tv's": "TVs",
}
"""Frequent slips whose right form is certain, looked up before any search."""

WORD_FORM_FIXES = word_set("""informations advices equipments homeworks furnitures knowledges luggages
    softwares childrens researchs teached thinked buyed catched sitted maked goed companys activitys
    partys""")
"""Those of the table above that are plurals of words without one: grammar, not spelling."""


def candidates_for_check(text: Text, prompt: str) -> list[Word]:
    """The words of the essay that pyspellchecker does not know and that are not names, codes or prompt
    words."""
    raw = text.raw
    excused = {w.lower for w in Text(prompt).words}
    starts = {words[0].start for words in text.sentence_words if words}
    capitalised_inside = {w.lower for w in text.words if raw[w.start].isupper() and w.start not in starts}
    found = []
    for word in text.words:
        letters = raw[word.start : word.end]
        if len(letters) < _MIN_LENGTH or word.lower in excused or _touches_code(raw, word):
            continue
        if letters[0].isupper() and (word.start not in starts or word.lower in capitalised_inside):
            continue
        if letters[0].isupper() and letters[1:] != letters[1:].lower():
            continue
        if not letters.isascii():
            continue
        if word.lower in _CONTRACTIONS or not _known_with_endings(lexicon.plain(word.lower)):
            found.append(word)
    return found


def suggestion_for(word: str, harper: Iterable[str] = ()) -> str | None:
    """The right form of a misspelt lower-case word, or None where no known word is clearly nearest.

    ``harper`` are Harper's own suggestions, best first; they add words at distance two and compounds.
    """
    if word in _CONTRACTIONS:
        return _CONTRACTIONS[word]
    return _search(word, tuple(harper))


def matches_case(original: str, suggestion: str) -> str:
    """The suggestion with the capital letters of the original."""
    if len(original) > 1 and original.isupper():
        return suggestion.upper()
    return suggestion[:1].upper() + suggestion[1:] if original[:1].isupper() else suggestion


def slip_cost(a: str, b: str, limit: int = 3) -> float:
    """How unlikely it is that who meant ``b`` wrote ``a``; above ``limit`` means not near at all.

    A restricted Damerau-Levenshtein distance with the prices of learners' slips: a vowel for a vowel, a swap
    of neighbours and a doubled or undoubled letter are cheap, a consonant for another is dear.
    """
    if abs(len(a) - len(b)) > limit:
        return limit + 1.0
    before: list[float] = []
    row = [0.9 * j for j in range(len(b) + 1)]
    for i, x in enumerate(a, 1):
        current = [0.9 * i]
        for j, y in enumerate(b, 1):
            drop = 0.5 if i > 1 and a[i - 2] == x else 0.9
            add = 0.5 if j > 1 and b[j - 2] == y else 0.8
            change = 0.0 if x == y else 0.7 if x in _VOWELS and y in _VOWELS else 1.15
            cost = min(row[j] + drop, current[j - 1] + add, row[j - 1] + change)
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 0.6)
            current.append(cost)
        before, row = row, current
    return row[-1]


@lru_cache(maxsize=20_000)
def _search(word: str, harper: tuple[str, ...]) -> str | None:
    checker = lexicon.spell_checker()
    near = set(checker.known(checker.edit_distance_1(word)))
    near |= {h.lower() for h in harper if "'" not in h and lexicon.is_known(h.lower())}
    allowed = 0.95 if len(word) <= 4 else 1.35 if len(word) <= 8 else 1.75
    scored = []
    for candidate in near:
        cost = slip_cost(word, candidate)
        if cost > allowed or candidate == word or _log_frequency(candidate) < 3.0:
            continue
        value = _log_frequency(candidate) - 3.0 * cost + (0.8 if candidate[0] == word[0] else 0.0)
        scored.append((value, candidate))
    if not scored:
        return None
    scored.sort(reverse=True)
    best, choice = scored[0]
    return choice if len(scored) == 1 or best - scored[1][0] >= 0.5 else None


def _log_frequency(word: str) -> float:
    return lexicon.zipf(word) or 0.0


def _known_with_endings(word: str) -> bool:
    if lexicon.is_known(word):
        return True
    parts: Set[str] = {word.removesuffix("'s"), word.removesuffix("'"), word.removesuffix("s'") + "s"}
    if any(part != word and lexicon.is_known(part) for part in parts):
        return True
    for prefix in (
        "non",
        "anti",
        "over",
        "under",
        "re",
        "pre",
        "un",
        "inter",
        "multi",
        "self",
        "co",
        "micro",
        "eco",
    ):
        rest = word.removeprefix(prefix)
        if rest != word and len(rest) > 4 and lexicon.frequency(rest) > 2_000:
            return True
    return False


def _touches_code(raw: str, word: Word) -> bool:
    """Whether the word is part of an address, a handle, a placeholder such as Generic_Name, or has digits on
    it."""
    before = raw[word.start - 1] if word.start else " "
    after = raw[word.end] if word.end < len(raw) else " "
    if before in "_@#/\\" or after in "_@/\\" or before.isdigit() or after.isdigit():
        return True
    left = max(raw.rfind(" ", 0, word.start), raw.rfind("\n", 0, word.start)) + 1
    right = min(at for at in (raw.find(" ", word.end), raw.find("\n", word.end), len(raw)) if at >= 0)
    around = raw[max(left, word.start - 60) : min(right, word.end + 60)]
    return "@" in around or "://" in around or around.lower().startswith("www.")


def is_listed_slip(word: str) -> bool:
    """Whether a lower-case word is one of the frequent slips whose right form is certain."""
    return word in _CONTRACTIONS
