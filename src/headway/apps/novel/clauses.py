"""A French sentence as atoms, and where it can be broken at what cost.

Called by ``shortening`` and ``repairs``. An atom is what stands between blanks, with the signs that hang on
it; so an elided word never loses its noun. A break is a place before an atom; what is no good place (behind
an article, a preposition, a clitic, an auxiliary) is not in the list at all.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from headway.apps.novel import lexicon
from headway.apps.novel.verbs import is_finite
from headway.apps.novel.words import listed, words

_OPENERS = '«“"‘([—–―'
_ATOM = re.compile(r"^(?P<lead>[^\w]*)(?P<core>.*?)(?P<trail>[^\w]*)$", re.DOTALL)
_INVERTED = re.compile(r"-(?:t-)?(?:je|tu|il|elle|on|nous|vous|ils|elles|ce)$", re.IGNORECASE)
_INFINITIVE = re.compile(r"(?:er|ir|oir|dre|tre|vre|ire)$")
_BOUND_TO_QUE = listed("""
    ce celui celle ceux celles tout tous toutes tel telle tels telles là si plus moins aussi tant tellement
    sorte façon manière ainsi lors alors tandis parce afin bien avant après depuis dès pendant jusque aussitôt
    sitôt point mesure même autre autrement plutôt mieux pire meilleur mal autant fois encore peur crainte
    cas moment temps
    """)
_AFTER_IF = (
    lexicon.SUBJECTS | lexicon.DETERMINERS | {"nous", "vous", "monsieur", "madame", "quelqu'un", "quelque"}
)
_STRESSED = listed(
    "moi toi lui elle nous vous eux elles soi celui celle ceux celles ce qui cela tout tous toutes de"
)
_HANGING = listed("y en lui leur nous vous")
_DENIALS = listed("pas point jamais plus rien personne guère aucun aucune nul nulle ni")
_STRONG = frozenset(";:.!?…)")


@dataclass(slots=True)
class Atom:
    """One piece between blanks: as printed, its signs before and behind, its words in lower case."""

    raw: str
    lead: str
    trail: str
    parts: tuple[str, ...]
    name: bool
    inverted: bool
    verb: bool = False

    @property
    def first(self) -> str:
        return self.parts[0] if self.parts else ""

    @property
    def last(self) -> str:
        return self.parts[-1] if self.parts else ""

    @property
    def pause(self) -> bool:
        """Whether a comma or more stands behind it."""
        return any(char in ",;:.!?…»)—–" for char in self.trail)


@dataclass(frozen=True, slots=True)
class Break:
    """A place before atom ``at`` where a new sentence may start, the dearer the worse."""

    at: int
    cost: float


def atoms(text: str) -> list[Atom]:
    """The sentence's atoms; signs that stand alone hang on a neighbour."""
    pieces: list[str] = []
    held = ""
    for chunk in text.split():
        if any(char.isalnum() for char in chunk):
            pieces.append(held + chunk)
            held = ""
        elif chunk[0] in _OPENERS and not (chunk[0] == '"' and pieces and _open_quote(pieces)):
            held += chunk + " "
        elif pieces and not held:
            pieces[-1] += " " + chunk
        else:
            held += chunk + " "
    if held:
        if pieces:
            pieces[-1] += " " + held.rstrip()
        else:
            pieces.append(held.rstrip())
    made: list[Atom] = []
    for place, raw in enumerate(pieces):
        found = _ATOM.match(raw)
        assert found is not None
        core = found["core"]
        opened = place == 0 or made[-1].trail.rstrip().endswith((".", "!", "?", "…")) or bool(found["lead"])
        name = not opened and any(char.isupper() for char in _unelided(core)[:1])
        made.append(
            Atom(raw, found["lead"], found["trail"], tuple(words(core)), name, bool(_INVERTED.search(core)))
        )
    _mark_verbs(made)
    return made


def _open_quote(pieces: Sequence[str]) -> bool:
    return " ".join(pieces).count('"') % 2 == 1


def _unelided(core: str) -> str:
    return re.split(r"['’]", core)[-1] if re.match(r"(?:[ldjmtsnc]|qu)['’]", core, re.IGNORECASE) else core


def _mark_verbs(made: list[Atom]) -> None:
    before = earlier = ""
    for atom in made:
        for part in atom.parts:
            if is_finite(part, before, earlier, name=atom.name):
                atom.verb = True
            earlier, before = before, part
        if atom.pause:
            before = earlier = ""


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
        if here.first == "à" and at + 1 < len(made) and _INFINITIVE.search(made[at + 1].first):
            return None
        if here.first in ("à", "en") and len(here.parts) == 1 and _is_bare_noun(made, at + 1):
            return None
        if before.verb and here.first in lexicon.WEAK_PREPOSITIONS:
            return 10.0
        if before.verb:
            return 9.0
        return 7.0 if here.first in lexicon.WEAK_PREPOSITIONS else 4.5
    return None


