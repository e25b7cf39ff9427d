"""What holds for every page, in both languages, light and dark, narrow and wide: no barrier that axe finds, nothing
wider than the screen, under 100 KB, no other origin, no error.

The quick run looks at scripted states in English by day and at a real installation in Arabic by night; the long run at all
four combinations of both.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, expect
from tests.web.installation import Installation
from tests.web.looking import Critic, judge_all
from tests.web.scripted import NOW, ScriptedServer

from headway import web
from headway.apps import app, faces


def combinations(quick: tuple[str, str]) -> list[Any]:
    """Both languages, light and dark; all but `quick` in the long run only."""
    every = [(lang, scheme) for lang in ("en", "ar") for scheme in ("light", "dark")]
    return [each if each == quick else pytest.param(*each, marks=pytest.mark.long) for each in every]


RESULTS = {"essay": "#result:not([hidden])", "exam": "#result > *", "novel": ".figures", "product": ".score"}
"""What a page shows once its result is there."""
OTHERS = (
    ("/jobs", "tr[data-id]"),
    ("/ops", "#audit .table, #audit .note"),
    ("/account", None),
    ("/account/hooks", None),
    ("/credits", None),
    ("/sign-in", None),
    ("/register", None),
    ("/forgot", None),
    ("/reset?key=old", None),
)
DATA = ("/api/ops/workers", "/api/ops/queues", "/api/account")
"""Where the names on the pages of operators and of the account come from."""
PAGES = (
    ("/", "[data-figure=work]:not([hidden])"),
    ("/sign-in?error=token", None),
    ("/essay", None),
    ("/essay?job=done", "#result:not([hidden])"),
    ("/essay?job=failed", None),
    ("/jobs", "tr[data-id]"),
    ("/jobs?status=cancelled", ".empty"),
    ("/jobs/done", "#calls table"),
    ("/jobs/mid", "#gantt svg"),
    ("/ops", "#failures table"),
    ("/watch/tok", "#result dl"),
    ("/nowhere", None),
)
RESULT = {
    "overall_band": 6.5, "criteria": {"TR": 7, "CC": 6.5, "LR": 6, "GRA": 6},
    "notes": {"TR": "It answers.", "CC": "It flows.", "LR": "It is plain.", "GRA": "It slips."},
    "overall_comment": "Well kept.", "improvement_plan": ["One.", "Two.", "Three."],
    "corrections": [{"start": 0, "end": 4, "original": "They", "suggestion": "We", "reason": "It is we."}],
    "word_count": 4, "provider": "offline", "model": "rules-1",
}  # fmt: skip


def at(second: float) -> str:
    return f"2026-11-22T10:00:{second:06.3f}Z"


def span(what: str, begin: float, end: float | None, **more: Any) -> dict[str, Any]:
    ends = None if end is None else at(end)
    fields = {"name": "", "n": 1, "outcome": "succeeded", "worker": None, "error": None}
    return {"what": what, "from": at(begin), "to": ends, **fields, **more}


TIMELINE = {
    "now": at(9),
    "spans": [
        span("wait", 0, 1),
        span("attempt", 1, 3, outcome="lost", worker="w1"),
        span("attempt", 4, None, n=2, outcome=None, worker="w2"),
        span("step", 4.1, 4.5, name="measure"),
        *(span("chunk", 5 + n / 10, 5.5 + n / 10, n=n) for n in range(1, 9)),
        span("call", 5.1, 5.4, name="rules-1"),
        span("call", 6, 6, name="rules-1", outcome="in doubt"),
    ],
}
CALL = {
    "step": "evaluate", "key": "0", "n": 1, "provider": "fake", "model": "rules-1", "input_tokens": 310,
    "output_tokens": 221, "cost": 1200, "started_at": at(5), "duration_seconds": 0.3, "outcome": "succeeded",
    "in_doubt": False, "error": None,
}  # fmt: skip
WINDOW = {
    "seconds": 300, "accepted": 12, "completed": 10, "failed": 1, "cancelled": 1, "per_second": 0.04,
    "failure_share": 0.09, "wait_p50_seconds": 0.004, "wait_p95_seconds": 0.3, "work_p50_seconds": 2.1,
    "work_p95_seconds": 8.0, "utilisation": 0.25,
}  # fmt: skip
WORKER = {
    "id": "vm-1", "host": "vm", "pid": 1, "version": "0.1.0", "queues": ["default"], "state": "running", "live": True,
    "running": 3, "concurrency": 100, "memory_mb": 90, "started_at": NOW, "seen_at": NOW, "runs": [],
}  # fmt: skip
OPS = {
    "overview": {
        "windows": {"5m": WINDOW, "1h": WINDOW, "24h": {**WINDOW, "wait_p50_seconds": None, "utilisation": None}},
        "now": {"ready": 4, "running": 3, "slots": 100, "oldest_seconds": 2.5, "watchers": 1},
        "watched_since": NOW,
        "series": [{"at": at(n), "ready": n % 4, "running": n % 7, "slots": 100} for n in range(30)],
    },
    "workers": {"workers": [WORKER, {**WORKER, "id": "vm-2", "state": "lost", "live": False, "memory_mb": None}]},
    "queues": {"queues": [{"queue": "default", "kind": "essay", "ready": 4, "waiting": 1, "running": 3, "oldest_seconds": 2.5}]},
    "providers": {"providers": [
        {"provider": "gemini", "model": "flash", "state": state, "reason": None, "paused_seconds": 3.0, "failures": 2,
         "refusals": 0} for state in ("open", "paused", "down", "probing")
    ]},
    "failures": {"failures": [{"kind": "essay", "error": {"type": "Broken", "message": "It broke"}, "count": 3,
                               "last_at": NOW, "last_id": "01a2"}]},
}  # fmt: skip


@pytest.fixture(scope="module")
def seeded(site: Installation) -> tuple[Installation, dict[str, str]]:
    """The real installation, with a finished job of each application."""
    return site, site.seed()


@pytest.fixture
def scripted(server: ScriptedServer) -> ScriptedServer:
    """A server with a job in every state, for an operator."""
    server.role, server.ops = "operator", OPS
    done = server.add("done", status="completed", percent=100, started_at=at(1), finished_at=at(9), credits=3,
                      processing_seconds=8.0)  # fmt: skip
    done.result = RESULT
    done.input = {"task_type": "task_2", "prompt": "It's why?", "essay": "They need time."}
    done.parts["timeline"] = TIMELINE
    done.parts["calls"] = {"calls": [CALL, {**CALL, "outcome": None, "in_doubt": True}], "in_doubt": 1}
    done.parts["log"] = {"lines": [{"n": 1, "at": at(2), "text": "4 words read"}], "next": 1}
    server.add("mid", queue_position=None).work(45, "Judging the four criteria", eta_seconds=90, credits=4)
    server.jobs["mid"].parts["timeline"] = TIMELINE
    server.add("failed", status="failed", percent=62, started_at=at(1), finished_at=at(9),
               error={"type": "provider", "message": "The provider did not answer."})  # fmt: skip
    watched = server.add("tok", base="/api/watch/tok", status="completed", percent=100, started_at=at(1),
                         finished_at=at(9))  # fmt: skip
    watched.result = RESULT
    return server


@pytest.mark.parametrize(("lang", "scheme"), combinations(("en", "light")))
def test_no_page_has_a_fault(browser: Browser, scripted: ScriptedServer, lang: str, scheme: str) -> None:
    assert judge_all(browser, scripted.url, lang, scheme, PAGES) == []


@pytest.mark.parametrize(("lang", "scheme"), combinations(("ar", "dark")))
def test_no_page_of_a_real_installation_has_a_fault(
    browser: Browser, seeded: tuple[Installation, dict[str, str]], lang: str, scheme: str
) -> None:
    site, jobs = seeded
    results = [(f"/{kind}?job={job_id}", RESULTS[kind]) for kind, job_id in jobs.items()]
    empty = [(f"/{kind}", None) for kind in jobs]
    single = [(f"/jobs/{jobs['novel']}", "#gantt svg"), (f"/ops/jobs/{jobs['novel']}", "#job svg")]
    paths = [("/", None), *results, *empty, *single, *OTHERS]
    shown = [
        f"/api/jobs/{job_id}{part}"
        for job_id in jobs.values()
        for part in ("", "/input", "/result", "/steps", "/calls")
    ]
    assert judge_all(browser, site.url, lang, scheme, paths, site.link, [*shown, *DATA]) == []


def test_no_page_is_forgotten() -> None:
    """Every address that shows a page is among those that are looked at."""
    shipped = faces(app)
    looked_at = {path.partition("?")[0] for path, _ in (*PAGES, *OTHERS)}
    looked_at |= {f"/{face.name}" for face in shipped} | {
        "/jobs/{job_id}",
        "/ops/jobs/{job_id}",
        "/watch/{token}",
    }
    modules = [import_module(f"headway.web.{found.name}") for found in iter_modules(web.__path__)]
    routers = [module.router(shipped) for module in modules if hasattr(module, "router")]
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    shown = {route.path for route in routes if "GET" in (route.methods or ())}
    assert shown - looked_at == set()


def test_what_opens_over_a_page_has_no_fault_either(browser: Browser, scripted: ScriptedServer) -> None:
    critic = Critic(browser, scripted.url, "en", "light")
    page = critic.page
    page.goto("/jobs")
    page.locator("[data-choose=done]").check()
    expect(page.get_by_role("region", name="What to do with the chosen jobs")).to_be_visible()
    page.get_by_text("local", exact=True).click()
    critic.judge()
    page.keyboard.press("Escape")
    page.keyboard.press("Delete")
    expect(page.get_by_role("dialog", name="Delete for good?")).to_be_visible()
    critic.judge()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keyboard").click()
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    critic.judge()
    critic.context.close()
    assert critic.faults == []


def test_operations_are_for_operators(browser: Browser, server: ScriptedServer) -> None:
    critic = Critic(browser, server.url, "en", "dark")
    critic.look("/ops")
    expect(critic.page.get_by_role("heading", level=1)).to_have_text("This is not for you")
    expect(critic.page.get_by_role("link", name="Operations")).to_have_count(0)
    critic.context.close()
    assert critic.faults == []


def test_the_critic_sees_faults(browser: Browser, server: ScriptedServer) -> None:
    """The other tests could not fail if this one did not."""
    server.extra_pages["/bad"] = (
        '<!doctype html><html lang="en" dir="ltr"><title>Bad</title><h1>Bad</h1><main>'
        '<p style="color: oklch(0.85 0 0)">faint</p><div id=a></div><div id=a></div><div style="width: 3000px">x</div>'
        '<img src="http://127.0.0.1:9/x.png"><img src="/static/favicon.svg"><script>throw Error("no")</script></main>'
    )
    critic = Critic(browser, server.url, "en", "light")
    critic.look("/bad")
    critic.context.close()
    for sign in ("color-contrast", "image-alt", "doubled ids", "wider than 390", "error no"):
        assert any(sign in fault for fault in critic.faults), (sign, critic.faults)
