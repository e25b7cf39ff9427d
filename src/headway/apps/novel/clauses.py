"""What a clause begins with: a relative, a conjunction, a ``que``, an incise.

Called by ``breaks``, ``subjects`` and the repairs.
"""

import re
from collections.abc import Sequence

from headway.apps.novel import lexicon
from headway.apps.novel.atoms import Atom

INFINITIVE = re.compile(r"(?:er|ir|oir|dre|tre|vre|ire)$")
_AFTER_IF = (
    lexicon.SUBJECTS | lexicon.DETERMINERS | {"nous", "vous", "monsieur", "madame", "quelqu'un", "quelque"}
)
_TELLS = re.compile(r"avert|prév[ei]|inform|assur|persuad|convain")
"""Verbs that have a person for their object, and what they say behind it."""


def verb_soon(made: Sequence[Atom], at: int, within: int = 8) -> bool:
    """Whether a finite verb comes before the next comma, ``within`` so many atoms."""
    for index in range(at, min(len(made), at + within)):
        if made[index].verb:
            return True
        if made[index].pause:
            return False
    return False


def starts_relative(made: Sequence[Atom], at: int) -> bool:
    """Whether a relative clause starts here, its preposition included (``dans lequel``)."""
    here = made[at]
    if here.first in lexicon.RELATIVES:
        return here.first not in ("que", "qu'") or verb_soon(made, at)
    if here.first in lexicon.PREPOSITIONS or here.first in ("de", "d'"):
        following = made[at + 1].first if at + 1 < len(made) and len(here.parts) == 1 else ""
        return following in lexicon.RELATIVES - {"que", "qu'", "dont", "où"}
    return False


def is_completive(made: Sequence[Atom], at: int) -> bool:
    """Whether the ``que`` at ``at`` is what a verb says or wants, not a noun's relative."""
    before = made[at - 1]
    return (
        made[at].first in ("que", "qu'")
        and not before.pause
        and (
            before.verb
            or (INFINITIVE.search(before.last) is not None and not _is_object(made, at))
            or (
                before.last.endswith(("ant", "é", "ment"))
                and (made[at - 2].verb or not before.last.endswith("té"))
            )
            or (_says(made, at) and not _is_object(made, at))
        )
    )


def _is_object(made: Sequence[Atom], at: int) -> bool:
    """Whether a verb's object stands right before ``at``: ``refuser cette visite qu'elle craignait``, not ``dit à son frère
    que``.
    """
    noun = made[at - 1]
    if any(_TELLS.match(atom.last) for atom in made[max(0, at - 5) : at] if atom.parts):
        return False
    if lexicon.COMPLETIVE.match(noun.last) or (len(noun.parts) == 1 and at < 2):
        return False
    article = noun.first if len(noun.parts) > 1 else made[at - 2].last
    if article not in lexicon.DETERMINERS - {"au", "aux"}:
        return False
    ahead = at - 2 if len(noun.parts) > 1 else at - 3
    return ahead < 0 or made[ahead].last not in ("à", "chez")


def _says(made: Sequence[Atom], at: int) -> bool:
    """Whether the clause before ``at`` says, knows, wants or fears something."""
    for atom in reversed(made[max(0, at - 5) : at]):
        if atom.pause:
            return False
        if atom.parts and lexicon.COMPLETIVE.match(atom.last):
            return True
    return False


def subordinator(made: Sequence[Atom], at: int) -> str:
    """The conjunction that starts a clause here ("" for none): ``parce que``, ``quand``."""
    ahead = [part for atom in made[at : at + 4] for part in atom.parts][:4]
    text = " ".join("que" if part == "qu'" else part for part in ahead).replace("' ", "'") + " "
    text = text.replace("lorsqu'", "lorsque ").replace("puisqu'", "puisque ").replace("quoiqu'", "quoique ")
    for conjunction in lexicon.SUBORDINATORS:
        if conjunction == "si" and ahead[1:2] and ahead[1] not in _AFTER_IF:
            continue
        if conjunction == "bien que" and at and not made[at - 1].pause:
            continue  # "je sens bien que"
        if text.startswith(conjunction + " "):
            return conjunction
    return "si" if ahead and ahead[0] == "s'" and ahead[1:2] in (["il"], ["ils"]) else ""


def is_incise(made: Sequence[Atom], at: int) -> bool:
    """Whether a clause such as ``dit-il`` or ``répondit Jeanne`` starts here."""
    here, before = made[at], made[at - 1]
    if not before.trail:
        return False
    if here.inverted and len(here.parts) >= 2 and here.parts[-2] in lexicon.SAYING:
        return True
    reflexive = here.first in ("s'", "se", "m'") and len(here.parts) > 1
    verb = here.parts[1] if reflexive else here.first
    if verb not in lexicon.SAYING or not (before.pause):
        return False
    following = made[at + 1] if at + 1 < len(made) and not here.pause else None
    return here.inverted or (
        following is not None
        and (following.name or following.first in lexicon.DETERMINERS)
        and "»" in before.trail
    )


def is_present_participle(word: str) -> bool:
    """Whether a word has that form, and is not one of the nouns, adjectives and adverbs in ``-ant``."""
    return word.endswith("ant") and len(word) > 4 and word not in lexicon.NO_PRESENT_PARTICIPLES
