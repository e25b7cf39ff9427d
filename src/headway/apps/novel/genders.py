"""Which gender a French noun has, told by its ending where that is as good as certain.

Called by ``subjects``, where no article shows it (``l'``, ``les``, ``ses``). Endings and their exceptions: Grevisse, *Le bon
usage*, on the gender of nouns; what is not sure is "".
"""

import re
from functools import lru_cache

from headway.apps.novel.words import listed

_FEMININE = re.compile(
    r"(?:[tsx]ion|aison|té|[ae]nce|esse|ette|[tr]ude|ture|ade|[^io]ie|ée|[ei]lle|[iu]sse|ise|euse|trice)$"
)
_MASCULINE = re.compile(
    r"(?:ment|age|eau|isme|oir|ier|[^u]et|[^a]in|[^d]ent|[^i]al|[ae]il|ard|teur|is|eux|ot)$"
)
_NOT_FEMININE = listed(
    """
    côté été comité traité pâté comté arrêté député invité raté révolté silence squelette prélude interlude grade camarade
    malade stade nomade génie incendie musée lycée trophée mausolée athée apogée scarabée mille rebelle vaudeville
    bastion million billion pion lion camion champion espion
    """
)
_NOT_MASCULINE = listed(
    """
    jument image page plage cage rage nage eau peau main fin souris brebis vis fois forêt gent dot putain catin
    """
)


@lru_cache(maxsize=16_384)
def gender_of(noun: str) -> str:
    """``m``, ``f`` or "" of a noun in lower case, singular or plural."""
    word = noun[:-1] if noun.endswith(("s", "x")) and not noun.endswith(("is", "eux", "ss")) else noun
    if _FEMININE.search(word):
        return "" if word in _NOT_FEMININE else "f"
    if _MASCULINE.search(word):
        return "" if word in _NOT_MASCULINE else "m"
    return ""
