"""Every route × {anonymous, another user, the owner, an operator}: the table of `matrix` against the running application."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from itertools import count, cycle
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fpdf import FPDF
from starlette.routing import BaseRoute
from tests.http.matrix import ESSAY, EXAM, MEMBER, OPERATOR, OWNER, PUBLIC, REVIEWS, ROUTES, VISITOR, Rule
from tests.http.people import PASSWORD, bearer, granted, person, quick
from tests.http.site import WITHIN_S, Site, running_site
from tests.http.test_sign_in import HTML
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from headway import Headway, apps

pytestmark = pytest.mark.anyio


def all_applications(headway: Headway) -> None:
    """What is shipped, registered on the application under test."""
    for kind in apps.shipped(headway.settings).kinds.values():
        headway.kinds.setdefault(kind.name, kind)


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """The shipped application without a worker, so that every job stays where it is."""
    async with running_site(
        sqlite_url, tmp_path, False, register=all_applications, limits="sign_in=off"
    ) as site:
        yield quick(site)


def routes_of(routes: Sequence[BaseRoute]) -> Iterator[tuple[str, str]]:
    """(method, path) of every route; "WS" for a WebSocket, "MOUNT" for what serves files."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        path = re.sub(r":\w+}", "}", getattr(route, "path", ""))
        if inner is not None:
            yield from routes_of(inner.routes)
        elif methods := getattr(route, "methods", None):
            yield from ((method, path) for method in methods if method != "HEAD")
        elif "WebSocket" in type(route).__name__:
            yield "WS", path
        else:
            yield "MOUNT", path


async def test_every_route_has_its_row(site: Site) -> None:
    there = set(routes_of(site.web.api.router.routes))
    assert there - set(ROUTES) == set(), "say in tests/http/matrix.py who may"
    assert set(ROUTES) - there == set(), "these routes are gone: take them out of tests/http/matrix.py"


def book() -> bytes:
    """A PDF of one page."""
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica", size=12)
    pdf.multi_cell(0, 8, "Il marchait dans la rue. La nuit tombait, et personne ne parlait plus.")
    return bytes(pdf.output())


