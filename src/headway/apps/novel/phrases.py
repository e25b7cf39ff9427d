"""Noun phrases: how they are said again, and which of them a relative clause is about.

Called by ``subjects`` and ``relatives``. A pronoun is used only where the source shows gender and number (an article, a pronoun, an
ending that leaves no doubt); otherwise the words themselves are repeated, or nothing is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from headway.apps.novel import lexicon
from headway.apps.novel.atoms import Atom
from headway.apps.novel.genders import gender_of
from headway.apps.novel.words import count_words, elides, listed, words

_TIMES = listed("""
    jour jours matin matins soir soirs nuit nuits fois an ans année années heure heures moment moments instant instants
    semaine semaines mois lendemain veille hiver été printemps automne temps minute minutes époque siècle siècles âge
    dimanche lundi mardi mercredi jeudi vendredi samedi matinée soirée journée minuit midi
    """)
"""Nouns that say when, and so are rarely subjects where a comma follows them, nor what a ``que`` stands for."""
_ARTICLE = re.compile(r"(?:(?:les|des|quelques|plusieurs|le|la|un|une) |l['’])")
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
        this = "cette" if self.gender == "f" else "cet" if elides(rest) else "ce"
        return f"{this} {rest}"


def phrase_end(made: Sequence[Atom], at: int) -> int | None:
    """The place behind the noun of the phrase that starts with a determiner at ``at``."""
    end = at + 1 if len(made[at].parts) > 1 else at + 2
    while end < len(made) and made[end - 1].last in _SHORT_ADJECTIVES and not made[end - 1].pause:
        end += 1
    return end if end <= len(made) else None


def phrase_at(made: Sequence[Atom], at: int, end: int) -> Subject:
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
        noun = phrase_end(made, at)
        gender = gender_of(made[noun - 1].last) if noun is not None and noun <= end else ""
    if not made[at].name and at == 0 and first in lexicon.DETERMINERS:
        text = text[:1].lower() + text[1:]
    return Subject(text, "3p" if plural else "3s", gender)


def is_time_word(word: str) -> bool:
    """Whether the noun says when, and so is rarely the subject where a comma follows it."""
    return word in _TIMES


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
    end = phrase_end(made, start)
    if end is None or end >= at or made[end].first not in ("de", "d'", "du", "des"):
        return phrase
    return Subject(phrase.text, phrase.person, phrase.gender, (phrase_at(made, start, end),))


def nearest(made: Sequence[Atom], at: int) -> Subject | None:
    """The last noun phrase before ``at``, whatever it hangs on: ``la surface des flots qui`` gives the waves."""
    for start in range(at - 1, max(-1, at - 5), -1):
        atom = made[start]
        if atom.verb or atom.first in lexicon.SUBJECTS or (start < at - 1 and atom.pause):
            return None
        if set(atom.parts) & (lexicon.NO_ANTECEDENT | {"plus", "moins", "si", "aussi"}):
            return None
        if atom.first in lexicon.DETERMINERS | {"des"} and phrase_end(made, start) is not None:
            return phrase_at(made, start, at)
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
            best = (phrase_at(made, start, at), start)
            continue
        plain = atom.first in lexicon.DETERMINERS
        elided = len(atom.parts) > 1 and atom.first == "d'" and atom.parts[1] in ("un", "une")
        if plain or elided:
            if best is None or made[start].first != "des":
                best = (phrase_at(made, start, at), start)
            inside = elided or atom.first in ("du", "des") or (start and made[start - 1].last in ("de", "d'"))
            if not inside:
                return best
            if start and made[start - 1].last == "de" and len(made[start - 1].parts) == 1:
                continue
        elif atom.first in lexicon.PREPOSITIONS | lexicon.COORDINATORS:
            return best
    return best
