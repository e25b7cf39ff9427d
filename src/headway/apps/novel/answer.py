"""A model's answer, sentence by sentence: kept where it follows the rules, else replaced by the offline way.

Called by the job after each call. ``faults`` says what to ask again for; ``assemble`` makes the chunk's
result of all answers there are. Invariant: every own sentence of the chunk is in the result, and whatever a
model did not do by the rules is done by rules and carries the flag ``fallback``.
"""

import re
from collections.abc import Sequence

from headway.apps.novel import lexicon
from headway.apps.novel.coverage import compare, lost
from headway.apps.novel.offline import shorten_source
from headway.apps.novel.schema import Chunk, ChunkResult, ProviderChunk, Short, Source
from headway.apps.novel.shortening import Flag, Style, is_dialogue
from headway.apps.novel.words import count_words, words

_KEPT = 0.7
"""A rewriting that has fewer of the sentence's words than this share has left text out."""
_FINAL = re.compile(r"[.!?…][\s»”\"')\]]*$")
_CUT_OFF = (
    lexicon.DETERMINERS | lexicon.PREPOSITIONS | lexicon.RELATIVES | {"de", "d'", "et", "mais", "car"}
) - {
    *("notre", "votre", "tout", "toute", "la", "le", "les", "en", "tous"),
    *("avant", "après", "depuis", "devant", "derrière", "contre", "avec", "pour", "dessus", "entre", "outre"),
    *(
        "deux",
        "trois",
        "quatre",
        "cinq",
        "six",
        "sept",
        "huit",
        "dix",
        "quelque",
        "plusieurs",
        "hors",
        "où",
        "qui",
    ),
}
"""Words with which no sentence ends (a pronoun such as ``prends-le`` may)."""
_MARKS = str.maketrans("", "", '«»“”"—–')


def faults(chunk: Chunk, answer: ProviderChunk, style: Style) -> dict[int, list[str]]:
    """What is wrong, by the number of the sentence; empty when all can be used."""
    given = _by_number(answer)
    found = {source.n: complaints(source, given.get(source.n), style) for source in chunk.own}
    return {number: reasons for number, reasons in found.items() if reasons}


def complaints(source: Source, short: Sequence[str] | None, style: Style) -> list[str]:
    """Why these short sentences cannot stand for the source, in English; empty when they can."""
    if not short:
        return ["there is no answer for it"]
    if style.ignore_dialogue and is_dialogue(source.text, quoted=source.quoted):
        same = words(" ".join(short)) == words(source.text)
        return [] if same else ["dialogue must be given back word for word"]
    found: list[str] = []
    alone = count_words(source.text) < style.least
    for text in short:
        size = count_words(text)
        if size > style.limit:
            found.append(f"{text!r} has {size} words, at most {style.limit} are allowed")
        elif size < style.least and not alone:
            found.append(f"{text!r} has {size} words, at least {style.least} are needed")
        found += [f"{text!r} {why}" for why in _broken(text)]
    total, kept = compare(source.text, short)
    if kept < _KEPT * total:
        found.append(f"text is missing, such as: {', '.join(lost(source.text, short)[:8])}")
    if style.preserve_formatting and "«" in source.text and not any("«" in text for text in short):
        found.append("its quotation marks are missing")
    return found


def assemble(
    chunk: Chunk, answers: Sequence[ProviderChunk], style: Style, *, provider: str, model: str
) -> ChunkResult:
    """The chunk's result: for each sentence the last answer that follows the rules, else the offline way."""
    given = [_by_number(answer) for answer in answers]
    shorts: list[Short] = []
    for source in chunk.own:
        good = next(
            (one[source.n] for one in reversed(given) if not complaints(source, one.get(source.n), style)),
            None,
        )
        if good is None:
            shorts += shorten_source(source, style, "fallback")
        else:
            shorts += [Short(source=source.n, text=text, flags=_flags(text, style)) for text in good]
    return ChunkResult(chunk=chunk.index, shorts=tuple(shorts), provider=provider, model=model)


def _by_number(answer: ProviderChunk) -> dict[int, list[str]]:
    """The short sentences by number, blanks made single; of two answers for one number the first counts."""
    given: dict[int, list[str]] = {}
    for sentence in answer.sentences:
        texts = [" ".join(text.split()) for text in sentence.short if any(char.isalnum() for char in text)]
        given.setdefault(sentence.n, texts)
    return given


def _broken(text: str) -> list[str]:
    """Signs of a fragment."""
    plain = text.translate(_MARKS).strip()
    found: list[str] = []
    if not _FINAL.search(text):
        found.append("has no final mark")
    first = next((char for char in plain if char.isalnum()), "")
    if first.islower():
        found.append("does not begin with a capital")
    parts = words(plain)
    trails = plain.endswith(("…", "...", "?", "!"))
    if parts and parts[-1] in _CUT_OFF and not trails:
        found.append(f"is a fragment: it ends in {parts[-1]!r}")
    if parts and parts[0] in ("dont", "lequel", "laquelle") and "?" not in text:
        found.append(f"is a fragment: it begins with {parts[0]!r}")
    return found


def _flags(text: str, style: Style) -> tuple[Flag, ...]:
    size = count_words(text)
    if size > style.limit:
        return ("long",)
    return ("short",) if size < style.least else ()
