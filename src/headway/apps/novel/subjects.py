"""Who a clause is about: subjects that can be repeated, antecedents of relative clauses.

Called by ``repairs``. A pronoun is used only where the source shows gender and number (an article, a
pronoun); otherwise the words themselves are repeated, or nothing is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from headway.apps.novel import lexicon
from headway.apps.novel.clauses import Atom, starts_relative, subordinator
from headway.apps.novel.genders import gender_of
from headway.apps.novel.words import count_words, listed, words

_PERSONS = {
    "je": "1s", "j'": "1s", "tu": "2s", "il": "3s", "elle": "3s", "on": "3s", "ils": "3p", "elles": "3p",
    "ce": "3s", "c'": "3s", "cela": "3s", "ça": "3s", "ceci": "3s",
}  # fmt: skip
_DEMONSTRATIVES = {"celui": "il", "celle": "elle", "ceux": "ils", "celles": "elles"}
_TIMES = listed("""
    jour jours matin matins soir soirs nuit nuits fois an ans année années heure heures moment moments instant instants
    semaine semaines mois lendemain veille hiver été printemps automne temps minute minutes époque siècle siècles âge
    dimanche lundi mardi mercredi jeudi vendredi samedi matinée soirée journée minuit midi
    """)
"""Nouns that say when, and so are rarely subjects where a comma follows them, nor what a ``que`` stands for."""
_BEHIND_ALL = listed("le la l' les ce cet cette ces mon ma mes son sa ses notre nos votre vos leur leurs")
_ARTICLE = re.compile(r"(?:(?:les|des|quelques|plusieurs|le|la|un|une) |l['’])")
_VOWEL = re.compile(r"[aeiouyàâéèêëîïôûùœ]", re.IGNORECASE)
_TITLES = listed("m mme mlle mgr dr")
_SHORT_ADJECTIVES = listed("""
    grand grande grands grandes petit petite petits petites beau bel belle beaux belles vieux vieil vieille
    vieilles jeune jeunes bon bonne bons bonnes premier première premiers premières autre autres même mêmes
    seul seule nouveau nouvelle gros grosse long longue pauvre cher chère deux trois quatre cinq six dernier
    dernière
    """)


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject as it can be said again: its words, person (``1s`` … ``3p``), gender (``m f`` or "")."""

    text: str
    person: str
    gender: str
    heads: tuple["Subject", ...] = ()
    """The same phrase without what hangs on its noun by ``de``, where there is such."""

    @property
    def words(self) -> int:
        return count_words(self.text)

    @property
    def plural(self) -> bool:
        return self.person.endswith("p")

    @property
    def again(self) -> str:
        """The words as they are said a second time: ``les promesses`` are then ``ces promesses``, ``un chat`` is ``ce chat``."""
        found = _ARTICLE.match(self.text)
        if found is None or (not self.plural and not self.gender):
            return self.text
        rest = self.text[found.end() :]
        if self.plural:
            return f"ces {rest}"
        this = "cette" if self.gender == "f" else "cet" if _VOWEL.match(rest) else "ce"
        return f"{this} {rest}"


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
    for part in parts[:3]:
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
        return pronoun_for(_phrase(made, at, end)), end
    phrase = _phrase(made, at, end)
    return (pronoun_for(phrase) if head.first in _TITLES else phrase), end


def subject_end(made: Sequence[Atom], at: int) -> int | None:
    """The place behind the noun phrase or the name that starts at ``at``, if one does."""
    head = made[at]
    if head.first in _DEMONSTRATIVES and len(head.parts) == 1:
        return at + 1
    if head.first in ("tous", "toutes", "tout", "toute"):
        following = made[at + 1].first if at + 1 < len(made) else ""
        return _phrase_end(made, at + 1) if following in _BEHIND_ALL else None
    if head.first in lexicon.DETERMINERS and head.first not in ("au", "aux", "du"):
        return _phrase_end(made, at)
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
    if made[end - 1].last in _TIMES:
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
        and not atom.first.endswith("ment")
    )


def _phrase_end(made: Sequence[Atom], at: int) -> int | None:
    """The place behind the noun of the phrase that starts with a determiner at ``at``."""
    end = at + 1 if len(made[at].parts) > 1 else at + 2
    while end < len(made) and made[end - 1].last in _SHORT_ADJECTIVES and not made[end - 1].pause:
        end += 1
    return end if end <= len(made) else None


