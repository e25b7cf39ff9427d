"""`up` and `serve` as real processes."""

import json
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.harness import Command, Process

Start = Callable[..., Process]


@pytest.fixture
def any_port(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "0")


def call(link: str, path: str, body: object = None) -> tuple[int, dict[str, object]]:
    """A request to the server behind a sign-in link, with its token."""
    base, _, token = link.strip().removeprefix("Sign in at ").partition("/?token=")
    request = urllib.request.Request(
        base + path,
        None if body is None else json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Prefer": "wait=20"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_up_prints_one_link_and_runs_jobs(any_port: None, start: Start) -> None:
    up = start("up")
    link = up.first_line()
    status, job = call(link, "/api/jobs/greet", "Ada")
    assert (status, job["status"], job["result"]) == (200, "completed", "Hello, Ada!")
    assert call(link, "/readyz")[0] == 200
    up.signal(signal.SIGTERM)
    assert up.wait() == 0


def test_serve_runs_no_jobs_itself(any_port: None, start: Start) -> None:
    serve = start("serve")
    link = serve.first_line()
    status, ready = call(link, "/readyz")
    assert (status, ready["checks"]) == (503, {"database": True, "migrated": True, "worker": False})
    start("worker").expect("worker started")
    status, job = call(link, "/api/jobs/greet", "Bob")
    assert (status, job["result"]) == (200, "Hello, Bob!")
    serve.signal(signal.SIGINT)
    assert serve.wait() == 0


def test_a_taken_port_is_one_line(headway: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        done = headway("up")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "PORT=" in done.err


@pytest.mark.parametrize("command", ["up", "serve"])
def test_a_limit_for_a_kind_that_there_is_not_stops_the_start(
    command: str, headway: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWAY_LIMITS", "submissions.gret=3/hour")
    done = headway(command)
    assert done.code == 2
    assert done.err == (
        "headway: HEADWAY_LIMITS=submissions.gret=3/hour: there is no kind 'gret' for submissions.gret: "
        "there are greet, heavy, stumble, wait\n"
    )
