"""How a piece of a sentence is made to stand alone: with its subject said again, or led in by "c'était".

Called by ``shortening`` for each place where a piece could start. A repair adds words and keeps those of the
source; only ``qui`` may give its place to the pronoun it stands for, and a present participle to the
imperfect, where nothing else fits the limit. Where the source does not show what to add, nothing is added
and the piece is called a fragment.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from headway.apps.novel import lexicon
from headway.apps.novel.clauses import (
    Atom,
    is_completive,
    is_incise,
    starts_relative,
    subordinator,
    verb_soon,
)
from headway.apps.novel.subjects import Found, Subject, antecedent
from headway.apps.novel.verbs import imperfect, is_past
from headway.apps.novel.words import listed

_VOWEL = re.compile(r"[aeiouyàâéèêëîïôûùœæh]", re.IGNORECASE)
_PARTICIPLE = re.compile(r"(?:é|i|u|is|it|ert|int)(?P<e>e?)(?P<s>s?)$")
_PRESENT = listed("est sont a ont suis ai peut fait va faut veut dois doit sais sait viens vient veux")
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
    encore toujours déjà alors autant plus comme
    """
)


@dataclass(frozen=True, slots=True)
class Repair:
    """One way to start a piece at a place.

    ``lead`` goes in before atom ``at + skip``; ``swap`` takes the place of the text of the atom at
    ``at + swap_at``; ``extra`` words are added in all. ``fragment``: the piece has no verb of its own even
    so. ``verbless``: only for pieces in which no verb stands; ``clause``: it leads a clause in, which must
    have its verb. ``joins``: the comma behind that atom of the piece goes.
    """

    lead: str = ""
    skip: int = 0
    swap: str | None = None
    swap_at: int = 0
    extra: int = 0
    cost: float = 0.0
    fragment: bool = False
    verbless: bool = False
    clause: bool = False
    joins: int | None = None

    @property
    def reach(self) -> int:
        """How many atoms a piece must have for this."""
        return 1 + max(self.skip, self.swap_at, self.joins or 0)


@dataclass(frozen=True, slots=True)
class Sentence:
    """What the repairs must know of the whole sentence."""

    made: Sequence[Atom]
    found: Sequence[Found]
    past: bool
    denied: Sequence[bool]
    """For each atom whether a negation stands in its clause or before it in the sentence."""

    @property
    def there(self) -> str:
        return "c'était" if self.past else "c'est"

    @property
    def there_are(self) -> str:
        return "c'étaient" if self.past else "ce sont"


def context(made: Sequence[Atom], found: Sequence[Found], *, dialogue: bool) -> Sentence:
    """The sentence with its tense and its negations; without a verb, narrative is past, talk is not."""
    verbs = [part for atom in made if atom.verb for part in atom.parts]
    past = sum(is_past(verb) for verb in verbs)
    present = sum(verb in _PRESENT for verb in verbs)
    denied: list[bool] = []
    state = negated = False
    for atom in made:
        negated = negated or bool({"ne", "n'"} & set(atom.parts))
        if atom.verb:
            state, negated = negated, False
        denied.append(state or negated or "sans" in atom.parts)
        if any(char in ";:.!?" for char in atom.trail):
            state = negated = False
    return Sentence(made, found, past > present or (past == present and not dialogue), denied)


def repairs(whole: Sentence, at: int) -> list[Repair]:
    """The ways in which a piece may start at atom ``at``, the best first; never empty."""
    made = whole.made
    if at == 0:
        return [*_opening(whole), *_apposed(whole, 0, 0)]
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
    if participle := _participle(made, start):
        return _participial(whole, at, skip, participle)
    torn = not made[at - 1].pause and not skip
    plain = Repair(cost=0.0 if verb_soon(made, start) else 3.0 if torn else 0.4)
    return [plain, *_nominal(whole, at, skip), *_apposed(whole, at, skip)]


def _opening(whole: Sentence) -> list[Repair]:
    """The start of the sentence: a participle that leads to the subject may become a clause of its own."""
    plain = Repair()
    place = _participle(whole.made, 0)
    if place is None or not whole.found or not whole.past:
        return [plain]
    subject = next((f.subject for f in whole.found if not f.inner), None)
    word = whole.made[place].last
    verb = imperfect(word, subject.person) if subject else None
    if verb is None or subject is None:
        return [plain]
    swap = _swapped(whole.made[place].raw, word, verb)
    return [plain, Repair(_lead(subject, whole.made[0]), 0, swap, place, subject.words, 0.6)]


def _apposed(whole: Sentence, at: int, skip: int) -> list[Repair]:
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
    participle = _participle(made, place)
    if participle is not None and made[participle].last.endswith("ant"):
        verb = imperfect(made[participle].last, subject.person) if whole.past else None
        if verb is None:
            return []
        swap = _swapped(made[participle].raw, made[participle].last, verb)
        return [Repair(swap=swap, swap_at=participle - at, cost=0.2, verbless=True, joins=join)]
    if (
        head.first in _NO_APPOSITION
        or (head.first in lexicon.DETERMINERS and head.first not in ("un", "une"))
        or head.last.endswith("ment")
    ):
        return []
    if subordinator(made, place) or starts_relative(made, place):
        return []
    be = ("étaient" if subject.plural else "était") if whole.past else ("sont" if subject.plural else "est")
    return [Repair(be, place - at, extra=1, cost=0.3, verbless=True, joins=join)]


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


def _subject_for(
    whole: Sentence, at: int, *, after_comma: bool, plural: bool | None = None
) -> Subject | None:
    """Whom a verb without a subject at ``at`` belongs to; ``plural``: the number that the verb shows."""
    before = [
        found for found in whole.found if found.at < at and (plural is None or found.subject.plural == plural)
    ]
    if not before:
        return None
    if after_comma:
        main = [found for found in before if not found.inner]
        return (main or before)[-1].subject
    return before[-1].subject


