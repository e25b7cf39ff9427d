"""A server that speaks the contract and does what a test tells it: for client and pages, without an engine.

It serves the real pages and static files under the real content security policy; the jobs are scripted.
"""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Sequence
from email.utils import formatdate
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from headway.http.shell import CONTENT_SECURITY_POLICY
from headway.store import Account
from headway.support.i18n import negotiate
from headway.web import pages
from headway.web.application import Application
from headway.web.assets import Assets

NOW = "2026-11-22T10:00:00.000Z"


class Job:
    """One scripted job: a snapshot, what belongs to it, and how its addresses behave."""

    def __init__(self, server: "ScriptedServer", job_id: str, **fields: Any) -> None:
        self.server = server
        self.base = fields.pop("base", f"/api/jobs/{job_id}")
        self.events = (
            "stream"  # stream, refuse (503), swallow (opens and says nothing), wrong (HTML), absent (404)
        )
        self.result: Any = None
        self.input: Any = None
        self.parts: dict[str, Any] = {
            "attempts": {"attempts": []},
            "steps": {"steps": []},
            "calls": {"calls": [], "in_doubt": 0},
            "timeline": {"now": NOW, "title": None, "spans": []},
            "log": {"lines": [], "next": 0},
        }
        self.streams = 0
        self.changed = asyncio.Event()
        self.cut = asyncio.Event()
        self.snapshot: dict[str, Any] = {
            "id": job_id, "kind": "essay", "status": "pending", "percent": 0, "step": None,
            "total_chunks": None, "processed_chunks": None, "failed_chunks": [], "eta_seconds": None,
            "queue_position": None, "cancel_requested": False, "attempt": 1, "max_attempts": 3, "version": 1,
            "error": None, "created_at": NOW, "scheduled_at": None, "started_at": None, "finished_at": None,
            "processing_seconds": None, "cancelled_by": None, "credits": None,
            "links": {
                "self": self.base, "events": f"{self.base}/events", "result": f"{self.base}/result",
                "cancel": f"{self.base}/cancel", "retry": f"{self.base}/retry",
            },
            **fields,
        }  # fmt: skip

    @property
    def over(self) -> bool:
        """Whether the status is terminal."""
        return self.snapshot["status"] in ("completed", "failed", "cancelled")

    def push(self, **changes: Any) -> None:
        """Change the job and tell its watchers."""

        def apply() -> None:
            self.snapshot = {**self.snapshot, "version": self.snapshot["version"] + 1, **changes}
            self.changed.set()
            self.changed = asyncio.Event()

        self.server.do(apply)

    def work(self, percent: int, step: str, **changes: Any) -> None:
        """The job runs and has got to `percent`."""
        self.push(**{"status": "processing", "started_at": NOW, "percent": percent, "step": step, **changes})

    def finish(self, status: str = "completed", **changes: Any) -> None:
        """The job ends."""
        if status == "completed":
            changes = {"percent": 100, **changes}
        self.push(status=status, finished_at="2026-11-22T10:00:42.000Z", processing_seconds=42.0, **changes)

    def cut_streams(self) -> None:
        """End every open stream in the middle, as a restart or a lost network does."""

        def apply() -> None:
            self.cut.set()
            self.cut = asyncio.Event()

        self.server.do(apply)


