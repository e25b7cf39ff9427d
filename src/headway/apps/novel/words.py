"""What a French word is, everywhere in this application: for limits, quotes and coverage alike.

A word is a grammatical one. An elided word counts by itself (``l'homme`` is two: article and noun), so does a
pronoun hung on its verb (``dit-il``, ``va-t'en``, ``donne-le-moi`` is three); a compound is one
(``peut-être``, ``aujourd'hui``, ``quelqu'un``, ``Saint-Simon``), and so is a number (``3,5``). The reason:
what a reader must understand is counted, and the count is never lower than that of a word processor, which
counts what stands between blanks; so a sentence within the limit is within it however its words are
counted. The ``t`` of ``a-t-il`` is a sound, not a word.
"""

import re
from functools import lru_cache


def listed(text: str) -> frozenset[str]:
    """The words between the blanks of ``text``: how lists of words are written down here."""
    return frozenset(text.split())


CHUNK = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:[-'’‑·][^\W_]+)*['’]?")
_ELISION = re.compile(r"([ldjmtsnc]|qu|jusqu|lorsqu|puisqu|quoiqu|presqu|quelqu|entr)'(?=.)")
_WHOLE = listed("aujourd'hui quelqu'un quelqu'une presqu'île prud'homme prud'hommes d'abord-là rendez-vous")
_ENCLITIC = re.compile(
    r"^(?P<verb>.+?)-(?:t[-'])?(?P<pronoun>je|tu|il|elle|on|nous|vous|ils|elles|ce|moi|toi|lui|leur|le|la|les|y|en)$"
)
_NO_VERB = re.compile(
    r"(?:^|-)(?:chez|sauf|rendez|grand|malgré|entre|sur|sous|à|au|de|saint|sainte|par|pour|avec)$"
)


_VOWEL = re.compile(r"[aeiouyàâéèêëîïôûùœæh]", re.IGNORECASE)
_ASPIRATED = (
    "haï", "hain", "hait", "hach", "haie", "hall", "halt", "hamac", "hameau", "hanch", "hangar", "hant", "harc", "hard", "harn",
    "harp", "hasard", "hât", "hauss", "haut", "havr", "hériss", "hernie", "héron", "héros", "heurt", "hibou", "hiss", "hoch",
    "holland", "homard", "hongr", "honn", "honte", "honteu", "hors", "hott", "housse", "huit", "hurl", "hutte", "huguenot",
)  # fmt: skip


def elides(word: str) -> bool:
    """Whether ``le``, ``ce`` or ``je`` before the word is ``l'``, ``cet`` or ``j'``: a vowel, or an h that is not aspirated."""
    return _VOWEL.match(word) is not None and not word.casefold().startswith(_ASPIRATED)


def words(text: str) -> list[str]:
    """The words of the text, lower case, apostrophes plain: ``L’homme dit-il`` is ``l' homme dit il``."""
    found: list[str] = []
    for chunk in CHUNK.findall(text):
        found += _parts(chunk)
    return found


def count_words(text: str) -> int:
    """How many words the text has."""
    return sum(len(_parts(chunk)) for chunk in CHUNK.findall(text))


@lru_cache(maxsize=65_536)
def _parts(chunk: str) -> tuple[str, ...]:
    rest = chunk.casefold().replace("’", "'").replace("‑", "-")
    parts: list[str] = []
    while rest not in _WHOLE and (elided := _ELISION.match(rest)):
        parts.append(elided.group())
        rest = rest[elided.end() :]
    tail: list[str] = []
    while rest not in _WHOLE and (hung := _ENCLITIC.match(rest)) and not _NO_VERB.search(hung["verb"]):
        tail.insert(0, hung["pronoun"])
        rest = hung["verb"]
    if rest:
        parts.append(rest)
    return (*parts, *tail)