class Table:
    """Plays the table: makes what a row needs, asks as everyone, and notes what is not as the row says."""

    def __init__(self, site: Site, ann: httpx2.AsyncClient, bob: str) -> None:
        """`ann` is a client of hers, `bob` a token of his."""
        self.site = site
        self.ann = ann
        self.tokens = {
            "owner": ann.headers["authorization"].partition(" ")[2],
            "another user": bob,
            "operator": site.token,
        }
        self.number = count()
        self.nobody: httpx2.AsyncClient
        self.wrong: list[str] = []
        self.values = {"kind": "essay", "password": PASSWORD, "n": "0", "question": "1", "token": "x"}

    async def prepare(self) -> None:
        exams = (await self.ann.get("/api/exams")).json()["exams"]
        self.values["exam_code"] = self.values["code"] = code = exams[0]["code"]
        self.values["question"] = await self.question(code)
        self.own_code = exams[1]["code"]  # nobody but Ann has an enrolment under it

    async def question(self, code: str) -> str:
        paper = (await self.ann.get(f"/api/exams/{code}")).json()
        return str(paper["parts"][0]["questions"][0]["id"])

    async def made(self, answer: httpx2.Response, name: str = "id") -> str:
        assert answer.status_code in (200, 201, 202), answer.text
        return str(answer.json()[name])

    async def thing(self, name: str) -> dict[str, str]:
        """Something of Ann's, and nobody else's."""
        ann, site = self.ann, self.site
        match name:
            case "":
                return {}
            case "job_id":
                return {name: await self.made(await ann.post("/api/jobs/essay", json=ESSAY))}
            case "novel_id":
                sent = await ann.post("/api/v1/process-pdf-async", files={"pdf_file": ("a.pdf", book())})
                return {"job_id": await self.made(sent, "job_id")}
            case "exam_job_id":
                return {
                    "job_id": await self.made(
                        await ann.post("/api/exam-results/process", json=self.filled(EXAM))
                    )
                }
            case "session_id":
                return {name: await self.made(await ann.post("/api/analysis/start", json=REVIEWS))}
            case "exam_code":
                things = {name: self.own_code, "question": await self.question(self.own_code)}
                path = self.filled("/api/enrolments/{exam_code}/answers/{question}", things)
                assert (await ann.put(path, json={"given": None})).status_code == 200
                return things
            case "token":
                job = (await self.thing("job_id"))["job_id"]
                url = await self.made(await ann.post(f"/api/jobs/{job}/share"), "url")
                return {name: url.rpartition("/")[2]}
            case "token_id":
                return {name: await self.made(await ann.post("/api/account/tokens", json={"name": "x"}))}
            case "open_session_id":
                await granted(site, "ann@example.org")
                open_ones = (await ann.get("/api/account/sessions")).json()["sessions"]
                return {"session_id": next(each["id"] for each in open_ones if not each["current"])}
            case "hook_id":
                hook = {"url": "https://hooks.example.org/x"}
                return {name: await self.made(await ann.post("/api/hooks", json=hook))}
            case "account_id":
                return {name: (await person(site, f"a{next(self.number)}@example.org")).id}
            case "invitation_id":
                return {name: await self.made(await site.client.post("/api/invitations", json={}))}
        raise AssertionError(name)

    def filled(self, value: Any, things: dict[str, str] | None = None) -> Any:
        """`value` with its `{…}` put in."""
        if isinstance(value, str):
            return re.sub(r"{(\w+)}", lambda found: {**self.values, **(things or {})}[found[1]], value)
        if isinstance(value, dict):
            return {self.filled(name, things): self.filled(each, things) for name, each in value.items()}
        return [self.filled(each, things) for each in value] if isinstance(value, list) else value

    async def ask(self, token: str, method: str, path: str, rule: Rule, things: dict[str, str]) -> int:
        """The status of the answer; of a stream or socket, that of its beginning."""
        path += "/nothing" if method == "MOUNT" else ""
        path = self.filled(path, things) + (f"?{self.filled(rule.query, things)}" if rule.query else "")
        sent = bearer(token) if token else {}
        if method == "WS":
            return await self.shake_hands(sent, path)
        given: dict[str, Any] = {}
        if rule.json is not None:
            given["json"] = self.filled(rule.json, things)
        if rule.form is not None:
            given["data"] = self.filled(dict(rule.form), things) or {"nothing": ""}
        if rule.extra:
            given["files"] = {"pdf_file": ("a.pdf", book())}
        headers = {**sent, **(HTML if rule.page else {})}
        self.nobody.cookies.clear()
        real = "GET" if method == "MOUNT" else method
        async with (
            asyncio.timeout(WITHIN_S),
            self.nobody.stream(real, path, headers=headers, **given) as answer,
        ):
            if rule.page and answer.headers.get("location", "").startswith("/sign-in?next="):
                return 401  # as a person is told it
            return answer.status_code

    async def shake_hands(self, headers: dict[str, str], path: str) -> int:
        try:
            async with connect(
                self.site.url.replace("http", "ws", 1) + path, additional_headers=headers
            ) as socket:
                await socket.recv()
                return 200
        except InvalidStatus as refused:
            return (
                refused.value.response.status_code
                if hasattr(refused, "value")
                else refused.response.status_code
            )

    async def someone(self, rule: Rule, name: str) -> str:
        """The token of the one who asks; a new one's where the answer ends who asked."""
        if not rule.spends:
            return self.tokens[name]
        email = f"spent{next(self.number)}@example.org"
        await person(self.site, email, "operator" if name == "operator" else "user")
        return str((await granted(self.site, email, client=self.nobody))["access_token"])

    async def play(self, method: str, path: str, rule: Rule) -> None:
        """Everyone asks, the one who may last."""
        things = await self.thing(rule.needs)
        before = await self.state(things)
        status = await self.ask("", method, path, rule, things)
        self.see(method, path, "anonymous", status, self.anonymous(rule))
        for name in ("another user", "operator", "owner"):
            if name == "owner" and await self.state(things) != before:
                self.wrong.append(f"{method} {path}: others have changed what is Ann's")
            status = await self.ask(await self.someone(rule, name), method, path, rule, things)
            self.see(method, path, name, status, self.signed_in(rule, name))

    async def state(self, things: dict[str, str]) -> object:
        """How Ann's job is, if one is named."""
        job_id = things.get("job_id")
        if job_id is None:
            return None
        job = (await self.ann.get(f"/api/jobs/{job_id}")).json()
        return job["status"], job["version"], job["cancel_requested"]

    def anonymous(self, rule: Rule) -> frozenset[int]:
        if rule.who is PUBLIC or (rule.who is VISITOR and not rule.needs):
            return rule.ok
        return frozenset({404}) if rule.who is VISITOR else frozenset({401})

    def signed_in(self, rule: Rule, name: str) -> frozenset[int]:
        if rule.who is OPERATOR:
            return rule.ok if name == "operator" else frozenset({403})
        named = rule.who is OWNER or (rule.who is VISITOR and rule.needs)
        return frozenset({404}) if named and name != "owner" else rule.ok

    def see(self, method: str, path: str, name: str, status: int, expected: frozenset[int]) -> None:
        if status not in expected:
            self.wrong.append(f"{method} {path} as {name}: {status}, not {sorted(expected)}")


