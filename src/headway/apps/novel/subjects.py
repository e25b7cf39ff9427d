"""Who a clause is about: its subject, and whether a verb stands without one.

Called by ``shortening`` and the repairs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from headway.apps.novel import lexicon
from headway.apps.novel.atoms import Atom
from headway.apps.novel.clauses import starts_relative, subordinator
from headway.apps.novel.phrases import Subject, antecedent, is_time_word, phrase_at, phrase_end, pronoun_for
from headway.apps.novel.words import listed

_PERSONS = {
    "je": "1s", "j'": "1s", "tu": "2s", "il": "3s", "elle": "3s", "on": "3s", "ils": "3p", "elles": "3p",
    "ce": "3s", "c'": "3s", "cela": "3s", "ça": "3s", "ceci": "3s",
}  # fmt: skip
_DEMONSTRATIVES = {"celui": "il", "celle": "elle", "ceux": "ils", "celles": "elles"}
_BEHIND_ALL = listed("le la l' les ce cet cette ces mon ma mes son sa ses notre nos votre vos leur leurs")
_TITLES = listed("m mme mlle mgr dr")


@dataclass(frozen=True, slots=True)
class Found:
    """A subject at its place. ``inner``: of a clause inside another; ``end``: behind its words, 0 where
    unknown.
    """

    at: int
    subject: Subject
    inner: bool
    end: int = 0


def subjects(made: Sequence[Atom]) -> list[Found]:
    """The subjects of the sentence's clauses, from left to right."""
    found: list[Found] = []
    starts, inner = True, False
    for at, atom in enumerate(made):
        if at and made[at - 1].pause:
            starts, inner = True, False
        if at and starts_relative(made, at):
            if atom.first == "qui" and (whole := antecedent(made, at)):
                found.append(Found(at, pronoun_for(whole), True))
            inner, starts = True, True
            if atom.first in ("que", "qu'", "dont", "où") and len(atom.parts) > 1:
                _add_pronoun(found, made, at, atom.parts[1:], inner)
            continue
        if subordinator(made, at) or atom.first in ("que", "qu'"):
            inner, starts = True, True
            _add_pronoun(found, made, at, atom.parts, inner)
            continue
        if atom.first in lexicon.COORDINATORS:
            starts = True
            continue
        if _add_pronoun(found, made, at, atom.parts, inner):
            starts = False
        elif starts:
            waiting = bool(found) and found[-1].end > 0 and not any(a.verb for a in made[found[-1].end : at])
            if not waiting and (noun := _noun_subject(made, at)):
                found.append(Found(at, noun[0], inner, noun[1]))
            starts = atom.first in lexicon.ADVERSATIVE_STARTS
    return found


def inside_subjects(made: Sequence[Atom], found: Sequence[Found]) -> set[int]:
    """The places between a noun that is a subject and its verb, where no comma stands: no sentence ends
    there.
    """
    inside: set[int] = set()
    for one in found:
        if not one.end:
            continue
        for at in range(one.at + 1, len(made)):
            if not made[at - 1].pause:
                inside.add(at)
            if made[at].verb:
                break
    return inside


def _add_pronoun(
    found: list[Found], made: Sequence[Atom], at: int, parts: Sequence[str], inner: bool
) -> bool:
    behind = made[at - 1].last if at and not made[at - 1].pause else ""
    leaning = parts[0] == "d'" or behind in lexicon.PREPOSITIONS | {"de", "d'"}
    for part in parts[:3]:
        if part in ("elle", "elles") and leaning:
            continue
        if part in _PERSONS and not (part == "ce" and not _verb_next(made, at)):
            text = "cela" if part in ("ce", "c'", "ça", "ceci") else "je" if part == "j'" else part
            gender = "f" if part in ("elle", "elles") else "m" if part in ("il", "ils", "cela") else ""
            found.append(Found(at, Subject(text, _PERSONS[part], gender), inner))
            return True
    return False


def _verb_next(made: Sequence[Atom], at: int) -> bool:
    return any(atom.verb for atom in made[at : at + 2])


