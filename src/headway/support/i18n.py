"""Translations: every text that a person can meet, in the language of whoever looks.

Called by every floor that writes such a text: marked with `N_` where it is written, rendered with `gettext`
where it is read. Invariant: rendering never raises; at worst a person sees the English text as written.

Catalogues are the `.po` files under `headway/locale`, read at first use: there is no compile step.
`catalogues.py` keeps them in step with the sources.
"""

from collections.abc import Container, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple, cast

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

LANGUAGES = ("en", "ar")
"""The languages of the product, the default first."""

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"
DOMAIN = "headway"

_RTL = frozenset({"ar"})
_FORMAT_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


_CATEGORIES = ("zero", "one", "two", "few", "many", "other")
"""CLDR's plural categories in the order in which a catalogue lists its forms."""


class _Table(NamedTuple):
    """One language, ready to be looked up: texts by msgid, plurals by singular, and the rule's locale."""

    texts: Mapping[str, str]
    plurals: Mapping[str, tuple[str, ...]]
    locale: Locale


def N_(msgid: str) -> str:
    """Mark `msgid` for the catalogues and return it as it is: it is rendered later, for whoever looks."""
    return msgid


def gettext(lang: str, msgid: str, /, **args: object) -> str:
    """Return the text of `msgid` in `lang`, with `args` put in by `str.format`.

    An unknown language or text gives the `msgid`; arguments that do not fit leave the braces standing.
    """
    return _fill((_table(lang).texts.get(msgid, msgid), msgid), args)


def ngettext(lang: str, singular: str, plural: str, n: int, /, **args: object) -> str:
    """Return the form for `n` things in `lang` (Arabic has six), with `n` and `args` put in."""
    english = singular if n == 1 else plural
    return _fill((form_of(lang, singular, plural, n), english), {"n": n, **args})


def form_of(lang: str, singular: str, plural: str | None = None, n: int | None = None) -> str:
    """Return the text of `singular` in `lang` as it stands, braces and all; with `plural` its form for `n` things."""
    table = _table(lang)
    if plural is None or n is None:
        return table.texts.get(singular, singular)
    forms = table.plurals.get(singular)
    if not forms:
        return singular if n == 1 else plural
    return forms[min(_form(table.locale, n), len(forms) - 1)]


def negotiate(query: str | None, cookie: str | None, accept: str | None) -> str:
    """Choose the language: `?lang=`, then the cookie, then `Accept-Language` (RFC 9110), then English."""
    for wish in (query, cookie):
        if wish and (known := _known(wish)):
            return known
    best, best_q = LANGUAGES[0], 0.0
    for item in (accept or "").split(","):
        tag, _, params = item.strip().partition(";")
        q = _quality(params)
        known = LANGUAGES[0] if tag.strip() == "*" else _known(tag)
        if known and q > best_q:
            best, best_q = known, q
    return best


def direction(lang: str) -> str:
    """Return `rtl` for a language written from right to left, else `ltr`."""
    return "rtl" if _known(lang) in _RTL else "ltr"


def texts_of(lang: str, suffix: str, *, among: Container[str] | None = None) -> dict[str, str | list[str]]:
    """Return the translations whose sources end with `suffix` (".js") and are `among` some paths: what a page's
    scripts need.

    Plural texts are lists in the order of the catalogue's forms, under their singular.
    """
    table = _table(lang)
    found: dict[str, str | list[str]] = {}
    for message in read_catalog(_known(lang) or LANGUAGES[0]):
        paths = {path for path, _ in message.locations if path.endswith(suffix)}
        if not any(among is None or path in among for path in paths):
            continue
        key = message.id if isinstance(message.id, str) else message.id[0]
        if key in table.plurals:
            found[key] = list(table.plurals[key])
        elif key in table.texts:
            found[key] = table.texts[key]
    return found


def read_catalog(lang: str) -> Catalog:
    """Read the catalogue of `lang` from its `.po` file."""
    with (LOCALE_DIR / lang / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file, locale=lang, domain=DOMAIN)


@cache
def _table(lang: str) -> _Table:
    known = _known(lang) or LANGUAGES[0]
    if known != lang:
        return _table(known)
    catalog = read_catalog(known)
    texts: dict[str, str] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    for message in catalog:
        if not message.id or message.fuzzy:
            continue
        if isinstance(message.id, str):
            if message.string:
                texts[message.id] = cast(str, message.string)
        elif all(forms := tuple(message.string or ())):
            plurals[message.id[0]] = forms
    return _Table(texts, plurals, Locale.parse(known))


def _form(locale: Locale, n: int) -> int:
    tags = locale.plural_form.tags | {"other"}
    return [category for category in _CATEGORIES if category in tags].index(locale.plural_form(abs(n)))


def _known(tag: str) -> str | None:
    """Return the language of ours that a tag such as `ar-EG` means, if any."""
    primary = tag.strip().lower().replace("_", "-").partition("-")[0]
    return primary if primary in LANGUAGES else None


def _quality(params: str) -> float:
    for param in params.split(";"):
        name, _, value = param.strip().partition("=")
        if name.lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _fill(candidates: tuple[str, ...], args: Mapping[str, object]) -> str:
    """Put `args` into the first of `candidates` that takes them."""
    if not args:
        return candidates[0]
    for text in candidates:
        try:
            return text.format(**args)
        except _FORMAT_ERRORS:
            continue
    return candidates[0]
