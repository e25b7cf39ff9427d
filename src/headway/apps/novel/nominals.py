"""Pieces without a verb of their own made sentences: ``dans la neige`` is ``C'était dans la neige.``

Called by ``repairs``. An object that goes on a list has subject and verb said again (``Il acheta du pain.``); a place, a time, a
manner, or one more name for what was named is led in by "c'était". What was denied is not continued by either.
"""

import re
from collections.abc import Sequence

from headway.apps.novel import lexicon
from headway.apps.novel.atoms import Atom
from headway.apps.novel.clauses import starts_relative, subordinator
from headway.apps.novel.piece import Repair, Sentence, subject_for
from headway.apps.novel.words import count_words, listed

_KIN = {
    **dict.fromkeys(listed("fils frère père mari neveu cousin gendre chef roi duc comte"), "le"),
    **dict.fromkeys(listed("fille soeur sœur mère femme nièce tante cousine veuve reine"), "la"),
}
_OFFICES = {
    **dict.fromkeys(
        listed(
            """
            chanoine capitaine prince évêque archevêque maréchal marquis ambassadeur secrétaire lieutenant gouverneur président
            conseiller médecin docteur notaire curé vicaire homme officier gentilhomme ami cavalier vieillard garçon enfant
            """
        ),
        "un",
    ),
    **dict.fromkeys(listed("princesse marquise amie dame duchesse comtesse paysanne"), "une"),
    **dict.fromkeys(listed("premier dernier"), "le"),
    **dict.fromkeys(listed("première dernière"), "la"),
}
_APPOSED = _KIN | _OFFICES
"""Nouns that name once more without an article, and the article they get behind "c'était"."""
_TWO_WORD_ADVERBS = frozenset([
    "en effet", "en vain", "en outre", "en somme", "en général", "en tout", "en rien", "en sorte",
    "sans doute", "sans cesse", "par exemple", "par hasard", "par conséquent", "au reste", "au moins",
    "au contraire", "au surplus", "au fond", "à peine", "à peu", "à jamais", "à présent", "à propos",
    "après tout", "après quoi", "avant tout", "comme ça", "comme toujours", "pour lors", "pour ainsi",
    "tout à", "un peu", "une fois", "de plus",
])  # fmt: skip
_BODY = listed("""
    bras yeux mains main cheveux lèvres lèvre bouche tête front visage figure doigts doigt jambes pieds cœur coeur poings poitrine
    joues dents oreilles regard voix épaules genoux dos ventre corps nez âme esprit sourcils paupières cou taille gorge chair
    """)
_NAMED = (lexicon.DETERMINERS | listed("tous toutes celui celle ceux celles")) - listed("au aux du tout")
_PARTITIVE = listed("du des")
_INDEFINITE = listed("un une des du deux trois quatre cinq six sept huit dix quelques plusieurs")
_BE = listed("est sont était étais étaient fut furent sera seront serait seraient suis")
_HAVE = listed("a ai as ont avait avais avaient eut eurent aura auront aurait auraient")
_PARTICIPLE = re.compile(r"(?:é|i|u|is|it|ert|int)e?s?$")


def nominal(whole: Sentence, at: int, skip: int) -> list[Repair]:
    """Leads for a piece without a verb, the best first."""
    made, start = whole.made, at + skip
    here = made[start]
    if whole.denied[at - 1] or is_adverb(made, start) or "«" in here.lead:
        return []
    found: list[Repair] = []
    later = 0.4 * skip
    if made[at].first in ("mais", "car", "donc", "or"):
        later += 1.0
    if here.first in lexicon.DETERMINERS | _PARTITIVE and (lead := _object_again(whole, at, here)):
        found.append(Repair(lead, skip, extra=count_words(lead), cost=0.7 + later, verbless=True))
    if here.first in lexicon.PREPOSITIONS and here.first != "malgré":
        found.append(Repair(whole.there(at), skip, extra=2, cost=1.0 + later, verbless=True))
    elif here.first in ("d'", "de") and here.parts[1:2] and here.parts[1] in ("un", "une"):
        found.append(Repair(whole.there(at), skip, extra=2, cost=1.2 + later, verbless=True))
    elif here.first in _NAMED:
        plural = here.first in lexicon.PLURAL | {"tous", "toutes", "ceux", "celles"}
        cost = 0.8 if here.first in ("un", "une") else 1.3
        found.append(Repair(whole.there(at, plural=plural), skip, extra=2, cost=cost + later, verbless=True))
        if lead := _bodily(whole, at, start):
            found.append(Repair(lead, skip, extra=count_words(lead), cost=0.4 + later, verbless=True))
    elif article := _APPOSED.get(here.first):
        found.append(Repair(f"{whole.there(at)} {article}", skip, extra=3, cost=1.0 + later, verbless=True))
    return found


