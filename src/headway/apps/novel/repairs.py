"""How a piece of a sentence is made to stand alone: with its subject said again, or led in by "c'était".

Called by ``shortening`` for each place where a piece could start. A repair adds words and keeps those of the
source; only ``qui`` may give its place to the pronoun it stands for, and a present participle to the
imperfect, where nothing else fits the limit. Where the source does not show what to add, nothing is added
and the piece is called a fragment.
"""

from collections.abc import Sequence

from headway.apps.novel import lexicon
from headway.apps.novel.clauses import (
    Atom,
    is_completive,
    is_incise,
    starts_relative,
    subordinator,
    verb_soon,
)
from headway.apps.novel.participles import apposed, opening, participial, participle_at
from headway.apps.novel.piece import Repair, Sentence, lead_of, subject_for, swapped
from headway.apps.novel.subjects import Subject, antecedent


def repairs(whole: Sentence, at: int) -> list[Repair]:
    """The ways in which a piece may start at atom ``at``, the best first; never empty."""
    made = whole.made
    if at == 0:
        return [*opening(whole), *apposed(whole, 0, 0)]
    if is_incise(made, at):
        return [Repair(cost=1.0)]
    if is_completive(made, at):
        return [Repair("c'est", extra=2, cost=1.0, clause=True), Repair(cost=4.0, fragment=True)]
    if starts_relative(made, at):
        return _relative(whole, at)
    conjunction = subordinator(made, at)
    if conjunction:
        return _subordinate(whole, at, conjunction)
    skip = 1 if made[at].first in lexicon.COORDINATORS and len(made[at].parts) == 1 else 0
    if made[at].first in ("que", "qu'"):
        return [Repair(lead="c'est", extra=2, cost=1.5), Repair(cost=4.0, fragment=True)]
    start = at + skip
    if start >= len(made):
        return [Repair(cost=4.0, fragment=True)]
    if skip and starts_relative(made, start):
        return _second_relative(whole, at)
    if _is_bare_verb(made, start):
        return _with_subject(whole, at, skip)
    if participle := participle_at(made, start):
        return participial(whole, at, skip, participle)
    torn = not made[at - 1].pause and not skip
    plain = Repair(cost=0.0 if verb_soon(made, start) else 3.0 if torn else 0.4)
    return [plain, *_nominal(whole, at, skip), *apposed(whole, at, skip)]


def _is_bare_verb(made: Sequence[Atom], at: int) -> bool:
    """Whether a finite verb starts here, clitics before it not counted, without a subject of its own."""
    for index in range(at, min(len(made), at + 4)):
        atom = made[index]
        if atom.inverted or (atom.parts and atom.first in lexicon.SUBJECTS):
            return False
        if atom.verb:
            if made[at].first in ("nous", "vous") and atom.last.endswith(("ons", "ez", "mes", "tes")):
                return False  # "nous allons": the pronoun is the subject
            return all(part in lexicon.CLITICS for part in atom.parts[:-1])
        if not all(part in lexicon.CLITICS for part in atom.parts) or atom.pause:
            return False
    return False


def _with_subject(whole: Sentence, at: int, skip: int) -> list[Repair]:
    verb = next(atom.last for atom in whole.made[at + skip :] if atom.verb)
    plural = verb.endswith(("ent", "ont"))
    subject = subject_for(whole, at, after_comma=whole.made[at - 1].pause, plural=plural)
    if subject is not None and not _agrees(subject, verb):
        subject = None
    if subject is None:
        return [Repair(cost=3.0, fragment=True)]
    return [
        Repair(lead_of(subject, whole.made[at + skip]), skip, extra=subject.words, cost=0.2),
        Repair(cost=3.5, fragment=True),
    ]


def _agrees(subject: Subject, verb: str) -> bool:
    """Whether the verb's ending fits the person."""
    if verb.endswith(("ons", "ez")):
        return False
    first = verb.endswith(("ais", "ai", "is", "us", "as")) or verb in ("suis", "eus", "fus")
    return first == (subject.person in ("1s", "2s")) or (subject.person == "1s" and verb.endswith("e"))