@pytest.fixture
async def table(site: Site) -> AsyncIterator[Table]:
    for name in ("ann", "bob"):
        await person(site, f"{name}@example.org")
    ann, bob = [(await granted(site, f"{name}@example.org"))["access_token"] for name in ("ann", "bob")]
    async with aclosing(site.visitor(headers=bearer(ann))) as client, aclosing(site.visitor()) as nobody:
        table = Table(site, client, bob)
        table.nobody = nobody
        await table.prepare()
        yield table


async def test_everyone_may_what_the_table_says_and_nothing_else(table: Table) -> None:
    for (method, path), rule in ROUTES.items():
        await table.play(method, path, rule)
    assert table.wrong == [], "\n".join(table.wrong)


async def test_no_route_obeys_a_cookie_alone(table: Table) -> None:
    """Whatever changes something wants the session's token, and a request that no other site has caused."""
    elsewhere = cycle(
        ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"})
    )
    async with aclosing(table.site.visitor()) as browser:
        signed_in = {"email": "ann@example.org", "password": PASSWORD}
        assert (await browser.post("/sign-in", data=signed_in)).status_code == 303
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
        page = await browser.get("/account", headers=HTML)
        found = re.search(r'name="csrf-token" content="(\w+)"', page.text)
        assert found
        for method, path in ROUTES:
            address, site = re.sub(r"{\w+}", "x", path), next(elsewhere)
            if method == "WS":
                assert await table.shake_hands({**cookie, **site}, address) == 403, path
            elif method not in ("GET", "OPTIONS", "MOUNT"):
                for headers in ({}, {"X-CSRF-Token": found[1], **site}):
                    answer = await browser.request(method, address, headers=headers)
                    assert answer.status_code == 403, (method, path, headers)
        assert (await browser.get("/api/account")).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "id"),
    [
        ("/api/jobs/essay", ESSAY, "id"),
        ("/api/submission-save", ESSAY, "submission_id"),
        ("/api/exam-results/process", EXAM, "job_id"),
        ("/api/analysis/start", REVIEWS, "session_id"),
    ],
)
async def test_a_replayed_key_of_another_gives_nothing_of_theirs(
    table: Table, path: str, body: dict[str, Any], id: str
) -> None:
    given, everyone = table.filled(body), table.tokens.values()
    headers = [{**bearer(token), "Idempotency-Key": "the same"} for token in everyone]
    first = [(await table.nobody.post(path, json=given, headers=each)).json()[id] for each in headers]
    again = [(await table.nobody.post(path, json=given, headers=each)).json()[id] for each in headers]
    assert again == first
    assert len(set(first)) == 3


async def test_a_file_of_another_cannot_be_read_by_any_way_there_is(table: Table) -> None:
    [novel] = (await table.thing("novel_id")).values()
    for name in ("another user", "operator"):
        theirs = bearer(table.tokens[name])
        for way in ("input", "result", "sentences", "export?format=txt", "chunks", "log"):
            assert (await table.nobody.get(f"/api/jobs/{novel}/{way}", headers=theirs)).status_code == 404, (
                way
            )
        sent = {"files": {"pdf_file": ("a.pdf", book())}, "data": {"job_id": novel}}
        taken = await table.nobody.post("/api/v1/process-pdf-async", headers=theirs, **sent)
        assert taken.status_code in (404, 409, 422)
        exported = await table.nobody.get("/api/account/export", headers=theirs)
        assert novel.encode() not in exported.content


def test_the_table_is_about_someone() -> None:
    assert {rule.who for rule in ROUTES.values()} == {PUBLIC, MEMBER, OWNER, OPERATOR, VISITOR}