def _with_subject(whole: Sentence, at: int, skip: int) -> list[Repair]:
    verb = next(atom.last for atom in whole.made[at + skip :] if atom.verb)
    plural = verb.endswith(("ent", "ont"))
    subject = _subject_for(whole, at, after_comma=whole.made[at - 1].pause, plural=plural)
    if subject is not None and not _agrees(subject, verb):
        subject = None
    if subject is None:
        return [Repair(cost=3.0, fragment=True)]
    return [
        Repair(_lead(subject, whole.made[at + skip]), skip, extra=subject.words, cost=0.2),
        Repair(cost=3.5, fragment=True),
    ]


def _agrees(subject: Subject, verb: str) -> bool:
    """Whether the verb's ending fits the person."""
    if verb.endswith(("ons", "ez")):
        return False
    first = verb.endswith(("ais", "ai", "is", "us", "as")) or verb in ("suis", "eus", "fus")
    return first == (subject.person in ("1s", "2s")) or (subject.person == "1s" and verb.endswith("e"))


def _lead(subject: Subject, following: Atom) -> str:
    if subject.text == "je" and _VOWEL.match(following.first[:1]):
        return "j'"
    return subject.text


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
        there = whole.there_are if choice.plural else whole.there
        cost = 0.3 if choice is phrase else 1.0
        found.append(Repair(f"{there} {choice.text}", extra=2 + choice.words, cost=cost, clause=True))
    if here.first in ("que", "qu'", "dont"):
        found.append(Repair(f"{whole.there} ce", extra=3, cost=1.4, clause=True))
    elif here.first == "où":
        found.append(Repair(f"{whole.there} là", extra=3, cost=1.4, clause=True))
    elif phrase is not None and here.first == "qui" and len(here.parts) == 1:
        if phrase.gender and not phrase.plural:
            swap = _swapped(here.raw, "qui", "elle" if phrase.gender == "f" else "il")
            found.append(Repair(swap=swap, cost=1.8, clause=True))
        elif phrase.words <= 3:
            swap = _swapped(here.raw, "qui", phrase.text)
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
        return [Repair(f"{whole.there} ce", 1, extra=3, cost=1.4, clause=True), bare]
    if here.first != "qui" or len(here.parts) > 1:
        return [bare]
    earlier = [found.subject for found in whole.found if found.at < at and made[found.at].first == "qui"]
    if not earlier:
        return [bare]
    swap = _swapped(here.raw, "qui", earlier[-1].text)
    return [Repair(swap=swap, swap_at=1, extra=earlier[-1].words - 1, cost=0.8, clause=True), bare]


def _subordinate(whole: Sentence, at: int, conjunction: str) -> list[Repair]:
    bare = Repair(cost=4.0, fragment=True)
    if conjunction == "comme" and not verb_soon(whole.made, at):
        return [Repair(cost=3.0, fragment=True), *_nominal(whole, at, 0)]
    if conjunction.partition(" ")[0] not in lexicon.INTRODUCED or conjunction in (
        "de sorte que", "de manière que", "de façon que", "ainsi que", "de peur que", "de crainte que",
    ):  # fmt: skip
        return [Repair(cost=1.5)] if "sorte" in conjunction or "alors" in conjunction else [bare]
    return [Repair(whole.there, extra=2, cost=0.4, clause=True), bare]


def _participle(made: Sequence[Atom], at: int) -> int | None:
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


def _participial(whole: Sentence, at: int, skip: int, place: int) -> list[Repair]:
    bare = Repair(cost=3.0, fragment=True)
    subject = _subject_for(whole, at, after_comma=True)
    atom = whole.made[place]
    if subject is None or (subject.person != "1s" and not subject.person.startswith("3")):
        return [bare]
    if atom.last.endswith("ant"):
        verb = imperfect(atom.last, subject.person) if whole.past else None
        if verb is None:
            return [bare]
        swap = _swapped(atom.raw, atom.last, verb)
        first = whole.made[at + skip]
        return [Repair(_lead(subject, first), skip, swap, place - at, subject.words, 0.6), bare]
    agreement = _agreement(whole.made, place)
    assert agreement is not None
    gender, plural = agreement
    if plural != subject.plural or (
        subject.gender and gender and subject.gender != gender and subject.person != "1s"
    ):
        return [bare]
    if gender and not plural and not subject.gender and subject.person == "3s" and subject.text != "on":
        subject = Subject(
            "elle" if gender == "f" else "il", "3s", gender
        )  # the participle shows what a name hides
    if subject.person == "1s":
        lead = "j'étais" if whole.past else "je suis"
    else:
        be = ("étaient" if plural else "était") if whole.past else ("sont" if plural else "est")
        lead = f"{subject.text} {be}"
    return [Repair(lead, skip, extra=subject.words + 1, cost=0.4), bare]


def _nominal(whole: Sentence, at: int, skip: int) -> list[Repair]:
    """Leads for a piece without a verb: a place, a time, a manner, or one more name for what was named."""
    here = whole.made[at + skip]
    if skip or here.name or whole.denied[at - 1]:
        return []
    if here.first in lexicon.PREPOSITIONS and here.first != "malgré":
        return [Repair(whole.there, extra=2, cost=1.0, verbless=True)]
    if here.first in ("un", "une"):
        return [Repair(whole.there, extra=2, cost=0.8, verbless=True)]
    return []


def _swapped(raw: str, word: str, by: str) -> str:
    """The atom with its last ``word`` replaced, its signs and its clitics kept."""
    place = raw.casefold().rfind(word)
    return raw if place < 0 else raw[:place] + by + raw[place + len(word) :]
