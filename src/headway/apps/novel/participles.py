"""Participles and appositions made clauses: ``Jeanne, sortie du couvent,`` is ``Jeanne était sortie du couvent.``

Called by ``repairs``. A present participle becomes the imperfect it shares its stem with; a past participle or an
adjective gets its ``être`` where its ending agrees with the subject.
"""

import re
from collections.abc import Sequence

from headway.apps.novel import lexicon
from headway.apps.novel.atoms import Atom
from headway.apps.novel.clauses import is_present_participle, starts_relative, subordinator
from headway.apps.novel.phrases import Subject, is_time_word
from headway.apps.novel.piece import Repair, Sentence, lead_of, subject_for, swapped
from headway.apps.novel.subjects import subject_end
from headway.apps.novel.verbs import imperfect
from headway.apps.novel.words import listed

_PARTICIPLE = re.compile(r"(?:é|i|u|is|it|ert|int)(?P<e>e?)(?P<s>s?)$")
_NO_APPOSITION = (
    lexicon.PREPOSITIONS
    | lexicon.COORDINATORS
    | (lexicon.CLITICS - {"le", "la", "les", "l'"})
    | lexicon.SUBJECTS
    | lexicon.RELATIVES
    | listed("de d' des du non si tout toute là ici hier demain")
)
_BEHIND_PARTICIPLE = listed(
    """
    de d' par à au aux dans sur en avec du des sous contre pour depuis comme la le l' que chez enfin
    encore toujours déjà alors autant plus jusqu' jusque parmi entre devant derrière vers sans
    """
)


def opening(whole: Sentence) -> list[Repair]:
    """The start of the sentence: a participle that leads to the subject may become a clause of its own."""
    plain = Repair()
    if whole.made[0].first == "en" and participle_at(whole.made, 1) is not None:
        return [plain, Repair(whole.there(0), extra=2, cost=1.0)]
    place = participle_at(whole.made, 0)
    if place is None or not whole.found or not whole.past[0]:
        return [plain]
    subject = next((f.subject for f in whole.found if not f.inner), None)
    word = whole.made[place].last
    verb = imperfect(word, subject.person) if subject else None
    if verb is None or subject is None:
        return [plain]
    swap = swapped(whole.made[place].raw, word, verb)
    return [plain, Repair(lead_of(subject, whole.made[0]), 0, swap, place, subject.words, 0.6)]


def apposed(whole: Sentence, at: int, skip: int) -> list[Repair]:
    """``Jeanne, sortie du couvent,`` before its verb: ``Jeanne était sortie du couvent.``"""
    start = at + skip
    made = whole.made
    noun = next((found for found in whole.found if found.at == start and found.end), None)
    if noun is None:
        return []
    place = noun.end
    while place < min(len(made), noun.end + 4) and not made[place - 1].pause and not made[place].verb:
        place += 1  # adjectives and complements of the noun
    if place >= len(made) or made[place - 1].trail != "," or made[place].verb:
        return []
    subject, head = noun.subject, made[place]
    join = place - 1 - at
    if head.first == "qui" and len(head.parts) == 1 and not head.trail:
        said = next((atom.last for atom in made[place : place + 4] if atom.verb), "")
        if not said or said.endswith(("ent", "ont")) != subject.plural:
            return []
        return [
            Repair(swap="", swap_at=place - at, extra=-1, cost=0.2, verbless=True, clause=True, joins=join)
        ]
    participle = participle_at(made, place)
    if participle is not None and made[participle].last.endswith("ant"):
        verb = imperfect(made[participle].last, subject.person) if whole.past[at] else None
        if verb is None:
            return []
        swap = swapped(made[participle].raw, made[participle].last, verb)
        return [Repair(swap=swap, swap_at=participle - at, cost=0.2, verbless=True, joins=join)]
    if (
        head.first in _NO_APPOSITION
        or (head.first in lexicon.DETERMINERS and head.first not in ("un", "une"))
        or head.last.endswith("ment")
        or (head.first in ("un", "une") and place + 1 < len(made) and is_time_word(made[place + 1].first))
    ):
        return []
    if subordinator(made, place) or starts_relative(made, place):
        return []
    be = (
        ("étaient" if subject.plural else "était")
        if whole.past[at]
        else ("sont" if subject.plural else "est")
    )
    return [Repair(be, place - at, extra=1, cost=0.3, verbless=True, joins=join)]