def _is_bare_noun(made: Sequence[Atom], at: int) -> bool:
    """Whether a noun without an article stands there: ``un parc à moutons`` is one thing."""
    if at >= len(made):
        return True
    atom = made[at]
    plain = atom.first not in lexicon.DETERMINERS | lexicon.RELATIVES | lexicon.CLITICS | _STRESSED
    return plain and not atom.name and len(atom.parts) == 1 and not atom.last.endswith(("ant", "ment"))


def verb_soon(made: Sequence[Atom], at: int, within: int = 8) -> bool:
    """Whether a finite verb comes before the next comma, ``within`` so many atoms."""
    for index in range(at, min(len(made), at + within)):
        if made[index].verb:
            return True
        if made[index].pause:
            return False
    return False


def starts_relative(made: Sequence[Atom], at: int) -> bool:
    """Whether a relative clause starts here, its preposition included (``dans lequel``)."""
    here = made[at]
    if here.first in lexicon.RELATIVES:
        return here.first not in ("que", "qu'") or verb_soon(made, at)
    if here.first in lexicon.PREPOSITIONS or here.first in ("de", "d'"):
        following = made[at + 1].first if at + 1 < len(made) and len(here.parts) == 1 else ""
        return following in lexicon.RELATIVES - {"que", "qu'", "dont", "où"}
    return False


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


def is_completive(made: Sequence[Atom], at: int) -> bool:
    """Whether the ``que`` at ``at`` is what a verb says or wants, not a noun's relative."""
    before = made[at - 1]
    return (
        made[at].first in ("que", "qu'")
        and not before.pause
        and (
            before.verb
            or (_INFINITIVE.search(before.last) is not None and not _is_object(made, at))
            or (
                before.last.endswith(("ant", "é", "ment"))
                and (made[at - 2].verb or not before.last.endswith("té"))
            )
            or (_says(made, at) and not _is_object(made, at))
        )
    )


def _is_object(made: Sequence[Atom], at: int) -> bool:
    """Whether a verb's object stands right before ``at``: ``refuser cette visite qu'elle craignait``, not ``dit à son frère
    que``.
    """
    noun = made[at - 1]
    if lexicon.COMPLETIVE.match(noun.last) or (len(noun.parts) == 1 and at < 2):
        return False
    article = noun.first if len(noun.parts) > 1 else made[at - 2].last
    if article not in lexicon.DETERMINERS - {"au", "aux"}:
        return False
    ahead = at - 2 if len(noun.parts) > 1 else at - 3
    return ahead < 0 or made[ahead].last not in ("à", "chez")


def _says(made: Sequence[Atom], at: int) -> bool:
    """Whether the clause before ``at`` says, knows, wants or fears something."""
    for atom in reversed(made[max(0, at - 5) : at]):
        if atom.pause:
            return False
        if atom.parts and lexicon.COMPLETIVE.match(atom.last):
            return True
    return False


def subordinator(made: Sequence[Atom], at: int) -> str:
    """The conjunction that starts a clause here ("" for none): ``parce que``, ``quand``."""
    ahead = [part for atom in made[at : at + 4] for part in atom.parts][:4]
    text = " ".join("que" if part == "qu'" else part for part in ahead).replace("' ", "'") + " "
    text = text.replace("lorsqu'", "lorsque ").replace("puisqu'", "puisque ").replace("quoiqu'", "quoique ")
    for conjunction in lexicon.SUBORDINATORS:
        if conjunction == "si" and ahead[1:2] and ahead[1] not in _AFTER_IF:
            continue
        if conjunction == "bien que" and at and not made[at - 1].pause:
            continue  # "je sens bien que"
        if text.startswith(conjunction + " "):
            return conjunction
    return "si" if ahead and ahead[0] == "s'" and ahead[1:2] in (["il"], ["ils"]) else ""


def is_incise(made: Sequence[Atom], at: int) -> bool:
    """Whether a clause such as ``dit-il`` or ``répondit Jeanne`` starts here."""
    here, before = made[at], made[at - 1]
    if not before.trail:
        return False
    if here.inverted and len(here.parts) >= 2 and here.parts[-2] in lexicon.SAYING:
        return True
    reflexive = here.first in ("s'", "se", "m'") and len(here.parts) > 1
    verb = here.parts[1] if reflexive else here.first
    if verb not in lexicon.SAYING or not (before.pause):
        return False
    following = made[at + 1] if at + 1 < len(made) and not here.pause else None
    return here.inverted or (
        following is not None
        and (following.name or following.first in lexicon.DETERMINERS)
        and "»" in before.trail
    )


def incise_end(made: Sequence[Atom], at: int) -> int:
    """The place behind the incise that starts at ``at``: behind its comma or its end."""
    for index in range(at, len(made)):
        if made[index].pause:
            return index + 1
    return len(made)


def is_present_participle(word: str) -> bool:
    """Whether a word has that form, and is not one of the nouns, adjectives and adverbs in ``-ant``."""
    return word.endswith("ant") and len(word) > 4 and word not in lexicon.NO_PRESENT_PARTICIPLES
