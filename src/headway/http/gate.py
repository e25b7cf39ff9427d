"""Who is asking, in which language, and may they: runs before every route.

Wrapped around the routes by `server`, inside `shell`. Sets `request.state.account` (None for a stranger), `.access` (by what
they ask), `.lang`, `.csrf_token` (empty without a browser session) and `.session_id`. A browser that has not signed in is an
account of the role "browser", on the few paths where it may own something; its session is kept once it has started
something. Invariant: behind the gate an account is present on every path that is not public, and an unsafe request of a browser
session has proved that it comes from our pages.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from headway.accounts import sessions
from headway.accounts.people import BROWSER, People, browser_account
from headway.core.errors import Forbidden, HeadwayError, Unauthorized
from headway.http import problems
from headway.http.bodies import check_text
from headway.http.csrf import form_token
from headway.http.network import is_local_caller
from headway.support.i18n import N_, negotiate

_PUBLIC = frozenset(
    {
        "/",
        "/sign-in",
        "/register",
        "/forgot",
        "/reset",
        "/auth/google",
        "/auth/google/callback",
        "/healthz",
        "/readyz",
        "/metrics",
        "/api/figures",
        "/favicon.ico",
        "/robots.txt",
        "/manifest.webmanifest",
    }
)
_PUBLIC_TREES = ("/static/", "/watch/", "/api/watch/", "/api/docs", "/api/openapi.json", "/api/auth/")
# What a browser may do without signing in, as the owner of what it starts; and what opens a session for that.
_BROWSERS = frozenset({"/product", "/api/quotes/product"})
_BROWSERS_TREES = ("/product/", "/api/analysis/", "/api/jobs/", "/jobs/")
_OPENING_TREE = "/api/analysis/"
_NAMELESS_TREES = ("/static/", "/api/docs", "/healthz", "/readyz", "/metrics")
_LOCAL = frozenset({"/evaluate"})
_PROGRAM_TREES = ("/api/", "/evaluate")
_WANTED = frozenset(
    {
        b"accept",
        b"accept-language",
        b"authorization",
        b"content-type",
        b"cookie",
        b"forwarded",
        b"host",
        b"origin",
        b"sec-fetch-site",
        b"user-agent",
        b"x-csrf-token",
        b"x-forwarded-for",
    }
)


@dataclass(frozen=True, slots=True)
class GateSettings:
    """What the gate must know of the deployment: the signing key, the public address, whether proxies are
    believed."""

    key: bytes
    public_url: str = ""
    behind_proxy: bool = False


class Gate:
    """ASGI middleware: lets through, redirects to sign in, or answers 401 or 403."""

    def __init__(self, app: ASGIApp, people: People, settings: GateSettings) -> None:
        self.app = app
        self.people = people
        self.settings = settings
        public = urlsplit(settings.public_url)
        self._public_origin = f"{public.scheme}://{public.netloc}".lower() if public.netloc else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one connection of any kind."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _WANTED}
        cookies = sessions.read_cookies(headers[b"cookie"]) if b"cookie" in headers else {}
        query = scope["query_string"]
        asked = dict(parse_qsl(query.decode("latin-1"))) if b"lang=" in query or b"token=" in query else {}
        state = scope.setdefault("state", {})
        state["lang"] = negotiate(asked.get("lang"), cookies.get("lang"), headers.get(b"accept-language"))
        state["account"], state["access"], state["csrf_token"], state["session_id"] = None, None, "", ""
        state["https"] = https = scope.get("scheme") in ("https", "wss") or self._public_origin.startswith(
            "https:"
        )
        try:
            _check_address(scope)
            if "token" in asked and self._is_page_view(scope):
                before = cookies.get(sessions.cookie_name(https), "")
                agent = headers.get(b"user-agent", "")
                answer = await self._sign_in_by_link(scope, asked["token"], before, agent, https)
                await answer(scope, receive, send)
                return
            await self._identify(scope, headers, cookies, https)
            receive = await self._check_forgery(scope, headers, receive)
            send = await self._admit_browser(scope, headers, send)
            refusal = self._refusal(scope, headers)
        except HeadwayError as error:
            refusal = problems.response(error, state["lang"])
        if refusal is None:
            await self.app(scope, receive, send)
        else:
            await problems.refuse(refusal, scope, receive, send)

    def _is_page_view(self, scope: Scope) -> bool:
        return (
            scope["type"] == "http"
            and scope["method"] == "GET"
            and not scope["path"].startswith(_PROGRAM_TREES)
        )

    async def _sign_in_by_link(
        self, scope: Scope, token: str, before: str, agent: str, https: bool
    ) -> Response:
        """Opens a session for the installation's token, of a printed link, and drops the token from the address."""
        rest = [(k, v) for k, v in parse_qsl(scope["query_string"].decode("latin-1")) if k != "token"]
        here = sessions.local_path(quote(scope["path"]) + (f"?{urlencode(rest)}" if rest else ""))
        access = await self.people.by_token(token)
        account = access.account if access is not None and access.installation else None
        if account is None:  # a link with another's token would sign one in as them
            return RedirectResponse(f"/sign-in?{urlencode({'next': here, 'error': 'token'})}", 303)
        session_id = await self.people.open_session(account, before, agent)
        await self.people.note(account.id, "sign-in", (scope.get("client") or ("",))[0], how="link")
        headers = {"set-cookie": sessions.set_cookie(session_id, https), "referrer-policy": "no-referrer"}
        return RedirectResponse(here, 303, headers)

    async def _identify(
        self, scope: Scope, headers: dict[bytes, str], cookies: dict[str, str], https: bool
    ) -> None:
        if scope["path"].startswith(_NAMELESS_TREES):
            return
        state = scope["state"]
        if (authorization := headers.get(b"authorization")) is not None:
            scheme, _, token = authorization.partition(" ")
            if scheme.lower() != "bearer" or not token.strip():
                raise Unauthorized(N_("Use the form: Authorization: Bearer TOKEN"))
            access = await self.people.by_token(token.strip())
            if access is None:
                raise Unauthorized(N_("This token is not valid"))
            state["account"], state["access"] = access.account, access
        elif session_id := cookies.get(sessions.cookie_name(https)):
            access = await self.people.by_session(session_id)
            if access is not None:
                state["account"], state["access"] = access.account, access
            if access is not None or sessions.is_visit_id(self.settings.key, session_id):
                state["session_id"] = session_id
                state["csrf_token"] = sessions.csrf_token(self.settings.key, session_id)

    async def _admit_browser(self, scope: Scope, headers: dict[bytes, str], send: Send) -> Send:
        """Keeps a browser that has not signed in to its paths, and opens its session where it begins there;
        returns the `send` that sets its cookie, and that keeps what it has started."""
        state, path = scope["state"], scope["path"]
        account = state["account"]
        if account is not None:
            if account.role == BROWSER and not _is_for_browsers(scope):
                state["account"] = None
            return send
        if scope["type"] != "http" or b"authorization" in headers or not _is_for_browsers(scope):
            return send
        unsafe = scope["method"] not in sessions.SAFE_METHODS
        opening = path in _BROWSERS or path.startswith(_OPENING_TREE)
        if not opening or (not unsafe and path != "/product"):
            if opening or state["session_id"]:
                state["account"] = browser_account("")  # owns nothing: what it asks for is not there
            return send
        cookie = ""
        if not state["session_id"]:
            state["session_id"] = sessions.new_visit_id(self.settings.key)
            cookie = sessions.set_cookie(state["session_id"], state["https"])
            state["csrf_token"] = sessions.csrf_token(self.settings.key, state["session_id"])
        session_id, agent = state["session_id"], headers.get(b"user-agent", "")
        state["account"] = browser_account(session_id)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                if unsafe and message["status"] < 400:
                    await self.people.keep_visit(session_id, agent)
                if cookie:
                    head = [*message.get("headers", ()), (b"set-cookie", cookie.encode("ascii"))]
                    message["headers"] = head
            await send(message)

        return sending

    async def _check_forgery(self, scope: Scope, headers: dict[bytes, str], receive: Receive) -> Receive:
        """Refuses what another site made a browser send; returns the `receive` to go on with.

        A bearer token cannot be sent by another site, so such requests pass. A session's unsafe request must
        carry its CSRF token, as a header or as a form field. A WebSocket carries cookies and no token: its
        origin decides.
        """
        if b"authorization" in headers:
            return receive
        unsafe = scope["type"] == "websocket" or scope["method"] not in sessions.SAFE_METHODS
        if not unsafe:
            return receive
        own = {f"{'https' if scope['state']['https'] else 'http'}://{headers.get(b'host', '')}".lower()}
        own.add(self._public_origin)
        if sessions.comes_from_elsewhere(
            headers.get(b"sec-fetch-site"), headers.get(b"origin"), frozenset(own - {""})
        ):
            raise Forbidden(N_("This request came from another site"))
        session_id = scope["state"]["session_id"]
        if not session_id or scope["type"] == "websocket":
            return receive
        sent = headers.get(b"x-csrf-token")
        if sent is None:
            sent, receive = await form_token(headers.get(b"content-type", ""), receive)
        if not sent or not sessions.csrf_matches(self.settings.key, session_id, sent):
            raise Forbidden(N_("The form's token is missing or out of date. Reload the page and try again"))
        return receive

    def _refusal(self, scope: Scope, headers: dict[bytes, str]) -> Response | None:
        path = scope["path"]
        if scope["state"]["account"] is not None or path in _PUBLIC or path.startswith(_PUBLIC_TREES):
            return None
        if path in _LOCAL and is_local_caller(scope, headers, self.settings.behind_proxy):
            return None
        if scope.get("method") == "OPTIONS":
            return None
        if self._is_page_view(scope) and "text/html" in headers.get(b"accept", ""):
            here = quote(path) + (
                f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
            )
            return RedirectResponse(f"/sign-in?{urlencode({'next': here})}", 303)
        return problems.response(Unauthorized(N_("Send a bearer token, or sign in")), scope["state"]["lang"])


def _check_address(scope: Scope) -> None:
    """Nothing of ours has a NUL in its name, and PostgreSQL cannot even be asked for it. Raises NotFound, InvalidInput."""
    if "\x00" in scope["path"]:
        raise problems.NotFound()
    if b"%00" in scope["query_string"]:
        check_text(dict(parse_qsl(scope["query_string"].decode("latin-1"))))


def _is_for_browsers(scope: Scope) -> bool:
    """Whether the path is one where a browser may own something: its analyses, and each job of them."""
    path = scope["path"]
    if path.startswith("/api/jobs/") and scope.get("method") == "POST" and path.count("/") == 3:
        return False  # POST /api/jobs/KIND: any kind at all
    return path in _BROWSERS or path.startswith(_BROWSERS_TREES)
