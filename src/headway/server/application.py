"""The ASGI application: API, applications' routes, pages, and the layers around them.

Called by `run` and by tests. Invariant: what is built here is complete after `lifespan.startup`; nothing is
opened before, so that a settings fault is seen before a port is taken.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from headway import apps
from headway.accounts.google import Google
from headway.accounts.keys import local_token, secret_key
from headway.accounts.members import Members
from headway.accounts.people import People
from headway.engine import Headway
from headway.http.api import build_api
from headway.http.cors import Cors, read_origins
from headway.http.estimates import Estimates
from headway.http.gate import Gate, GateSettings
from headway.http.head import Head
from headway.http.limits import Limits
from headway.http.live import Hub
from headway.http.metrics import Meter
from headway.http.pulse import Pulse
from headway.http.services import Services
from headway.http.shell import Shell
from headway.http.throttle import Throttle
from headway.http.vigil import Vigil
from headway.notify.mail import Mailer
from headway.server import equipment
from headway.support.limits import read_limits
from headway.support.settings import Settings
from headway.web import account, credits, door, hooks, pages
from headway.web.assets import Assets


class WebApp:
    """The application as an ASGI callable. `drain` ends open streams, `api` has the routes and their
    documentation."""

    def __init__(self, headway: Headway, *, owns_headway: bool = True) -> None:
        """`owns_headway`: start it at `lifespan.startup` and stop it at the end; False when a worker shares
        it."""
        settings = headway.settings
        equipment.install(headway)
        key = secret_key(settings)
        store = headway.store
        estimates = Estimates(store)
        people = People(store, key, issuer=settings.public_url or "headway")
        mailer = Mailer(headway)
        self.headway = headway
        self.services = Services(
            headway=headway,
            hub=Hub(store, estimates.eta_s),
            estimates=estimates,
            people=people,
            members=Members(headway, people, mailer),
            vigil=Vigil(store, people),
            meter=Meter(),
            pulse=Pulse(store, settings.lease_s),
            key=key,
            mailer=mailer,
            limits=Limits(store, read_limits(settings.limits)),
            exports=apps.exports(headway),
            google=_google(settings, key),
            intakes=apps.intakes(headway),
            amends=apps.amends(headway),
            renders=apps.renders(headway),
            quotes=apps.quotes(headway),
        )
        self._owns_headway = owns_headway
        self.api: FastAPI = build_api(self.services)
        self.api.router.lifespan_context = self._lifespan
        for router in apps.routers(headway):
            self.api.include_router(router)
        faces = apps.faces(headway)
        self.api.include_router(door.router(faces))
        self.api.include_router(hooks.router(faces))
        self.api.include_router(account.router(faces))
        self.api.include_router(credits.router(faces))
        self.api.include_router(pages.router(faces, self.services.exports))
        self.api.mount("/static", Assets(faces), name="static")
        self.api.state.error_page = pages.error_page(faces)
        gate = GateSettings(key, settings.public_url, bool(settings.trusted_proxies))
        counted = Throttle(Head(self.api), self.services.limits)
        guarded: ASGIApp = Gate(counted, self.services.people, gate)
        if origins := read_origins(settings.cors_origins):
            guarded = Cors(guarded, origins)
        self._asgi: ASGIApp = Shell(guarded, self.services.meter)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection of an ASGI server."""
        await self._asgi(scope, receive, send)

    def drain(self) -> None:
        """End open streams and waits, so that a shutdown need not wait for them."""
        self.services.hub.drain()

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        headway = self.headway
        if self._owns_headway:
            await headway.start()
        try:
            await self.services.people.install_local(local_token(headway.settings.data_dir))
            self.services.hub.start()
            self.services.pulse.start()
            try:
                yield
            finally:
                await self.services.pulse.close()
                await self.services.vigil.close()
                await self.services.hub.close()
                await self.services.estimates.close()
        finally:
            if self._owns_headway:
                await headway.stop()


def _google(settings: Settings, key: bytes) -> Google | None:
    """The client of Google's sign-in, where both halves of its credentials are set."""
    secret = settings.google_client_secret
    if not settings.google_client_id or secret is None:
        return None
    return Google(settings.google_issuer, settings.google_client_id, secret.get_secret_value(), key)


def create_app(headway: Headway) -> WebApp:
    """The whole web application of `headway`, for any ASGI server."""
    return WebApp(headway)