def _noun_subject(made: Sequence[Atom], at: int) -> tuple[Subject, int] | None:
    """The noun phrase or the name at ``at`` and its end, where a verb follows and no pronoun takes its
    place.
    """
    end = subject_end(made, at)
    if end is None or not (_verb_follows(made, at) or _verb_comes_back(made, end)):
        return None
    head = made[at]
    if head.first in _DEMONSTRATIVES:
        text = _DEMONSTRATIVES[head.first]
        return Subject(text, "3p" if text.endswith("s") else "3s", "f" if "elle" in text else "m"), end
    if head.first in lexicon.DETERMINERS | {"tous", "toutes"}:
        return pronoun_for(phrase_at(made, at, end)), end
    phrase = phrase_at(made, at, end)
    return (pronoun_for(phrase) if head.first in _TITLES else phrase), end


def subject_end(made: Sequence[Atom], at: int) -> int | None:
    """The place behind the noun phrase or the name that starts at ``at``, if one does."""
    head = made[at]
    if head.first in _DEMONSTRATIVES and len(head.parts) == 1:
        return at + 1
    if head.first in ("tous", "toutes", "tout", "toute"):
        following = made[at + 1].first if at + 1 < len(made) else ""
        return phrase_end(made, at + 1) if following in _BEHIND_ALL else None
    if head.first in lexicon.DETERMINERS - {"au", "aux", "du"} and not head.verb:
        return phrase_end(made, at)
    if not (head.name or (at == 0 and _looks_like_name(head))):
        return None
    end = at + 1
    while (
        end < min(len(made), at + 4)
        and not made[end - 1].pause
        and not made[end].verb
        and (
            made[end].name
            or (
                made[end].first in ("de", "d'", "du", "la", "le")
                and made[end + 1 : end + 2]
                and (made[end + 1].name or made[end].name)
            )
        )
    ):
        end += 1
    return end


def _verb_follows(made: Sequence[Atom], at: int) -> bool:
    """Whether a verb comes soon, before any pronoun that could be its subject."""
    verb = next((index for index in range(at, min(len(made), at + 14)) if made[index].verb), None)
    if verb is None or any(set(atom.parts) & set(_PERSONS) for atom in made[at : verb + 1]):
        return False
    return not any(char in ";:." for atom in made[at:verb] for char in atom.trail if len(atom.last) > 3)


def _verb_comes_back(made: Sequence[Atom], end: int) -> bool:
    """Whether what was begun before ``end`` goes on with its verb behind commas: ``La ville, où l'on dansait, dormait.``"""
    if is_time_word(made[end - 1].last):
        return False
    for index in range(end, min(len(made), end + 60)):
        if any(char in ";:" for char in made[index - 1].trail):
            return False
        if made[index - 1].pause and is_bare_verb(made, index):
            return not any(
                atom.verb and not _inside_relative(made, end, place)
                for place, atom in enumerate(made[end:index], end)
            )
    return False


def _inside_relative(made: Sequence[Atom], start: int, verb: int) -> bool:
    """Whether the verb belongs to a relative or subordinate clause that begins behind ``start``."""
    for index in range(verb, start - 1, -1):
        if starts_relative(made, index) or made[index].first in ("que", "qu'") or subordinator(made, index):
            return True
    return False


def is_bare_verb(made: Sequence[Atom], at: int) -> bool:
    """Whether a finite verb starts here, clitics before it not counted, without a subject of its own."""
    for index in range(at, min(len(made), at + 4)):
        atom = made[index]
        if atom.inverted or (atom.parts and atom.first in lexicon.SUBJECTS):
            return False
        if atom.verb:
            if atom.last.endswith(("ez", "ons")) or (
                made[at].first in ("nous", "vous") and atom.last.endswith(("mes", "tes"))
            ):
                return False  # "nous allons": the pronoun is the subject; or it bids: "ne craignez rien"
            return all(part in lexicon.CLITICS for part in atom.parts[:-1])
        if not all(part in lexicon.CLITICS for part in atom.parts) or atom.pause:
            return False
    return False


def _looks_like_name(atom: Atom) -> bool:
    core = atom.raw.lstrip("«“\"'(—– ")
    function = lexicon.NEVER_LAST | lexicon.SUBJECTS | lexicon.ADVERSATIVE_STARTS | lexicon.PREPOSITIONS
    return (
        core[:1].isupper()
        and len(atom.parts) == 1
        and atom.first not in function - {"m", "mm", "mme", "mlle", "mgr"}
        and not atom.verb
        and not atom.first.endswith(("ment", "ant"))
    )