def opening(whole: Sentence) -> list[Repair]:
    """What stands before the sentence's comma without a verb: ``C'était un matin.``"""
    here = whole.made[0]
    if is_adverb(whole.made, 0):
        return []
    if here.first in lexicon.PREPOSITIONS - {"malgré"} or here.first in _NAMED:
        plural = here.first in lexicon.PLURAL | {"tous", "toutes", "ceux", "celles"}
        return [Repair(whole.there(0, plural=plural), extra=2, cost=1.5, verbless=True)]
    return []


def is_adverb(made: Sequence[Atom], at: int) -> bool:
    """Whether the two words there are one adverb: ``en effet``."""
    return " ".join([part for atom in made[at : at + 2] for part in atom.parts][:2]) in _TWO_WORD_ADVERBS


def _bodily(whole: Sentence, at: int, start: int) -> str:
    """``les bras croisés``: whose they are, with ``avait``."""
    made = whole.made
    noun = (
        made[start].last
        if len(made[start].parts) > 1
        else made[start + 1].first
        if start + 1 < len(made)
        else ""
    )
    if noun not in _BODY or made[start].first not in ("le", "la", "les", "l'") or not made[at - 1].pause:
        return ""
    subject = subject_for(whole, at, after_comma=True)
    if subject is None or not subject.person.startswith("3"):
        return ""
    have = (
        ("avaient" if subject.plural else "avait") if whole.past[at] else ("ont" if subject.plural else "a")
    )
    return f"{subject.again} {have}"


def _object_again(whole: Sentence, at: int, here: Atom) -> str:
    """Subject and verb of the clause before ``at`` where what comes is one more of the verb's objects, else ""."""
    made = whole.made
    verb = next((index for index in range(at - 1, -1, -1) if made[index].verb), None)
    if verb is None or made[verb].inverted:
        return ""
    end = verb + 1
    if made[verb].last in _BE:
        return ""
    if made[verb].last in _HAVE and end < at and _PARTICIPLE.search(made[end].last):
        end += 1
    if end >= at or made[end - 1].pause or not _lists_objects(made, end, at):
        return ""
    if (made[end].first in _INDEFINITE) != (here.first in _INDEFINITE):
        return ""  # "inondait son cœur, une joie perfide": one more name for the subject
    subject = next((one for one in reversed(whole.found) if one.at <= verb and not one.inner), None)
    if subject is None or _torn_off(made, subject.at, verb):
        return ""
    group = verb
    while group > subject.at and all(part in lexicon.CLITICS for part in made[group - 1].parts):
        group -= 1
    if any(part in ("ne", "n'") for atom in made[group:end] for part in atom.parts):
        return ""
    said = " ".join(atom.raw for atom in made[group:end])
    if made[verb].parts[0] in lexicon.SUBJECTS:
        return said[:1].lower() + said[1:]  # "j'achetai": the subject is there
    return f"{subject.subject.again} {said}" if made[group].parts[0] not in lexicon.SUBJECTS else said


def _lists_objects(made: Sequence[Atom], start: int, at: int) -> bool:
    """Whether between the verb and ``at`` there are nothing but objects without a preposition."""
    first = made[start]
    if not (first.first in lexicon.DETERMINERS - {"au", "aux"} or first.first in ("d'", "de")):
        return False
    for index in range(start, at):
        atom = made[index]
        if atom.first in (lexicon.PREPOSITIONS | {"au", "aux"}) or starts_relative(made, index):
            return False
        if subordinator(made, index) or any(char in ";:»" for char in atom.trail):
            return False
    return True


def _torn_off(made: Sequence[Atom], subject: int, verb: int) -> bool:
    """Whether another verb or a stop stands between a subject and the verb."""
    return any(atom.verb or any(char in ";:" for char in atom.trail) for atom in made[subject:verb])
