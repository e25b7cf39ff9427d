"""Relative clauses that stand alone: ``la lettre qu'il avait écrite`` goes on as ``Il l'avait écrite.``

Called by ``repairs``. What a relative pronoun stands for is said again: as the subject (``qui``), as the pronoun before the
verb (``que``, ``dont``), as ``là`` or ``alors`` (``où``), as ``celui-ci`` (``lequel``), or the whole is led in by "c'était".
It is done only where the source shows gender and number, or needs none.
"""

from collections.abc import Sequence

from headway.apps.novel import lexicon
from headway.apps.novel.atoms import Atom
from headway.apps.novel.clauses import is_completive, starts_relative, subordinator
from headway.apps.novel.objects import as_object
from headway.apps.novel.phrases import Subject, antecedent, is_time, nearest, pronoun_for
from headway.apps.novel.piece import Repair, Sentence, subject_for, swapped
from headway.apps.novel.words import count_words, listed, words

_BARE = Repair(cost=6.0, fragment=True)
_LEQUEL = {
    "lequel": "celui-ci", "laquelle": "celle-ci", "lesquels": "ceux-ci", "lesquelles": "celles-ci",
    "auquel": "à celui-ci", "auxquels": "à ceux-ci", "auxquelles": "à celles-ci",
    "duquel": "de celui-ci", "desquels": "de ceux-ci", "desquelles": "de celles-ci",
}  # fmt: skip
_STRESSED = {"il": "lui", "elle": "elle", "ils": "eux", "elles": "elles"}
_ENDS_A_CLAUSE = lexicon.COORDINATORS | lexicon.SUBJECTS | {"que", "qu'"}
_LIGHT = lexicon.CLITICS - {"le", "la", "les", "l'"}
_QUANTITIES = listed("peu sorte espèce genre nombre moitié reste quantité foule tas partie plupart")


def relative(whole: Sentence, at: int) -> list[Repair]:
    """The ways in which a piece may start with the relative clause at ``at``."""
    made = whole.made
    here = made[at]
    phrase = antecedent(made, at)
    if phrase is None or _is_quantity(phrase) or (here.first == "qui" and _disagrees(made, at, phrase)):
        phrase = nearest(made, at)
        if phrase is not None and here.first == "qui" and _disagrees(made, at, phrase):
            phrase = None
    if phrase is None and here.first == "qui" and (made[at - 1].verb or made[at - 1].last.endswith("ment")):
        phrase = subject_for(whole, at, after_comma=True)  # "une phrase lui vint qui …"
        if phrase is not None and (not phrase.person.startswith("3") or _disagrees(made, at, phrase)):
            phrase = None
    if _runs_on(made, at):
        return [_BARE]
    if here.last in _LEQUEL or (
        at + 1 < len(made) and made[at + 1].first in _LEQUEL and len(here.parts) == 1
    ):
        return [*_with_lequel(made, at), _BARE]
    found: list[Repair] = []
    for choice in (phrase and (phrase, *phrase.heads)) or ():
        there = whole.there(at, plural=choice.plural)
        cost = 0.3 if choice is phrase else 1.0
        found.append(Repair(f"{there} {choice.text}", extra=2 + choice.words, cost=cost, clause=True))
    if here.first in ("que", "qu'", "dont"):
        if phrase is None or _said_before(made, at):
            return (
                [Repair("c'est", extra=2, cost=1.5, clause=True), _BARE] if here.first != "dont" else [_BARE]
            )
        found += as_object(made, at, phrase)
        found.append(Repair(f"{whole.there(at)} ce", extra=3, cost=2.4, clause=True))
    elif here.first == "où":
        found.append(Repair(f"{whole.there(at)} là", extra=3, cost=1.4, clause=True))
        if phrase is not None:
            found.append(_somewhere(made, at, phrase))
    elif phrase is not None and here.first == "qui" and len(here.parts) == 1:
        found += _as_subject(whole, at, phrase)
    elif phrase is not None and at + 1 < len(made) and made[at + 1].first == "qui":
        found += _with_preposition(made, at, phrase)
    return [*found, _BARE]


def second_relative(whole: Sentence, at: int) -> list[Repair]:
    """``et qui …`` behind an earlier relative clause: the same antecedent by its pronoun."""
    made, bare = whole.made, Repair(cost=5.0, fragment=True)
    here = made[at + 1]
    earlier = _earlier(made, at)
    if earlier is not None and here.first == "qui" and _disagrees(made, at + 1, earlier):
        earlier = None
    if here.first in ("que", "qu'", "dont"):
        ways = as_object(made, at + 1, earlier, 1) if earlier else []
        return (
            [*ways, bare]
            if earlier or here.first == "dont"
            else [Repair("c'est", 1, extra=2, cost=1.5, clause=True), bare]
        )
    if here.first == "qui" and len(here.parts) == 1 and earlier:
        swap = swapped(here.raw, "qui", earlier.again if earlier.plural else pronoun_for(earlier).text)
        extra = count_words(swap) - count_words(here.raw)
        return [Repair(swap=swap, swap_at=1, extra=extra, cost=0.8, clause=True), bare]
    return [bare]


