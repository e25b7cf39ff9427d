"""Whether the hyphen at the end of a line belongs to the word or to the line.

Called by ``paragraphs`` where two lines meet. The book itself is asked first: it writes ``retardement`` or
``lieutenant-colonel`` somewhere in the middle of a line. Then French spelling: pronouns behind a verb,
compounds, numbers and names keep their hyphen; all else is one word.
"""

import re
from collections import Counter
from collections.abc import Iterable

from headway.apps.novel.words import listed

_TOKEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_HEAD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*$")
_TAIL = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")

_ENCLITICS = listed(
    "je tu il elle on nous vous ils elles ce moi toi lui leur leurs le la les y en ci là t même mêmes"
)
"""What stands behind a hyphen as a word of its own: ``dit-il``, ``celui-ci``, ``eux-mêmes``."""

_SURE_ENCLITICS = listed("moi toi lui leur nous vous elles ils même mêmes")
"""Those of them that end no word of their own sound."""
_LINKS = listed("de du des à en et sur la le les")
_VOWELS = frozenset("aàâäæeéèêëiîïoôöœuùûüy")
_PREFIXES = listed("in dés mal trans inter sub ex bis per més sur super hyper")
"""Some setters break behind these: ``in-égal``."""

_FIRSTS = listed("""
    abat aide après arc arrière au avant basse beau belle ci chef contre cou demi demie deux dix dix-sept
    entre ex franc garde grand grande haut haute jusque là lieutenant maître messeigneurs mi moyen nouveau
    nouvelle par petit petite petits petites peut porte pot presque quasi quatre quelques saint sainte
    saints sans sauf semi sous sur tête tire tout toute trente trois vice vingt vis soixante quarante
    cinquante cent avant-hier c'est grand-peine non porte-à long plate pied pieds
    """)
"""What a compound often starts with; it counts only where the second half is a word of the book too."""

_SURE_PAIRS = listed("""
    peut-être c'est-à-dire est-à-dire au-dessus au-dessous au-delà au-devant au-dedans au-dehors là-bas
    là-haut là-dessus là-dessous là-dedans ci-dessus ci-dessous ci-devant ci-joint par-dessus par-dessous
    par-delà vis-à-vis tout-à-coup sur-le-champ avant-hier après-midi après-demain grand-père grand-mère
    beau-frère beau-père belle-mère belle-sœur belle-fille beau-fils petit-fils petite-fille arc-en-ciel
    chef-d'œuvre quelques-uns quelques-unes est-ce rendez-vous tête-à-tête pêle-mêle non-seulement
    sous-lieutenant demi-heure
    """)
_NUMBERS = listed("""
    deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt vingts trente
    quarante cinquante soixante quatre-vingt cent
    """)


class Vocabulary:
    """How often the book writes each word and compound inside its lines."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._counts: Counter[str] = Counter()
        broken = False
        for line in lines:
            tokens = _TOKEN.findall(line.casefold())
            first = 1 if broken else 0  # the second half of a broken word is no word
            broken = line[-1:] in "-\u00ad¬‐" if line else False
            last = len(tokens) - 1 if broken else len(tokens)
            self._counts.update(tokens[first:last])

    def __getitem__(self, word: str) -> int:
        return self._counts[word.casefold()]

    def keeps_hyphen(self, before: str, after: str) -> bool:
        """Whether the hyphen between these two pieces of text stays, as in ``dit-`` / ``il``."""
        left, right = _HEAD.search(before), _TAIL.match(after)
        if not left or not right:
            return True
        head, tail = left.group(), right.group()
        low_head, low_tail = head.casefold(), tail.casefold()
        joined, compound = self[low_head + low_tail], self[f"{low_head}-{low_tail}"]
        if joined != compound:
            return compound > joined
        if tail[0].isupper():
            return not head.isupper()
        last = low_head.rpartition("-")[2]
        first, inner, _ = low_tail.partition("-")
        if f"{low_head}-{low_tail}" in _SURE_PAIRS or f"{last}-{first}" in _SURE_PAIRS:
            return True
        if last in _NUMBERS and first in _NUMBERS:
            return True
        if first in _SURE_ENCLITICS or last == "t" or (first == "t" and inner):
            return True
        if (first in _LINKS and inner) or (last in _LINKS and "-" in low_head):
            return True  # vert-de-gris, broken on either side of its "de"
        if last[-1] not in _VOWELS and first[0] in _VOWELS:
            return last not in _PREFIXES  # French breaks its words before a consonant: plairait-il
        if first in _ENCLITICS and self[low_head]:
            return True
        if last in _FIRSTS:
            return self[first] > 0
        return min(len(last), len(first)) >= 5 and min(self[last], self[first]) >= 2