def _relative(whole: Sentence, at: int) -> list[Repair]:
    """``C'était la rue où …``, shorter ``c'était là où …``; for ``qui`` also ``Elle …`` where that alone
    fits.
    """
    found: list[Repair] = []
    here = whole.made[at]
    phrase = antecedent(whole.made, at)
    if phrase is not None and here.first == "qui" and _disagrees(whole.made, at, phrase):
        phrase = None
    for choice in (phrase and (phrase, *phrase.heads)) or ():
        there = whole.there(at, plural=choice.plural)
        cost = 0.3 if choice is phrase else 1.0
        found.append(Repair(f"{there} {choice.text}", extra=2 + choice.words, cost=cost, clause=True))
    if here.first in ("que", "qu'", "dont"):
        found.append(Repair(f"{whole.there(at)} ce", extra=3, cost=1.4, clause=True))
    elif here.first == "où":
        found.append(Repair(f"{whole.there(at)} là", extra=3, cost=1.4, clause=True))
    elif phrase is not None and here.first == "qui" and len(here.parts) == 1:
        if phrase.gender and not phrase.plural:
            swap = swapped(here.raw, "qui", "elle" if phrase.gender == "f" else "il")
            found.append(Repair(swap=swap, cost=1.8, clause=True))
        elif phrase.words <= 3:
            swap = swapped(here.raw, "qui", phrase.text)
            found.append(Repair(swap=swap, extra=phrase.words - 1, cost=1.8, clause=True))
    return [*found, Repair(cost=6.0, fragment=True)]


def _disagrees(made: Sequence[Atom], at: int, phrase: Subject) -> bool:
    """Whether a participle behind ``qui`` shows that another noun is meant: ``la lettre du roi, qui fut
    brûlée``.
    """
    for index in range(at + 1, min(len(made), at + 5)):
        word = made[index].last
        if word.endswith(("ée", "ées")) and phrase.gender == "m":
            return True
        if word.endswith(("ées", "és")) and not phrase.plural:
            return True
        if made[index].pause:
            break
    return False


def _second_relative(whole: Sentence, at: int) -> list[Repair]:
    """``et qui …`` behind an earlier relative clause: the same antecedent by its pronoun."""
    made, bare = whole.made, Repair(cost=5.0, fragment=True)
    here = made[at + 1]
    if here.first in ("que", "qu'", "dont"):
        return [Repair(f"{whole.there(at)} ce", 1, extra=3, cost=1.4, clause=True), bare]
    if here.first != "qui" or len(here.parts) > 1:
        return [bare]
    earlier = [found.subject for found in whole.found if found.at < at and made[found.at].first == "qui"]
    if not earlier:
        return [bare]
    swap = swapped(here.raw, "qui", earlier[-1].text)
    return [Repair(swap=swap, swap_at=1, extra=earlier[-1].words - 1, cost=0.8, clause=True), bare]


def _subordinate(whole: Sentence, at: int, conjunction: str) -> list[Repair]:
    bare = Repair(cost=4.0, fragment=True)
    if conjunction == "comme" and not verb_soon(whole.made, at):
        return [Repair(cost=3.0, fragment=True), *_nominal(whole, at, 0)]
    if conjunction.partition(" ")[0] not in lexicon.INTRODUCED or conjunction in (
        "de sorte que", "de manière que", "de façon que", "ainsi que", "de peur que", "de crainte que",
    ):  # fmt: skip
        return [Repair(cost=1.5)] if "sorte" in conjunction or "alors" in conjunction else [bare]
    return [Repair(whole.there(at), extra=2, cost=0.4, clause=True), bare]


def _nominal(whole: Sentence, at: int, skip: int) -> list[Repair]:
    """Leads for a piece without a verb: a place, a time, a manner, or one more name for what was named."""
    here = whole.made[at + skip]
    if skip or here.name or whole.denied[at - 1]:
        return []
    if here.first in lexicon.PREPOSITIONS and here.first != "malgré":
        return [Repair(whole.there(at), extra=2, cost=1.0, verbless=True)]
    if here.first in ("un", "une"):
        return [Repair(whole.there(at), extra=2, cost=0.8, verbless=True)]
    return []
