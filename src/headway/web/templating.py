"""Renders a page in the language of whoever looks.

Called by `pages.py`. Invariant: every value is escaped, an undefined one is an error, and every text of a
template goes through `_` or `ngettext`.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import orjson
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateNotFound,
)
from markupsafe import Markup

from headway.accounts.people import BROWSER
from headway.store import Account
from headway.support.i18n import LANGUAGES, N_, direction, gettext, negotiate, ngettext, texts_of
from headway.web.application import Application
from headway.web.assets import Assets
from headway.web.costs import Cost, cost_of
from headway.web.scripts import loaded

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent
LANGUAGE_NAMES = {"en": "English", "ar": "العربية"}
THEMES = {
    "": N_("Colours: as the device has them"),
    "light": N_("Colours: light"),
    "dark": N_("Colours: dark"),
}
_YEAR_S = 31_536_000
_UNSAFE_IN_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


class Renderer:
    """The templates of the web floor and of each application (`NAME/…`), and what all of them may use."""

    def __init__(
        self,
        applications: Iterable[Application],
        formats: Mapping[str, Iterable[str]] | None = None,
        cost: Cost = cost_of,
    ) -> None:
        """`formats`: the names of the file formats that a finished job of a kind can be had in; `cost`: what says what one
        costs."""
        self.cost = cost
        self.applications = tuple(applications)
        self._assets = Assets(self.applications)
        self._texts_kept: dict[tuple[str, str], dict[str, str | list[str]]] = {}
        self._formats = {kind: list(names) for kind, names in (formats or {}).items()}
        folders = {a.name: FileSystemLoader(a.directory) for a in self.applications}
        self._environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(HERE / "templates"), PrefixLoader(folders)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(self, request: Request, template: str, /, status: int = 200, **context: object) -> HTMLResponse:
        """Render `template` as the answer to `request`.

        Reads of `request.state` what the HTTP floor has put there: `account`, `lang`, `csrf_token`; each may
        be missing, as on an error before its middleware ran.
        """
        lang, theme = language(request), _theme(request)
        html = self._environment.get_template(template).render(
            _=partial(gettext, lang),
            ngettext=partial(ngettext, lang),
            lang=lang,
            dir=direction(lang),
            languages=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
            theme=theme,
            theme_name=gettext(lang, THEMES[theme]),
            texts=self._texts(lang, template),
            data=data,
            kinds={a.name: _face(a, lang, self._formats.get(a.name, [])) for a in self.applications},
            account=_signed_in(request),
            csrf_token=getattr(request.state, "csrf_token", None) or "",
            applications=self.applications,
            path=request.url.path,
            address=partial(_address, request),
            card=partial(self._card, request, lang),
            **context,
        )
        response = HTMLResponse(html, status)
        response.headers["Content-Language"] = lang
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["Vary"] = "Accept-Language, Cookie"
        if request.query_params.get("lang") == lang:
            response.set_cookie("lang", lang, max_age=_YEAR_S, samesite="lax")
        if "theme" in request.query_params:
            response.set_cookie("theme", theme, max_age=_YEAR_S, samesite="lax")
        return response

    def _texts(self, lang: str, template: str) -> dict[str, str | list[str]]:
        """The translations that the scripts of this page need."""
        found = self._texts_kept.get((lang, template))
        if found is None:
            loader = self._environment.loader
            assert loader is not None
            sources = [loader.get_source(self._environment, name)[0] for name in ("base.html", template)]
            files = loaded(sources, self._assets.find)
            paths = {path.relative_to(PACKAGE).as_posix() for path in files if path.is_relative_to(PACKAGE)}
            found = self._texts_kept[lang, template] = texts_of(lang, ".js", among=paths)
        return found

    def _card(self, request: Request, lang: str, application: Application) -> Markup:
        """Return what an application shows on its card of the start page: nothing, if it has no template."""
        try:
            template = self._environment.get_template(f"{application.name}/card.html")
        except TemplateNotFound:
            return Markup()
        given = {"cost": partial(self.cost, request, application.name), **application.context(lang)}
        return Markup(template.render(_=partial(gettext, lang), lang=lang, **given))


def language(request: Request) -> str:
    """Return the language of the request: what the middleware chose, or what it would choose."""
    chosen = getattr(request.state, "lang", None)
    if isinstance(chosen, str):
        return chosen
    query, cookie = request.query_params.get("lang"), request.cookies.get("lang")
    return negotiate(query, cookie, request.headers.get("accept-language"))


def _signed_in(request: Request) -> Account | None:
    """Who is signed in; None for a browser that has not, though it may own analyses."""
    account = getattr(request.state, "account", None)
    return account if isinstance(account, Account) and account.role != BROWSER else None


def data(value: object) -> Markup:
    """`value` as JSON for a data block of a page: no character of it can end the block."""
    text = orjson.dumps(value).decode()
    for unsafe, escaped in _UNSAFE_IN_HTML.items():
        text = text.replace(unsafe, escaped)
    return Markup(text)


def _theme(request: Request) -> str:
    """`light` or `dark` where the reader has chosen one, by `?theme=` or by the cookie; else empty."""
    chosen = request.query_params.get("theme", request.cookies.get("theme", ""))
    return chosen if chosen in THEMES else ""


def _face(application: Application, lang: str, formats: list[str]) -> dict[str, object]:
    """What a script needs to show a job of that kind: its title and stations, in `lang`, its formats, and whether its page shows
    shared results."""
    stations = [{"at": station.at, "name": gettext(lang, station.name)} for station in application.stations]
    title = gettext(lang, application.title)
    return {"title": title, "stations": stations, "formats": formats, "shared": application.shows_shared}


def _address(request: Request, **changes: str) -> str:
    """Return this page's path and query with `changes` to the query ("" leaves one out)."""
    query = {name: value for name, value in {**request.query_params, **changes}.items() if value}
    return request.url.path + (f"?{urlencode(query)}" if query else "")