def absolute(whole: Sentence, at: int, skip: int) -> list[Repair]:
    """A noun with a present participle of its own: ``la clef refusant de tourner`` is ``La clef refusait de tourner.``"""
    made, start = whole.made, at + skip
    end = subject_end(made, start)
    if end is None or not whole.past[at]:
        return []
    plural = made[start].first in lexicon.PLURAL | {"tous", "toutes"}
    for index in range(end, min(len(made), end + 4)):
        atom = made[index]
        if made[index - 1].pause or atom.verb or atom.first in lexicon.PREPOSITIONS | lexicon.COORDINATORS:
            return []
        if not is_present_participle(atom.last):
            continue
        verb = imperfect(atom.last, "3p" if plural else "3s")
        if verb is None or not all(part in lexicon.CLITICS for part in atom.parts[:-1]):
            return []
        if index + 1 < len(made) and starts_relative(made, index + 1):
            return []  # "le corps saignant qui remuait": an adjective
        swap = swapped(atom.raw, atom.last, verb)
        return [Repair(swap=swap, swap_at=index - at, cost=0.3 + 0.4 * skip, verbless=True)]
    return []


def participle_at(made: Sequence[Atom], at: int) -> int | None:
    """The place of the participle that starts a clause at ``at``, clitics before it not counted."""
    for index in range(at, min(len(made), at + 3)):
        atom = made[index]
        word = atom.last
        if word.endswith("ant") and len(word) > 4 and word not in lexicon.NO_PRESENT_PARTICIPLES:
            return index if all(part in lexicon.CLITICS for part in atom.parts[:-1]) else None
        if index == at and _agreement(made, at) is not None:
            return index
        if not all(part in lexicon.CLITICS for part in atom.parts) or atom.pause:
            return None
    return None


def _agreement(made: Sequence[Atom], at: int) -> tuple[str, bool] | None:
    """Gender and number of the past participle or adjective that starts an apposition at ``at``."""
    atom = made[at]
    if len(atom.parts) != 1 or atom.name or atom.verb:
        return None
    word = atom.first
    following = made[at + 1].first if at + 1 < len(made) else ""
    if not (atom.pause or following in _BEHIND_PARTICIPLE or following.endswith("ment")):
        return None
    if word in lexicon.APPOSED_ADJECTIVES:
        plural = word.endswith("s")
        if word.rstrip("s") in lexicon.EPICENE:
            return "", plural
        return "f" if word.rstrip("s").endswith("e") else "m", plural
    found = _PARTICIPLE.search(word)
    if not found or word in lexicon.NO_PARTICIPLES or len(word) < 4:
        return None
    return ("f" if found["e"] else "m", bool(found["s"]))


def participial(whole: Sentence, at: int, skip: int, place: int) -> list[Repair]:
    bare = Repair(cost=3.0, fragment=True)
    subject = subject_for(whole, at, after_comma=True)
    atom = whole.made[place]
    if subject is None or (subject.person != "1s" and not subject.person.startswith("3")):
        return [bare]
    if atom.last.endswith("ant"):
        verb = imperfect(atom.last, subject.person) if whole.past[at] else None
        if verb is None:
            return [bare]
        swap = swapped(atom.raw, atom.last, verb)
        first = whole.made[at + skip]
        return [Repair(lead_of(subject, first), skip, swap, place - at, subject.words, 0.6), bare]
    agreement = _agreement(whole.made, place)
    assert agreement is not None
    gender, plural = agreement
    if (
        (gender == "f" and subject.text == "on")
        or plural != subject.plural
        or (subject.gender and gender and subject.gender != gender and subject.person != "1s")
    ):
        return [bare]
    if gender and not plural and not subject.gender and subject.person == "3s" and subject.text != "on":
        subject = Subject(
            "elle" if gender == "f" else "il", "3s", gender
        )  # the participle shows what a name hides
    if subject.person == "1s":
        lead = "j'étais" if whole.past[at] else "je suis"
    else:
        be = ("étaient" if plural else "était") if whole.past[at] else ("sont" if plural else "est")
        lead = f"{subject.text} {be}"
    return [Repair(lead, skip, extra=subject.words + 1, cost=0.4), bare]
