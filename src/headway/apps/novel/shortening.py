"""A French sentence to short ones, by rules: the offline provider's way, and the last resort of every other.

Called by ``offline`` and by the answer's check, sentence by sentence; pure. All places where a sentence may
be broken (``breaks``) and all ways to make the pieces stand alone (``repairs``) are weighed together, and
the cheapest way through the sentence is taken. Invariant: the pieces hold the source's words in the
source's order; added are subjects and "c'était", replaced at most a ``qui`` by its pronoun and a present
participle by the imperfect. A sentence within the limit is given back as it stands.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from headway.apps.novel import lexicon
from headway.apps.novel.atoms import Atom, atoms
from headway.apps.novel.breaks import breaks
from headway.apps.novel.clauses import is_incise, starts_relative, subordinator
from headway.apps.novel.piece import Repair, Sentence, context
from headway.apps.novel.repairs import repairs
from headway.apps.novel.subjects import inside_subjects, is_bare_verb, subjects
from headway.apps.novel.words import count_words

Flag = Literal["long", "short", "fragment", "fallback"]

_PIECE = 1.2
_TOO_SHORT = 30.0
_FRAGMENT = 8.0
_TOO_LONG = 200.0
_QUOTES = str.maketrans("", "", '«»“”"')
_DASH = re.compile(r"^(?P<dash>[—–―]|-(?=\s))\s*")
_TAIL = re.compile(r"[\s,;:—–-]+$")
_FINAL = re.compile(r"[.!?…][»”\"')\]\s]*$")
_INVERSION = re.compile(
    r"(?P<clitic>[sm]['’])?(?P<verb>[^\W\d_]+)-(?:t-)?(?P<pronoun>je|tu|il|elle|on|nous|vous|ils|elles)\b"
)


@dataclass(frozen=True, slots=True)
class Style:
    """What the settings ask of a short sentence: words at most and at least, and what is left alone."""

    limit: int = 8
    least: int = 2
    ignore_dialogue: bool = False
    preserve_formatting: bool = True


@dataclass(frozen=True, slots=True)
class Piece:
    """One short sentence. ``flags``: ``long`` over the limit, ``short`` under the minimum, ``fragment`` no
    verb.
    """

    text: str
    flags: tuple[Flag, ...] = ()


def is_dialogue(text: str, *, quoted: bool = False) -> bool:
    """Whether somebody speaks in this sentence: by its dash, its quotation marks, or an open quotation."""
    return quoted or bool(_DASH.match(text)) or "«" in text or "“" in text


def shorten(text: str, style: Style, *, quoted: bool = False) -> list[Piece]:
    """The sentence as short sentences, at least one. ``quoted``: it starts inside an open quotation."""
    if not any(char.isalnum() for char in text):
        return [Piece(text.strip(), ("short",))]
    if style.ignore_dialogue and is_dialogue(text, quoted=quoted):
        return [_piece(_laid_out(text.strip(), style, quoted=quoted, keep=True), style, fragment=False)]
    if count_words(text) <= style.limit:
        return [_piece(_laid_out(text.strip(), style, quoted=quoted), style, fragment=False)]
    made = atoms(text)
    cuts = _cheapest(made, style, dialogue=is_dialogue(text, quoted=quoted), quoted=quoted)
    return _written(text, made, cuts, style, quoted=quoted)


@dataclass(frozen=True, slots=True)
class _Cut:
    """One piece: the atoms from ``start`` to ``end``, how it starts, and whether a verb stands in it."""

    start: int
    end: int
    repair: Repair
    fragment: bool


def _cheapest(made: Sequence[Atom], style: Style, *, dialogue: bool, quoted: bool) -> list[_Cut]:
    """The cheapest way through the sentence, by dynamic programming over its breaks."""
    whole = context(made, subjects(made), dialogue=dialogue, quoted=quoted)
    whole_phrases = inside_subjects(made, whole.found)
    places = {place.at: place.cost for place in breaks(made) if place.at not in whole_phrases}
    places[0] = 0.0
    if not style.preserve_formatting:
        places.update({at: 0.6 for at in list(places) if at and is_incise(made, at)})
    starts = sorted(places)
    sums = [0, *accumulate(len(atom.parts) for atom in made)]
    openers = _openers(made)
    ends = [*starts[1:], len(made)]
    best: dict[int, tuple[float, list[_Cut] | None, _Cut | None, int]] = {0: (0.0, None, None, 0)}
    for index, start in enumerate(starts):
        if start not in best:
            continue
        so_far = best[start][0] + _PIECE + places[start]
        ways = repairs(whole, start)
        any_verb, main_verb = _verbs_from(made, openers, start)
        bare = next(
            (at for at in range(start + 1, len(made)) if made[at - 1].pause and is_bare_verb(made, at)),
            len(made),
        )
        for end in ends[index:]:
            length = sums[end] - sums[start]
            for way in ways:
                has_verb = (any_verb if way.clause else main_verb) < end
                borrowed = way.clause or way.verbless or way.swap is not None
                if start == 0 and way.verbless and way.lead and not made[end - 1].pause:
                    continue
                if (way.verbless and main_verb < end) or (borrowed and bare < end) or end - start < way.reach:
                    continue
                size = length + way.extra
                if size > style.limit and end != ends[index]:
                    continue
                orphan = (
                    not borrowed and bare < end and main_verb >= bare and not _has_subject(whole, start, bare)
                )
                stands = (has_verb and not orphan) or (
                    not way.clause and (bool(way.lead) or way.swap is not None)
                )
                cost = so_far + way.cost + (_FRAGMENT if way.fragment or not stands else 0.0)
                if size > style.limit:
                    cost += _TOO_LONG + 30.0 * (size - style.limit)
                if size < style.least:
                    cost += _TOO_SHORT
                if end not in best or cost < best[end][0]:
                    best[end] = (cost, None, _Cut(start, end, way, way.fragment or not stands), start)
            if length > style.limit:
                break
    cuts: list[_Cut] = []
    end = len(made)
    while end > 0:
        _, _, cut, start = best[end]
        assert cut is not None
        cuts.append(cut)
        end = start
    return cuts[::-1]


def _verbs_from(made: Sequence[Atom], openers: Sequence[int], start: int) -> tuple[int, int]:
    """Where the first verb from ``start`` on stands, and the first that is no subordinate clause's inside the piece; behind the
    last atom for none. A clause that opens the piece is the repair's to make independent, or to call a fragment; one that
    opens the sentence has none to lean on."""
    end = len(made)
    verbs = [at for at in range(start, end) if made[at].verb]
    main = (at for at in verbs if openers[at] < start or 0 < openers[at] == start)
    return (verbs[0] if verbs else end), next(main, end)


def _has_subject(whole: Sentence, start: int, verb: int) -> bool:
    """Whether a subject stands before the verb in a piece that starts at ``start``."""
    return any(start <= one.at < verb for one in whole.found)


def _openers(made: Sequence[Atom]) -> list[int]:
    """For each verb where the relative or subordinate clause that it belongs to begins; -1 for those of no such clause."""
    found = [-1] * len(made)
    opener = -1
    for at, atom in enumerate(made):
        if atom.first in ("que", "qu'") or (at and starts_relative(made, at)) or subordinator(made, at):
            opener = at
        if atom.verb:
            found[at], opener = opener, -1
    return found


def _written(
    text: str, made: Sequence[Atom], cuts: Sequence[_Cut], style: Style, *, quoted: bool
) -> list[Piece]:
    dash = _DASH.match(text.lstrip())
    verbless = not any(atom.verb for atom in made)
    final = "?" if "?" in made[-1].trail else "."
    depth = int(quoted)
    pieces: list[Piece] = []
    for cut in cuts:
        raw = _assembled(made, cut, style)
        opened = depth > 0
        depth = max(0, depth + raw.count("«") - raw.count("»"))
        asks = cut.start == 0 and cut.end < len(made) and final == "?" and _asks(made, cut)
        body = _finished(raw, "?" if asks else ".")
        body = _balanced(body, opened=opened, open_after=depth > 0, keep=style.preserve_formatting)
        if style.preserve_formatting and dash and cut.start > 0 and not _DASH.match(body):
            body = f"{dash['dash']} {body}"
        if not style.preserve_formatting:
            body = _DASH.sub("", body)
        pieces.append(_piece(_capital(body), style, fragment=cut.fragment and not verbless))
    return pieces


def _assembled(made: Sequence[Atom], cut: _Cut, style: Style) -> str:
    repair = cut.repair
    raws = [atom.raw for atom in made[cut.start : cut.end]]
    if repair.swap is not None:
        raws[repair.swap_at : repair.swap_at + repair.span] = [repair.swap] + [""] * (repair.span - 1)
    if repair.joins is not None:
        raws[repair.joins] = raws[repair.joins].rstrip(", ")
    if repair.skip or (repair.swap_at and made[cut.start].first in lexicon.COORDINATORS):
        raws[0] = raws[0].rstrip(", ")
    if cut.start > 0:
        raws[0] = re.sub(r"^[\s—–,;:-]+", "", raws[0])
    if repair.lead:
        if repair.skip == 0 and not made[cut.start].name:
            opening = re.match(r"^[^\w]*", raws[0])
            marks = opening.group() if opening else ""
            rest = raws[0][len(marks) :]
            raws[0] = rest[:1].lower() + rest[1:] if cut.start == 0 else rest
            raws.insert(0, marks + repair.lead)
        else:
            raws.insert(repair.skip, repair.lead)
        place = repair.skip
        if raws[place].endswith(("'", "’")):
            raws[place : place + 2] = [raws[place] + raws[place + 1]]
    if not style.preserve_formatting and is_incise(made, cut.start) if cut.start else False:
        raws[0] = _INVERSION.sub(lambda m: f"{m['pronoun']} {m['clitic'] or ''}{m['verb']}", raws[0], count=1)
    return " ".join(raw for raw in raws if raw)


def _asks(made: Sequence[Atom], cut: _Cut) -> bool:
    """Whether the first piece of a question is the one that asks."""
    return made[0].first in lexicon.INTERROGATIVES or any(atom.inverted for atom in made[cut.start : cut.end])


def _finished(raw: str, mark: str) -> str:
    """The piece with a full stop where it has no mark of its own."""
    if _FINAL.search(raw):
        return raw.strip()
    closers = re.search(r"[\s»”\")\]]*$", raw)
    tail = closers.group() if closers else ""
    body = _TAIL.sub("", raw[: len(raw) - len(tail)])
    gap = " " if mark == "?" else ""
    return (body + gap + mark + tail).strip()


def _balanced(body: str, *, opened: bool, open_after: bool, keep: bool) -> str:
    """Guillemets around what stands in them, brackets only in pairs."""
    for left, right in ("()", "[]"):
        if body.count(left) != body.count(right):
            body = body.replace(left, "").replace(right, "")
    if not keep:
        return body.translate(_QUOTES).strip()
    if opened and not body.lstrip().startswith("«") and (open_after or "»" in body):
        body = "« " + body
    if open_after:
        body = body + " »"
    return body


def _laid_out(text: str, style: Style, *, quoted: bool, keep: bool = False) -> str:
    """A sentence that is not broken: its open quotation closed, or its signs taken off."""
    if not (style.preserve_formatting or keep):
        return _capital(_finished(_DASH.sub("", text.translate(_QUOTES).strip()), "."))
    depth = int(quoted) + text.count("«") - text.count("»")
    body = _finished(text, ".")
    return _capital(_balanced(body, opened=quoted, open_after=depth > 0, keep=True))


def _capital(body: str) -> str:
    place = next((index for index, char in enumerate(body) if char.isalnum()), 0)
    return body[:place] + body[place : place + 1].upper() + body[place + 1 :]


def _piece(text: str, style: Style, *, fragment: bool) -> Piece:
    flags: list[Flag] = []
    size = count_words(text)
    if size > style.limit:
        flags.append("long")
    if size < style.least:
        flags.append("short")
    if fragment:
        flags.append("fragment")
    return Piece(re.sub(r"\s+", " ", text), tuple(flags))
