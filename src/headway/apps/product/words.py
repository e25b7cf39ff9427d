"""Every sentence of a result, as message ids; and how a stored result is read in a reader's language.

Called by `report` (which writes them), by the HTTP floor (through `headway.apps.renders`) and by `export`. A result is
stored once and read in any language: so it holds ids and values, and the texts are put in when it is read.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import orjson
from babel.dates import format_date
from pydantic import BaseModel

from headway.support import sentences
from headway.support.i18n import N_, gettext
from headway.support.sentences import told

Value = str | int | float | list[str] | dict[str, str]


class Said(BaseModel):
    """A sentence: `id` is its message id, `args` fill it (`names` are of aspects, an object has a text by language), `text`
    is it as somebody reads it."""

    id: str
    args: dict[str, Value] = {}
    text: str = ""


def say(msgid: str, **args: Value) -> Said:
    """A sentence to be stored."""
    return Said(id=msgid, args=args)


def said(lang: str, sentence: Said) -> str:
    """The sentence in `lang`."""
    return _render(lang, sentence.id, sentence.args)


def in_language(stored: str, lang: str) -> str:
    """A stored analysis as JSON text for a reader of `lang`: with every sentence's `text`, the `summary`, and aspects' names."""
    analysis = orjson.loads(stored)
    for sentence in _sentences(analysis):
        sentence["text"] = _render(lang, sentence["id"], sentence["args"])
    analysis["summary"] = " ".join(sentence["text"] for sentence in analysis["summary_sentences"])
    for aspect in analysis["aspects"]:
        aspect["name"] = aspect_name(lang, aspect["code"], aspect["name"])
    return orjson.dumps(analysis).decode()


def aspect_name(lang: str, code: str, name: str) -> str:
    """What an aspect is called; `name` is the reviewers' own word where we have none for it."""
    return gettext(lang, ASPECT_NAMES.get(code, name))


