"""Where a French sentence can be broken, at what cost.

Called by ``shortening``. A break is a place before an atom; what is no good place (behind an article, a preposition, a clitic, an
auxiliary, inside one thing's name) is not in the list at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from headway.apps.novel import lexicon
from headway.apps.novel.atoms import Atom
from headway.apps.novel.clauses import (
    INFINITIVE,
    is_completive,
    is_incise,
    is_present_participle,
    starts_relative,
    subordinator,
    verb_soon,
)
from headway.apps.novel.words import listed

_BOUND_TO_QUE = listed("""
    ce celui celle ceux celles tout tous toutes tel telle tels telles là si plus moins aussi tant tellement
    sorte façon manière ainsi lors alors tandis parce afin bien avant après depuis dès pendant jusque aussitôt
    sitôt point mesure même autre autrement plutôt mieux pire meilleur mal autant fois encore peur crainte
    cas moment temps
    """)
_STRESSED = listed(
    "moi toi lui elle nous vous eux elles soi celui celle ceux celles ce qui cela tout tous toutes de"
)
_HANGING = listed("y en lui leur nous vous")
_DENIALS = listed("pas point jamais plus rien personne guère aucun aucune nul nulle ni")
_STRONG = frozenset(";:.!?…)")


@dataclass(frozen=True, slots=True)
class Break:
    """A place before atom ``at`` where a new sentence may start, the dearer the worse."""

    at: int
    cost: float


def breaks(made: Sequence[Atom]) -> list[Break]:
    """Every place where the sentence may be broken, from left to right."""
    found: list[Break] = []
    for at in range(1, len(made)):
        cost = _cost(made, at)
        if cost is not None:
            found.append(Break(at, cost))
    return found


def _cost(made: Sequence[Atom], at: int) -> float | None:
    before, here = made[at - 1], made[at]
    trail = before.trail
    strong = any(char in _STRONG for char in trail) and not (trail.startswith(".") and len(before.last) <= 3)
    closing = lexicon.NEVER_BEFORE_COMMA if "," in trail else lexicon.NEVER_LAST
    cut_off = before.last in closing and not before.inverted
    if cut_off and not strong and not (before.name and len(before.last) > 3):
        return None
    if before.last in _HANGING and not before.pause and (here.verb or here.first in lexicon.CLITICS):
        return None
    if is_incise(made, at):
        return 9.0
    if before.last in _BOUND_TO_QUE and not before.trail and starts_relative(made, at):
        return None
    torn = here.first in ("que", "qu'") and "," not in trail
    if torn and (_restricts(made, at) or not verb_soon(made, at)):
        return None
    if any(char in ";.!?…" for char in trail) and strong:
        return 0.5
    if ":" in trail:
        return 0.8
    if ")" in trail or "(" in here.lead or "—" in here.lead or "—" in trail:
        return 1.2
    if "»" in trail or "«" in here.lead:
        return 1.5
    if "," in trail:
        return _after_comma(made, at)
    return _inside(made, at)


def _after_comma(made: Sequence[Atom], at: int) -> float:
    here = made[at]
    if here.first in lexicon.COORDINATORS:
        return 1.0 if verb_soon(made, at) else 3.0
    if starts_relative(made, at):
        return 2.0
    if subordinator(made, at):
        return 1.5
    if here.first in lexicon.SUBJECTS:
        return 1.0
    if here.verb or (here.first in lexicon.CLITICS and verb_soon(made, at, 3)):
        return 1.8
    if is_present_participle(here.last):
        return 2.0
    if verb_soon(made, at):
        return 1.6
    return 2.8


def _inside(made: Sequence[Atom], at: int) -> float | None:
    here, before = made[at], made[at - 1]
    if here.first in ("que", "qu'") and is_completive(made, at):
        return 5.5
    if here.first in lexicon.COORDINATORS:
        if here.first == "ni" or (
            at > 1 and made[at - 2].last in ("plus", "moins", "si", "très", "fort", "aussi")
        ):
            return None
        if here.first in ("et", "mais", "ou", "puis", "car") and _clause_follows(made, at):
            return 2.2
        return 5.0 if _verb_before(made, at) else None
    if starts_relative(made, at):
        return 3.2
    if subordinator(made, at):
        return 2.5
    if here.first in lexicon.PREPOSITIONS:
        if here.first == "à" and at + 1 < len(made) and INFINITIVE.search(made[at + 1].first):
            return None
        if here.first in ("à", "en") and len(here.parts) == 1 and _names_one_thing(made, at):
            return None
        if before.verb and here.first in lexicon.WEAK_PREPOSITIONS:
            return 10.0
        if before.verb:
            return 9.0
        return 7.0 if here.first in lexicon.WEAK_PREPOSITIONS else 4.5
    return None


def _names_one_thing(made: Sequence[Atom], at: int) -> bool:
    """Whether the preposition at ``at`` and a bare noun belong to the noun before it: ``un parc à moutons``."""
    noun, behind = made[at - 1], made[at + 1] if at + 1 < len(made) else None
    if noun.pause or (len(noun.parts) == 1 and (at < 2 or made[at - 2].last not in lexicon.DETERMINERS)):
        return False
    known = lexicon.DETERMINERS | lexicon.RELATIVES | lexicon.CLITICS | _STRESSED
    return behind is None or not (behind.name or behind.first in known or len(behind.parts) > 1)


def _verb_before(made: Sequence[Atom], at: int) -> bool:
    """Whether the clause that goes on at ``at`` has had its verb: else its subject would be torn apart."""
    for index in range(at - 1, max(-1, at - 40), -1):
        atom = made[index]
        if atom.verb:
            return True
        if atom.pause and index < at - 1:
            return True  # an enumeration or an apposition, not a subject
        if atom.first in ("que", "qu'") or subordinator(made, index):
            return False
    return False


def _clause_follows(made: Sequence[Atom], at: int) -> bool:
    """Whether the conjunction at ``at`` joins a clause rather than one more noun or adjective."""
    following = made[at + 1] if at + 1 < len(made) else None
    if following is None or not verb_soon(made, at, 5):
        return False
    starts = (
        lexicon.SUBJECTS | lexicon.CLITICS | lexicon.DETERMINERS | lexicon.PREPOSITIONS | lexicon.RELATIVES
    )
    return following.verb or following.name or following.first in starts


def _restricts(made: Sequence[Atom], at: int) -> bool:
    """Whether the ``que`` at ``at`` is the one of ``ne … que``."""
    denied = False
    for atom in reversed(made[max(0, at - 7) : at]):
        if atom.pause:
            break
        if _DENIALS & set(atom.parts):
            return False
        denied = denied or bool({"ne", "n'"} & set(atom.parts))
    return denied