def _phrase(made: Sequence[Atom], at: int, end: int) -> Subject:
    text = " ".join(atom.raw for atom in made[at:end])
    text = re.sub(r"^[^\w]+|[^\w)]+$", "", text)
    if made[end - 1].trail.startswith(".") and made[end - 1].first in ("m", "mm", "p", "dr"):
        text += "."
    first = made[at].first
    contracted = lexicon.UNCONTRACTED.get(first)
    if contracted:
        text = contracted + text[len(first) :]
    elif first in ("d'", "de"):
        text = re.sub(r"^d['’]|^de ", "", text, flags=re.IGNORECASE)
        first = made[at].parts[1] if len(made[at].parts) > 1 else made[min(at + 1, len(made) - 1)].first
    gender = (
        "m" if first in lexicon.MASCULINE | {"m", "mgr", "dr", "p"}
        else "f" if first in lexicon.FEMININE | {"mme", "mlle", "ste"}
        else ""
    )  # fmt: skip
    plural = first in lexicon.PLURAL | {"mm", "mmes", "tous", "toutes"}
    if first in ("tous", "toutes", "tout", "toute"):
        gender = "m" if first in ("tous", "tout") else "f"
    elif not gender and first in lexicon.DETERMINERS:
        noun = _phrase_end(made, at)
        gender = gender_of(made[noun - 1].last) if noun is not None and noun <= end else ""
    if not made[at].name and at == 0 and first in lexicon.DETERMINERS:
        text = text[:1].lower() + text[1:]
    return Subject(text, "3p" if plural else "3s", gender)


def is_time(phrase: Subject) -> bool:
    """Whether the phrase says when: ``le jour``."""
    return any(word in _TIMES for word in words(phrase.text))


def pronoun_for(phrase: Subject) -> Subject:
    """The pronoun where gender and number are known, else the phrase itself."""
    if not phrase.gender:
        return phrase
    pronoun = "il" if phrase.gender == "m" else "elle"
    return Subject(pronoun + "s" * phrase.plural, phrase.person, phrase.gender)


def antecedent(made: Sequence[Atom], at: int) -> Subject | None:
    """The noun phrase right before the relative clause at ``at``, or None where it is not plain."""
    found = _antecedent(made, at)
    if found is None:
        return None
    phrase, start = found
    end = _phrase_end(made, start)
    if end is None or end >= at or made[end].first not in ("de", "d'", "du", "des"):
        return phrase
    return Subject(phrase.text, phrase.person, phrase.gender, (_phrase(made, start, end),))


def nearest(made: Sequence[Atom], at: int) -> Subject | None:
    """The last noun phrase before ``at``, whatever it hangs on: ``la surface des flots qui`` gives the waves."""
    for start in range(at - 1, max(-1, at - 5), -1):
        atom = made[start]
        if atom.verb or atom.first in lexicon.SUBJECTS or (start < at - 1 and atom.pause):
            return None
        if set(atom.parts) & (lexicon.NO_ANTECEDENT | {"plus", "moins", "si", "aussi"}):
            return None
        if atom.first in lexicon.DETERMINERS | {"des"} and _phrase_end(made, start) is not None:
            return _phrase(made, start, at)
    return None


def _antecedent(made: Sequence[Atom], at: int) -> tuple[Subject, int] | None:
    """The phrase and its start.

    In ``la voiture de son père qui`` the whole is taken, so that who is meant stays as open as it was.
    """
    best: tuple[Subject, int] | None = None
    for start in range(at - 1, max(-1, at - 7), -1):
        atom = made[start]
        if start < at - 1 and atom.pause:
            return best
        if atom.verb or atom.first in lexicon.SUBJECTS:
            return best
        if atom.first in lexicon.NO_ANTECEDENT or atom.last in lexicon.NO_ANTECEDENT - {
            "même",
            "autre",
            "autres",
        }:
            return None
        if atom.name and best is None and (start == 0 or made[start - 1].last not in lexicon.DETERMINERS):
            if start and (made[start - 1].name or made[start - 1].last in ("de", "d'", "m", "mme", "saint")):
                continue
            best = (_phrase(made, start, at), start)
            continue
        plain = atom.first in lexicon.DETERMINERS
        elided = len(atom.parts) > 1 and atom.first == "d'" and atom.parts[1] in ("un", "une")
        if plain or elided:
            if best is None or made[start].first != "des":
                best = (_phrase(made, start, at), start)
            inside = elided or atom.first in ("du", "des") or (start and made[start - 1].last in ("de", "d'"))
            if not inside:
                return best
            if start and made[start - 1].last == "de" and len(made[start - 1].parts) == 1:
                continue
        elif atom.first in lexicon.PREPOSITIONS | lexicon.COORDINATORS:
            return best
    return best
