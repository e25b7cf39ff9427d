"""Keeps the catalogues in step with the sources: extract, update, check.

Called as `python -m headway.support.catalogues extract|update|check`, and by the test that no text is left
untranslated. Texts are found in Python (`N_("…")`, `gettext(lang, "…")`, `complaint(kind, "…")`, `say("…")`), in
templates and in our scripts (`_("…")`).
"""

import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from headway.support.i18n import DOMAIN, LANGUAGES, LOCALE_DIR, read_catalog

PACKAGE_DIR = LOCALE_DIR.parent
TEMPLATE = LOCALE_DIR / f"{DOMAIN}.pot"

_IN_PYTHON: Mapping[str, tuple[int, ...] | None] = {
    "N_": None,
    "gettext": (2,),
    "ngettext": (2, 3),
    "complaint": (2,),
    "say": (1,),
    "say_n": (1, 2),
}
_IN_PAGES: Mapping[str, tuple[int, ...] | None] = {"_": None, "ngettext": (1, 2)}
_SOURCES = (
    ("**.py", "python", _IN_PYTHON),
    ("**.html", "jinja2", _IN_PAGES),
    ("**.js", "javascript", _IN_PAGES),
)
_OPTIONS = {"**.js": {"parse_template_string": "true"}}  # else `${_("…")}` would be passed over
_STAMP = datetime(2026, 11, 22, tzinfo=UTC)  # a moving date would make every extraction a change
_PLACEHOLDER = re.compile(r"\{(\w+)(?::[^{}]*)?\}")
_ARABIC_PLURALS = (
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"
)


def extract(package_dir: Path = PACKAGE_DIR) -> Catalog:
    """Return a catalogue of every marked text under `package_dir`, without translations."""
    found = Catalog(project="Headway", version="", domain=DOMAIN, creation_date=_STAMP, fuzzy=False)
    for pattern, method, keywords in _SOURCES:
        entries = extract_from_dir(
            package_dir, [(pattern, method)], options_map=_OPTIONS, keywords=dict(keywords)
        )
        for path, _, msgid, _, context in entries:
            found.add(msgid, locations=[(path, 0)], context=context)
    return found


def update(package_dir: Path = PACKAGE_DIR) -> None:
    """Write the template anew and bring every catalogue to it; translations are kept, unused ones dropped."""
    found = extract(package_dir)
    _write(TEMPLATE, found)
    for lang in LANGUAGES:
        path = LOCALE_DIR / lang / "LC_MESSAGES" / f"{DOMAIN}.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        catalog = read_catalog(lang) if path.exists() else Catalog(locale=lang, domain=DOMAIN)
        catalog.update(found, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        catalog.creation_date = catalog.revision_date = _STAMP
        catalog.fuzzy = False
        catalog.project, catalog.version = found.project, found.version
        catalog.header_comment = f"# Headway in the language {lang}."
        catalog.last_translator = catalog.language_team = catalog.msgid_bugs_address = "Headway"
        if lang == "ar":
            # CLDR's rule, which `ngettext` follows: the one that Babel writes sends 11 to 99 astray.
            catalog.mime_headers = [("Plural-Forms", _ARABIC_PLURALS)]
        _write(path, catalog)


def check(package_dir: Path = PACKAGE_DIR) -> list[str]:
    """Return what is wrong, a line each: texts not extracted, translations missing, fuzzy or ill-fitting."""
    found = extract(package_dir)
    with TEMPLATE.open("rb") as file:
        template = read_po(file, domain=DOMAIN)
    faults = [f"headway.pot: not extracted: {_short(m)}" for m in _texts(found) if template.get(m.id) is None]
    faults += [f"headway.pot: unused: {_short(m)}" for m in _texts(template) if found.get(m.id) is None]
    for lang in LANGUAGES[1:]:
        catalog = read_catalog(lang)
        for message in _texts(found):
            faults.extend(f"{lang}: {fault}: {_short(message)}" for fault in _faults(catalog.get(message.id)))
    return faults


def main(arguments: list[str]) -> int:
    """Run one command; return the exit code: 0, 1 for faults found, 2 for bad usage."""
    match arguments:
        case ["extract"]:
            _write(TEMPLATE, extract())
        case ["update"]:
            update()
        case ["check"]:
            faults = check()
            sys.stdout.writelines(f"{fault}\n" for fault in faults)
            return 1 if faults else 0
        case _:
            sys.stderr.write("usage: python -m headway.support.catalogues extract|update|check\n")
            return 2
    return 0


def _texts(catalog: Catalog) -> Iterable[Message]:
    return (message for message in catalog if message.id)


def _faults(message: Message | None) -> Iterable[str]:
    if message is None:
        yield "missing"
        return
    forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
    if not forms or not all(forms):
        yield "not translated"
    if message.fuzzy:
        yield "fuzzy"
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    known = {name for text in ids for name in _PLACEHOLDER.findall(text)}
    for form in filter(None, forms):
        used = set(_PLACEHOLDER.findall(form))
        # The forms for none, one and two of something may do without its number.
        missing = known - used - ({"n"} if len(ids) > 1 else set())
        if used - known or missing:
            yield f"placeholders differ ({', '.join(sorted((used - known) | missing))})"


def _short(message: Message) -> str:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return repr(text if len(text) <= 70 else f"{text[:67]}…")


def _write(path: Path, catalog: Catalog) -> None:
    with path.open("wb") as file:
        write_po(file, catalog, width=110, sort_output=False, include_lineno=False, ignore_obsolete=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
