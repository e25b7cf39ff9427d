"""What the repairs share: a way to start a piece, and what is known of the whole sentence.

Used by ``repairs`` and ``participles``. Tense is known for each side of the quotation marks, since a narrator and
those who talk have tenses of their own; so are subjects, which are never carried over a quotation mark.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from headway.apps.novel.atoms import Atom
from headway.apps.novel.phrases import Subject
from headway.apps.novel.subjects import Found
from headway.apps.novel.verbs import is_past
from headway.apps.novel.words import elides, listed

_PRESENT = listed("est sont a ont suis ai peut fait va faut veut dois doit sais sait viens vient veux")


@dataclass(frozen=True, slots=True)
class Repair:
    """One way to start a piece at a place.

    ``lead`` goes in before atom ``at + skip``; ``swap`` takes the place of the text of the ``span`` atoms from
    ``at + swap_at`` on; ``extra`` words are added in all. ``fragment``: the piece does not stand alone even
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
    span: int = 1

    @property
    def reach(self) -> int:
        """How many atoms a piece must have for this."""
        return max(1 + self.skip, self.span + self.swap_at, 1 + (self.joins or 0))


@dataclass(frozen=True, slots=True)
class Sentence:
    """What the repairs must know of the whole sentence."""

    made: Sequence[Atom]
    found: Sequence[Found]
    past: Sequence[bool]
    """For each atom whether its side of the quotation marks is in the past."""
    denied: Sequence[bool]
    """For each atom whether a negation stands in its clause or before it in the sentence."""
    quoted: Sequence[bool]
    """For each atom whether it stands inside quotation marks."""

    def there(self, at: int, *, plural: bool = False) -> str:
        """``C'était`` in the number and tense of what starts at ``at``."""
        if plural:
            return "c'étaient" if self.past[at] else "ce sont"
        return "c'était" if self.past[at] else "c'est"


def context(made: Sequence[Atom], found: Sequence[Found], *, dialogue: bool, quoted: bool) -> Sentence:
    """The sentence with its tenses and its negations; without a verb, narrative is past, talk is not."""
    sides: list[bool] = []
    inside = quoted
    for atom in made:
        inside = (inside or "«" in atom.lead) and not (atom.lead.startswith("»"))
        sides.append(inside)
        if "»" in atom.trail:
            inside = False
    talk = any(sides)
    past = {
        side: _is_past(made, sides, side, narrative=not (side or (dialogue and not talk)))
        for side in (False, True)
    }
    denied: list[bool] = []
    state = negated = without = False
    for atom in made:
        negated = negated or bool({"ne", "n'"} & set(atom.parts))
        if atom.verb:
            state, negated = negated, False
        without = without or "sans" in atom.parts
        denied.append(state or negated or without)
        if any(char in ";:.!?" for char in atom.trail):
            state = negated = False
        if atom.pause:
            without = False
    return Sentence(made, found, [past[side] for side in sides], denied, sides)


def _is_past(made: Sequence[Atom], sides: Sequence[bool], side: bool, *, narrative: bool) -> bool:
    verbs = [
        part
        for atom, its in zip(made, sides, strict=True)
        if atom.verb and its == side
        for part in atom.parts
    ]
    past = sum(is_past(verb) for verb in verbs)
    present = sum(verb in _PRESENT for verb in verbs)
    return past > present or (past == present and narrative)


def subject_for(whole: Sentence, at: int, *, after_comma: bool, plural: bool | None = None) -> Subject | None:
    """Whom a verb without a subject at ``at`` belongs to; ``plural``: the number that the verb shows."""
    before = [
        found
        for found in whole.found
        if found.at < at
        and (plural is None or found.subject.plural == plural)
        and whole.quoted[found.at] == whole.quoted[at]
    ]
    if not before:
        return None
    if after_comma:
        main = [found for found in before if not found.inner]
        return (main or before)[-1].subject
    return before[-1].subject


def lead_of(subject: Subject, following: Atom) -> str:
    if subject.text == "je" and elides(following.first):
        return "j'"
    return subject.again if subject.plural else subject.text


def swapped(raw: str, word: str, by: str) -> str:
    """The atom with its last ``word`` replaced, its signs and its clitics kept."""
    place = raw.casefold().rfind(word)
    return raw if place < 0 else raw[:place] + by + raw[place + len(word) :]