class ScriptedServer:
    """Serves on `listening`, or a free port of 127.0.0.1, in a thread of its own until `close()`."""

    def __init__(self, applications: Sequence[Application], listening: socket.socket | None = None) -> None:
        self.jobs: dict[str, Job] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.bodies: list[Any] = []
        self.refusals: dict[str, tuple[int, dict[str, Any]]] = {}
        self.down = False
        self.signed_in = True
        self.role = "user"
        self.figures: dict[str, Any] = {
            "accepted_within_ms": 5.0, "wait_seconds": 0.012, "work_seconds": 2.4, "completed": 118, "offline": True,
        }  # fmt: skip
        self.ops: dict[str, Any] = {}
        self.extra_pages: dict[str, str] = {}
        self._loop = asyncio.new_event_loop()
        config = uvicorn.Config(
            self._app(applications), log_level="warning", lifespan="off", date_header=False
        )
        self._server = uvicorn.Server(config)
        # Our own socket: its port is known, and connections wait in it, before uvicorn has started.
        listening = listening or socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        serving = self._server.serve([listening])
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(serving), daemon=True)
        self._thread.start()

    def add(self, job_id: str = "j1", **fields: Any) -> Job:
        """Add a job."""
        job = self.jobs[job_id] = Job(self, job_id, **fields)
        return job

    def do(self, action: Any) -> None:
        """Run `action` on the server's loop and wait for it."""
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (action(), done.set()))
        assert done.wait(30)

    def asked(self, path: str, method: str = "GET") -> list[dict[str, str]]:
        """The headers of each request to `path`."""
        return [headers for verb, where, headers in self.requests if (verb, where) == (method, path)]

    def close(self) -> None:
        """Stop serving."""
        self._server.should_exit = self._server.force_exit = True
        for job in self.jobs.values():
            job.cut_streams()
        self._thread.join(30)

    def _app(self, applications: Sequence[Application]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.middleware("http")
        async def gate(request: Request, follow: Any) -> Response:
            self.requests.append((request.method, request.url.path, dict(request.headers)))
            query, cookie = request.query_params.get("lang"), request.cookies.get("lang")
            request.state.lang = negotiate(query, cookie, request.headers.get("accept-language"))
            request.state.account = Account("a1", "local", self.role) if self.signed_in else None
            request.state.csrf_token = "the-csrf-token"
            path = request.url.path
            if self.down and path.startswith("/api/"):
                return Response(status_code=503)
            if path.startswith("/api/jobs") and not self.signed_in:
                return _problem(401, "Sign in first")
            if path in self.refusals:
                status, body = self.refusals[path]
                return _problem(status, **body)
            if path in self.extra_pages:
                return Response(self.extra_pages[path], media_type="text/html")
            response: Response = await follow(request)
            response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
            response.headers["Date"] = formatdate(usegmt=True)
            if path.startswith(("/api/watch/", "/static/")):
                response.headers["Access-Control-Allow-Origin"] = "*"
            return response

        app.include_router(pages.router(applications, cost=lambda request, kind: "Free."))
        app.mount("/static", Assets(applications))
        app.add_api_route("/api/jobs", self._list, methods=["GET"])
        app.add_api_route("/api/figures", lambda: self.figures, methods=["GET"])
        app.add_api_route("/api/ops/{part}", self._ops, methods=["GET"])
        app.add_api_route("/api/audit", self._audit, methods=["GET"])
        app.add_api_route("/api/jobs/{kind}", self._submit, methods=["POST"])
        for tree in ("jobs", "watch"):
            app.add_api_route(f"/api/{tree}/{{job_id}}", self._read, methods=["GET", "DELETE"])
            app.add_api_route(f"/api/{tree}/{{job_id}}/events", self._events, methods=["GET"])
        app.add_api_route("/api/jobs/{job_id}/{part}", self._part, methods=["GET", "POST"])
        app.add_api_route("/api/watch/{job_id}/{part}", self._part, methods=["GET"])
        render = pages.error_page(applications)
        app.add_exception_handler(404, lambda request, _: render(request, 404))
        return app

    async def _list(self, request: Request) -> Response:
        wanted = request.query_params
        words = wanted.get("q", "").casefold()
        found = [job for job in reversed(self.jobs.values()) if words in json.dumps(job.input).casefold()]
        jobs = [job.snapshot for job in found]
        titles = {job.snapshot["id"]: job.input["prompt"] for job in found if job.input}
        for field in ("kind", "status"):
            jobs = [job for job in jobs if not wanted.get(field) or job[field] == wanted[field]]
        limit, start = int(wanted.get("limit", 50)), int(wanted.get("cursor", 0))
        following = str(start + limit) if len(jobs) > start + limit else None
        return JSONResponse({"jobs": jobs[start : start + limit], "next": following, "titles": titles})

    async def _ops(self, part: str) -> Response:
        if self.role != "operator":
            return _problem(403, "Only operators of this installation may see this")
        return JSONResponse(self.ops[part]) if part in self.ops else _problem(404, "Nothing")

    async def _audit(self) -> Response:
        return JSONResponse({"acts": [], "next": None})

    async def _submit(self, request: Request, kind: str) -> Response:
        body = await request.json()
        self.bodies.append(body)
        job = self.add(f"n{len(self.jobs) + 1}", kind=kind)
        job.input = body
        return JSONResponse(job.snapshot, 202)

    async def _read(self, request: Request, job_id: str) -> Response:
        job = self.jobs.get(job_id)
        if job is None:
            return _problem(404, "There is no such job")
        if request.method == "DELETE":
            del self.jobs[job_id]
            return Response(status_code=204)
        body = json.dumps(job.snapshot).encode()
        tag = f'"{hash(body):x}"'
        headers = {"ETag": tag, **({} if job.over else {"Retry-After": "1"})}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    async def _events(self, request: Request, job_id: str) -> Response:
        job = self.jobs.get(job_id)
        if job is None or job.events == "absent":
            return _problem(404, "There is no such job")
        if job.events == "refuse":
            return Response(status_code=503, headers={"Retry-After": "1"})
        if job.events == "wrong":
            return Response("<p>a proxy's page</p>", media_type="text/html")
        after = int(request.query_params.get("after", 0))
        if job.over and after == job.snapshot["version"]:
            return Response(status_code=204)
        return StreamingResponse(self._stream(job, after), media_type="text/event-stream")

    async def _stream(self, job: Job, after: int) -> AsyncIterator[bytes]:
        job.streams += 1
        yield b": hello\n\n" if job.events != "swallow" else b""
        while True:
            changed, cut = job.changed, job.cut
            if job.snapshot["version"] > after and job.events != "swallow":
                after = job.snapshot["version"]
                yield f"id: {after}\r\ndata: {json.dumps(job.snapshot)}\r\n\r\n".encode()
                if job.over:
                    return
            waits = [asyncio.ensure_future(event.wait()) for event in (changed, cut)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            if cut.is_set():
                return

    async def _part(self, request: Request, job_id: str, part: str) -> Response:
        job = self.jobs.get(job_id)
        if job is None:
            return _problem(404, "There is no such job")
        if request.method == "POST":
            return self._act(job, part)
        value = {"result": job.result, "input": job.input, **job.parts}.get(part)
        return JSONResponse(value) if value is not None else _problem(404, "There is nothing at this address")

    def _act(self, job: Job, part: str) -> Response:
        version = job.snapshot["version"] + 1
        if part == "share":
            return JSONResponse({"url": "/watch/tok", "events": "/api/watch/tok/events", "expires_at": NOW})
        if part == "cancel" and not job.over:
            job.snapshot = {**job.snapshot, "cancel_requested": True, "version": version}
        elif part == "retry" and job.over:
            fresh = {
                "status": "pending",
                "started_at": None,
                "finished_at": None,
                "error": None,
                "attempt": 1,
            }
            job.snapshot = {**job.snapshot, **fresh, "percent": 0, "version": version}
        else:
            return _problem(409, "The job's status does not allow this")
        return JSONResponse(job.snapshot, 202)


def _problem(status: int, detail: str = "", **body: Any) -> Response:
    value = {"type": "urn:x", "title": detail, "status": status, "detail": detail, **body}
    return JSONResponse(value, status, media_type="application/problem+json")
