"""A French sentence as atoms: what stands between blanks, with the signs that hang on it.

Called by ``shortening``, ``breaks`` and the repairs. Since an atom keeps its elided word, that never loses its noun.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from headway.apps.novel.verbs import is_finite
from headway.apps.novel.words import words

_OPENERS = '«“"‘([—–―'
_ATOM = re.compile(r"^(?P<lead>[^\w]*)(?P<core>.*?)(?P<trail>[^\w]*)$", re.DOTALL)
_INVERTED = re.compile(r"-(?:t-)?(?:je|tu|il|elle|on|nous|vous|ils|elles|ce)$", re.IGNORECASE)


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
            if is_finite(part, before, earlier, name=atom.name or (atom is made[0] and _may_be_name(atom))):
                atom.verb = True
            earlier, before = before, part
        if atom.pause:
            before = earlier = ""


def _may_be_name(atom: Atom) -> bool:
    """Whether a sentence's first word is named rather than bids: ``Bermudez, Espagnol, …``"""
    return atom.pause and atom.last.endswith("ez")
