"""French sentences: where one ends.

Called by ``planning`` for each paragraph, pure. Invariant: the spans are in order, do not overlap, and leave
out nothing but blanks; so the sentences joined by a blank are the text, blanks aside.

A sentence ends at ``. ! ? …`` (and the quotation marks or brackets that close behind it) where the text goes
on with a capital, a figure, a dash or an opening quotation mark followed by one of these. It does not end
after an abbreviation or an initial, nor where a lower case letter follows: ``« Viens ! » dit-il`` is one.
Semicolons and colons never end one.
"""

import re
from typing import NamedTuple

from headway.apps.novel.words import listed

_END = re.compile(r"(?:\.{2,}|[.!?…])(?:\s?[.!?…])*(?:\s?[»”’\")\]](?!\w))*")
_OPENING = re.compile(r"(?:[«“\"‘'(\[—–―-]\s?)+")
_BEFORE = re.compile(r"(?:[^\W\d_]\.-)?[^\W_]+(?:[-'’][^\W_]+)*°?$")

_WORD = 40
"""So many characters are looked back for the word before a full stop."""

_ABBREVIATIONS = listed("""
    m mm mme mmes mlle mlles mgr mgrs mr mrs dr drs pr prof me mes st ste sts stes cf ex av apr ap env vol
    chap ch art al p pp fig éd ed coll trad réimpr ibid id op cit sq sqq ms mss fol fo v vs t tt liv l no
    nos n° cie sté gén col cap cdt lt sgt adj amb hon rev bd boul fg pl rte bât arr dép tél réf suppl loc jr
    sr pt ps cor rom matth luc jo apoc gen ex lév voy suiv ann janv févr avr juill sept oct nov déc env max
    min
    """)
_FIRST_NAMES = listed("ch chr ph th fr et ét alph aug ed edm eug ferd fréd guill jac jos jh jn léop lud vict")
"""First names cut short; like initials they end no sentence."""
_OPENERS = listed("""
    il elle on je ils elles nous vous tu mais et car or donc puis alors ce cela ça c'était c'est cette ces cet
    quand lorsque comme si dans pour après avant depuis enfin ainsi aussi pourtant cependant
    """)
"""What opens a sentence and is no name: behind an initial it shows that the sentence ended there."""
_ROMAN = re.compile(r"[IVX]$")


class Sentence(NamedTuple):
    """One sentence of a paragraph. ``quoted``: it starts inside guillemets that an earlier one opened."""

    text: str
    start: int
    end: int
    quoted: bool


def split(text: str) -> list[Sentence]:
    """The sentences of one paragraph with their places in it."""
    cuts: list[int] = []
    begin = _next_visible(text, 0)
    for found in _END.finditer(text):
        if found.start() < begin:
            continue
        if _ends(text, begin, found):
            cuts.append(found.end())
            begin = _next_visible(text, found.end())
    sentences: list[Sentence] = []
    position, depth = 0, 0
    for cut in [*cuts, len(text)]:
        start = _next_visible(text, position)
        end = start + len(text[start:cut].rstrip())
        if end > start:
            sentences.append(Sentence(text[start:end], start, end, depth > 0))
            depth = max(0, depth + text.count("«", start, end) - text.count("»", start, end))
        position = cut
    return sentences


def _next_visible(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _ends(text: str, begin: int, found: re.Match[str]) -> bool:
    """Whether the sentence that began at ``begin`` ends at this mark."""
    end = found.end()
    after = _next_visible(text, end)
    if after == len(text):
        return True
    closed = any(char in "»”)]" for char in found.group())
    opening = _OPENING.match(text, after)
    follows = opening.end() if opening else after
    if after == end and not (opening and opening.group()[0] in "«“—") and not closed:
        return False
    if follows >= len(text):
        return False
    char = text[follows]
    if char.islower() or not (char.isalnum() or char in "…."):
        return False
    if char in "….":
        return bool(opening)
    if found.group().startswith(".") and found.group()[:2] != ".." and not closed:
        return not _abbreviated(text, begin, found.start(), follows)
    return True


def _abbreviated(text: str, begin: int, dot: int, follows: int) -> bool:
    """Whether the full stop at ``dot`` belongs to an abbreviation, an initial or a numeral in a list."""
    before = _BEFORE.search(text, max(begin, dot - _WORD), dot)
    if not before:
        return False
    word = before.group()
    last = re.split(r"['’]", word)[-1]
    lower = last.casefold()
    if word in ("J.-C", "J-C"):
        return False
    nothing_before = before.start() - begin < _WORD and not any(
        char.isalnum() for char in text[begin : before.start()]
    )
    if last.isdigit():
        return nothing_before and len(last) <= 3
    if nothing_before and (len(last) <= 4 and re.fullmatch(r"[IVXLC]+", last)):
        return False  # "IV. Le roi": the number of a part is a heading of its own
    if len(last) == 1 and last.isalpha():
        if last.islower():
            return lower in _ABBREVIATIONS or nothing_before
        if _ROMAN.match(last) and _is_name_before(text, begin, before.start()):
            return False
        following = re.match(r"[\w'’-]+", text[follows:])
        opener = following.group().casefold().replace("’", "'") if following else ""
        return opener not in _OPENERS or last == "M"
    if lower in _ABBREVIATIONS or (lower in _FIRST_NAMES and last[0].isupper()):
        return not (
            lower in ("ex", "al", "me", "max", "min", "l", "v") and text[follows].isupper() and lower != "me"
        )
    return False


def _is_name_before(text: str, begin: int, place: int) -> bool:
    """Whether a capitalised word stands right before: ``Charles X``."""
    name = re.search(r"([^\W\d_][\w-]*)\s$", text[max(begin, place - _WORD) : place])
    return bool(name and name.group(1)[0].isupper() and len(name.group(1)) > 2)