def _sentences(analysis: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every sentence of a result."""
    yield from analysis["summary_sentences"]
    yield from (claim["text"] for claim in (*analysis["key_patterns"], *analysis["sentiment"].values()))
    for example in (*analysis["fake_examples"], *analysis["genuine_examples"]):
        yield from (signal["text"] for signal in example["signals"])


def _render(lang: str, msgid: str, args: Mapping[str, Value]) -> str:
    return told(
        lang,
        sentences.Said(id=msgid, args={name: _filling(lang, name, value) for name, value in args.items()}),
    )


def _filling(lang: str, name: str, value: Value) -> sentences.Value:
    if isinstance(value, list):
        return [sentences.say(each) if name == "names" and each in _NAMES else each for each in value]
    if isinstance(value, dict):
        return value.get(lang, value["en"])
    if name == "day" and isinstance(value, str):
        return format_date(date.fromisoformat(value), "medium", locale=lang)
    return value


AGAINST: Final[Mapping[str, str]] = {
    "self": N_("Speaks much of the writer: {words}"),
    "pronouns": N_("Told like a story: many pronouns"),
    "superlatives": N_("Superlatives and absolutes: {words}"),
    "occasions": N_("The occasion instead of the product: {words}"),
    "vague": N_("Words that fit anything: {words}"),
    "promises": N_("Promises and general recommendations: {words}"),
    "title": N_("Repeats the product's name: {words}"),
    "places": N_("Hardly says where things are, or how big"),
    "numbers": N_("Hardly a number"),
    "asides": N_("Hardly an aside, bracket or dash"),
    "plainness": N_("Few different words"),
}
"""What a signal says where it speaks against a review."""
FOR: Final[Mapping[str, str]] = {
    "self": N_("Speaks little of the writer"),
    "pronouns": N_("Told like a report: few pronouns"),
    "superlatives": N_("Measured: hardly a superlative"),
    "occasions": N_("About the product, not the occasion"),
    "vague": N_("Hardly a word that fits anything"),
    "promises": N_("No promise and no general recommendation"),
    "title": N_("Does not repeat the product's name"),
    "places": N_("Says where things are, or how big: {words}"),
    "numbers": N_("Numbers: {words}"),
    "asides": N_("Asides, brackets, dashes: {words}"),
    "plainness": N_("Many different words"),
}
"""What a signal says where it speaks for a review."""
COPIED: Final = N_("The same text, or nearly, stands under {names} names")
ADDRESSED: Final = N_("Speaks to the analyser instead of to buyers")
JUDGED: Final = N_("{model} says: {reason}")

TYPICAL: Final[Mapping[str, str]] = {
    "self": N_("{n} of {total} fake ones speak much of their writer"),
    "pronouns": N_("{n} of {total} fake ones are told like a story"),
    "superlatives": N_("{n} of {total} fake ones have many superlatives"),
    "occasions": N_("{n} of {total} fake ones are about the occasion, not the product"),
    "vague": N_("{n} of {total} fake ones use words that fit anything"),
    "promises": N_("{n} of {total} fake ones promise and recommend in general"),
    "title": N_("{n} of {total} fake ones repeat the product's name"),
    "places": N_("{n} of {total} fake ones hardly say where things are, or how big"),
    "numbers": N_("{n} of {total} fake ones have hardly a number"),
    "asides": N_("{n} of {total} fake ones have hardly an aside, bracket or dash"),
    "plainness": N_("{n} of {total} fake ones have few different words"),
}
REPEATED: Final = N_("Records that came more than once: {n}. Each counts once")
COPIES: Final = N_("The same text under different names (reviews: {n}, groups: {groups})")
NEAR_COPIES: Final = N_("Nearly the same text under different names (reviews: {n}, groups: {groups})")
ORDERS: Final = N_("Reviews that give the analyser orders: {n}. They change nothing but their own verdict")
ALIKE: Final = N_(
    "The same or nearly the same text, without names to tell whose (reviews: {n}, groups: {groups})"
)
PROLIFIC: Final = N_("Reviews by one author, {author}: {n}")
BURST: Final = N_("Reviews on one day, {day}: {n}, where {usual} are usual")
DISAGREE: Final = N_("Reviews whose stars and words disagree: {n}")
UNVERIFIED: Final = N_("Not a verified purchase: {fake} % of the fake ones, {genuine} % of the genuine ones")
STARS_APART: Final = N_("The fake ones give {fake} stars on average, the genuine ones {genuine}")
SHORT: Final = N_("Too short to be judged by their style: {n}")

NONE_TO_READ: Final = N_("There are no reviews to analyse: no grade.")
VERDICT: Final = N_(
    "Analysed: {analysed} of {received} reviews. Look fake: {fake}, which is {percent} % (95 % confidence: {low} to "
    "{high} %). Grade {grade}."
)
RATING_MOVES: Final = N_("Without the fake ones the rating is {adjusted} instead of {original}.")
RATING_STAYS: Final = N_("Without the fake ones the rating stays at {adjusted}.")
PRAISED: Final = N_("People praise: {names}.")
BLAMED: Final = N_("People complain about: {names}.")
FOLDED: Final = N_("Records that came more than once, and count once: {n}.")

ASPECT_NAMES: Final[Mapping[str, str]] = {
    "quality": N_("quality"),
    "value": N_("price and value"),
    "delivery": N_("delivery and packaging"),
    "service": N_("service and staff"),
    "ease": N_("ease of use"),
    "size": N_("size and fit"),
    "comfort": N_("comfort"),
    "design": N_("design and look"),
    "durability": N_("durability"),
    "sound": N_("sound"),
    "screen": N_("screen and picture"),
    "battery": N_("battery and charging"),
    "performance": N_("performance"),
    "taste": N_("taste"),
    "smell": N_("smell"),
    "cleanliness": N_("cleanliness"),
    "room": N_("rooms and furnishing"),
    "location": N_("location and view"),
    "food": N_("food and drink"),
    "noise": N_("noise"),
    "story": N_("story and writing"),
    "material": N_("material"),
}
MOODS: Final[Mapping[str, str]] = {
    "positive": N_("Positive reviews: {n}"),
    "neutral": N_("Neutral reviews: {n}"),
    "negative": N_("Negative reviews: {n}"),
}
GRADE_MEANINGS: Final[Mapping[str, str]] = {
    "A": N_("Hardly a fake one: believe the stars"),
    "B": N_("A few fake ones: the stars are about right"),
    "C": N_("Many fake ones: read the genuine ones"),
    "D": N_("More fake than is good: do not trust the stars"),
    "F": N_("Most are fake: do not trust them"),
    "U": N_("No grade: there are no reviews"),
}
_NAMES: Final = frozenset(ASPECT_NAMES.values())
