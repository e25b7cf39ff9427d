"""Sentences that are stored once and read in any language: a message id with what fills it.

Called by the applications: `say` where a sentence is made, `told` where somebody reads it. Invariant: what is stored
holds no words of any language but people's own (quotations, names), which are arguments.

In a language written from right to left an argument that is text, with the quotation marks around it, stands between
the signs of an isolate (U+2068, U+2069; Unicode annex 9), and so does what the translation itself quotes in Latin
letters: it reads right in plain text, and pages make an element of it.
"""

import re
from collections.abc import Mapping
from typing import Final, Union

from pydantic import BaseModel, ConfigDict

from headway.support.i18n import N_, direction, form_of

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
_LEFT_TO_RIGHT_MARK = "\u200e"
_COMMA: Final = N_(", ")
_TWO: Final = N_("{first} {rest}")
_PLACE = re.compile(r"(“)?\{(\w+)(?::([^{}]*))?\}(?(1)”)")
_LATIN_QUOTED = re.compile(r"“[^“”{}]*[A-Za-z][^“”{}]*”")
_DIRECTIONS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


class Said(BaseModel):
    """One sentence, or a part of one.

    `args` fill the message: numbers by the message's own format (`{share:.0%}`; else `1,234`), lists joined by the
    language's comma, texts as they stand. With `plural` the form is chosen by `args["n"]`. `english` are the words of a
    library that speaks English only: readers of other languages get the message.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    args: "dict[str, Value]" = {}
    plural: str | None = None
    english: str | None = None


Item = Union[str, int, float, Said]  # noqa: UP007  # `|` does not take a class that is not yet whole
Value = Union[Item, list[Item]]  # noqa: UP007
Prose = Union[str, Said]  # noqa: UP007
"""What a person reads, as it is stored: a sentence, or words that a model or an earlier version wrote."""
Said.model_rebuild()


def say(msgid: str, /, **args: Value) -> Said:
    """A sentence to be stored; the catalogues know such calls."""
    return Said(id=msgid, args=args)


def say_n(singular: str, plural: str, n: int, /, **args: Value) -> Said:
    """The same of `n` things, which both texts may name as `{n}`."""
    return Said(id=singular, plural=plural, args={"n": n, **args})


def together(first: Said, *rest: Said) -> Said:
    """Sentences one after another."""
    return say(_TWO, first=first, rest=together(*rest)) if rest else first


def told(lang: str, prose: Prose) -> str:
    """The sentence for a reader of `lang`. Never raises: what does not fit leaves its braces standing."""
    if isinstance(prose, str):
        return prose
    if prose.english is not None and lang == "en":
        return prose.english
    n = prose.args.get("n")
    template = form_of(lang, prose.id, prose.plural, n if isinstance(n, int) else None)
    rtl = direction(lang) == "rtl"
    if rtl:
        template = _LATIN_QUOTED.sub(lambda found: isolated(found[0]), template)
    return _filled(lang, template, prose.args, rtl)


def isolated(text: str) -> str:
    """The text with a direction of its own, whatever signs of direction it holds."""
    return f"{FIRST_STRONG_ISOLATE}{text.translate(_DIRECTIONS)}{POP_ISOLATE}"


def _filled(lang: str, template: str, args: Mapping[str, Value], rtl: bool) -> str:
    def put(place: re.Match[str]) -> str:
        quoted, name, form = place.groups()
        value = args.get(name)
        if value is None:
            return place[0]
        text = _shown(lang, value, form or "", rtl)
        if quoted:
            text = f"“{text}”"
        return isolated(text) if rtl and isinstance(value, str) else text

    return _PLACE.sub(put, template)


def _shown(lang: str, value: Value, form: str, rtl: bool) -> str:
    if isinstance(value, list):
        return form_of(lang, _COMMA).join(_item(lang, each, rtl) for each in value)
    if isinstance(value, Said):
        return told(lang, value)
    if isinstance(value, str):
        return value
    try:
        text = format(value, form or ",")
    except ValueError:
        text = str(value)
    # A sign stands before its number in every language.
    return _LEFT_TO_RIGHT_MARK + text if rtl and text[:1] in "+-" else text


def _item(lang: str, value: Item, rtl: bool) -> str:
    text = _shown(lang, value, "", rtl)
    return isolated(text) if rtl and isinstance(value, str) else text
