"""What of an Arabic text is not Arabic: the exact test that nothing was left in English.

A text of ours in Arabic holds Latin letters in two cases only. People's own words (quotations, names, addresses) and English
words as examples stand between the signs of an isolate, which `support.sentences` puts there; `foreign` gives them back, to
be looked up in what the text was made from. And names of things that are written so everywhere stand in `NAMES`.
"""

import re
from collections.abc import Iterable
from functools import cache

from babel.messages.catalog import Message

from headway.support.i18n import read_catalog

ISOLATED = re.compile("\u2068([^\u2068\u2069]*)\u2069")
QUOTED = re.compile("“([^“”{}]*[A-Za-z][^“”{}]*)”")
PLACEHOLDER = re.compile(r"\{\w+(?::[^{}]*)?\}")
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:[-'’.][A-Za-z\u00c0-\u024f]+)*")
NAMES = frozenset(
    re.findall(
        r"\S+",
        """A B C D F U Headway IELTS Google Gemini OpenAI Unicode Prometheus Standard Webhooks JavaScript Markdown MD PDF CSV TSV
        XLSX TXT ZIP JSON JSONL lines JSON-LD schema.org MTLD OCR SMTP HTTP HTTPS https UTF HMAC API URL MB KB AI NUL T Z Ctrl
        Enter Esc Shift Delete curl headway worker api ops overview metrics HEADWAY PRODUCT SOURCES application json multipart
        form-data text event-stream file boundary Content-Type Idempotency-Key Authorization Bearer TOKEN token surrogate true
        false next content question given points student Chrome Firefox Safari Edge Linux Windows macOS Android""",
    )
)
"""Grades; names of products, formats, keys and fields; they are written so in every language."""


def foreign(text: str) -> list[str]:
    """What stands in isolates, without quotation marks and the sign of a cut."""
    return [found.strip("“”").rstrip("…") for found in ISOLATED.findall(text)]


def left_in_latin(text: str) -> list[str]:
    """The words in Latin letters that are neither in an isolate nor a name."""
    return [word for word in LATIN.findall(ISOLATED.sub(" ", text)) if word not in NAMES]


@cache
def _examples() -> str:
    """Every English text of the catalogues that quotes words as an example."""
    return "\n".join(
        text for message in read_catalog("en") for text in _ids(message.id) if QUOTED.search(text)
    )


def unexplained(text: str, sources: Iterable[str]) -> list[str]:
    """What of an Arabic text is in Latin letters for no reason: bare words, and isolates that are neither of the `sources` (what
    people wrote) nor an example that the English text quotes too."""
    whole = " ".join(" ".join(source.split()) for source in sources)
    strange = [
        each
        for each in foreign(text)
        if LATIN.search(each) and each not in whole and f"“{each}”" not in _examples()
    ]
    return [*left_in_latin(text), *strange]


def _ids(msgid: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (msgid,) if isinstance(msgid, str) else tuple(msgid)


def untranslated() -> list[str]:
    """The Arabic texts of the catalogue with Latin letters that are no placeholder's, no name, and no example that
    the English text quotes too."""
    found = []
    for message in read_catalog("ar"):
        if not message.id:
            continue
        found += _untranslated(message)
    return found


def _untranslated(message: Message) -> list[str]:
    english = "\n".join(_ids(message.id))
    found = []
    for form in [message.string] if isinstance(message.string, str) else list(message.string):
        bare = QUOTED.sub(lambda quote: " " if quote[0] in english else quote[0], PLACEHOLDER.sub(" ", form))
        if words := [word for word in LATIN.findall(bare) if word not in NAMES]:
            found.append(f"{words}: {form}")
    return found