def _earlier(made: Sequence[Atom], at: int) -> Subject | None:
    """The antecedent of the relative clause before ``at``."""
    if made[at + 1].first in ("que", "qu'") and any(
        is_completive(made, k) for k in range(max(1, at - 30), at)
    ):
        return None  # it may go on with what was said
    for index in range(at - 1, 0, -1):
        if made[index].first in ("que", "qu'") and (is_completive(made, index) or _said_before(made, index)):
            break
        if starts_relative(made, index):
            return antecedent(made, index)
        if any(char in ";:" for char in made[index].trail):
            break
    return None


def _disagrees(made: Sequence[Atom], at: int, phrase: Subject) -> bool:
    """Whether the verb behind ``qui``, or a participle there, shows that another noun is meant: ``la lettre du roi, qui
    fut brûlée``.
    """
    verb = next((atom.last for atom in made[at : at + 5] if atom.verb), "")
    if verb and verb.endswith(("ent", "ont")) != phrase.plural:
        return True
    for index in range(at + 1, min(len(made), at + 5)):
        word = made[index].last
        if word.endswith(("ée", "ées")) and phrase.gender == "m":
            return True
        if word.endswith(("ées", "és")) and not phrase.plural:
            return True
        if made[index].pause:
            break
    return False


def _runs_on(made: Sequence[Atom], at: int) -> bool:
    """Whether the clause at ``at`` goes over into that around it without a comma: ``l'homme qui parlait était roi``."""
    verbs = 0
    for index in range(at, len(made)):
        atom = made[index]
        if atom.verb and verbs:
            return True
        if (
            index > at
            and verbs
            and (atom.first in _ENDS_A_CLAUSE or starts_relative(made, index) or subordinator(made, index))
        ):
            return False
        verbs += atom.verb
        if atom.pause and verbs:
            return False
    return False


def _said_before(made: Sequence[Atom], at: int) -> bool:
    """Whether a ``que`` behind a comma may be what a verb before it says: ``il vit, en ouvrant la porte, que …``"""
    if not made[at - 1].pause or made[at].first == "dont":
        return False
    return any(lexicon.COMPLETIVE.match(atom.last) for atom in made[max(0, at - 12) : at] if atom.parts)


def _is_quantity(phrase: Subject) -> bool:
    """``un peu de cette gaieté``: what follows is not said of the ``peu``."""
    return not _QUANTITIES.isdisjoint(words(phrase.text)[:2])


def _as_subject(whole: Sentence, at: int, phrase: Subject) -> list[Repair]:
    """``qui`` as the pronoun of its antecedent, unless that could be the sentence's subject too; or as its words again, where
    they are few."""
    raw, found = whole.made[at].raw, []
    taken = {one.subject.text for one in whole.found if one.at < at and not one.inner}
    who = pronoun_for(phrase)
    if who is not phrase:
        cost = 2.6 if who.text in taken else 1.0
        found.append(Repair(swap=swapped(raw, "qui", who.text), cost=cost, clause=True))
    for choice in (*phrase.heads, phrase):
        if choice.words <= 4:
            swap = swapped(raw, "qui", choice.again)
            found.append(Repair(swap=swap, extra=count_words(choice.again) - 1, cost=0.8, clause=True))
    return found


def _with_lequel(made: Sequence[Atom], at: int) -> list[Repair]:
    """``avec lequel`` is ``avec celui-ci``."""
    place = 0 if made[at].last in _LEQUEL else 1
    atom = made[at + place]
    following = made[at + place + 1].first if at + place + 1 < len(made) else ""
    if len(atom.parts) > 1 or (
        atom.last in ("lequel", "laquelle", "lesquels", "lesquelles")
        and not place
        and not (atom.pause or (at + 1 < len(made) and made[at + 1].verb) or following in lexicon.CLITICS)
    ):
        return []
    swap = swapped(atom.raw, atom.last, _LEQUEL[atom.last])
    extra = count_words(_LEQUEL[atom.last]) - 1
    return [Repair(swap=swap, swap_at=place, extra=extra, cost=1.0, clause=True)]


def _with_preposition(made: Sequence[Atom], at: int, phrase: Subject) -> list[Repair]:
    """``à qui`` is ``à elle``."""
    stressed = _STRESSED.get(pronoun_for(phrase).text)
    atom = made[at + 1]
    if stressed is None or len(atom.parts) > 1:
        return []
    return [Repair(swap=swapped(atom.raw, "qui", stressed), swap_at=1, cost=1.6, clause=True)]


def _somewhere(made: Sequence[Atom], at: int, phrase: Subject) -> Repair:
    """``où`` is ``là``, behind a word for a time ``alors``."""
    word = "alors" if is_time(phrase) else "là"
    following = made[at + 1] if at + 1 < len(made) else None
    joined = following is None or following.verb or following.first in _LIGHT or "on" in following.parts
    comma = "" if joined else ","
    raw = made[at].raw
    place = raw.casefold().rfind("où")
    return Repair(swap=raw[:place] + word + comma + raw[place + 2 :], cost=1.5, clause=True)
