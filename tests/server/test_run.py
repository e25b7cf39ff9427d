"""The commands `up` and `serve` as processes: start, sign-in link, signals, a taken port."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue

import httpx2
import pytest

WITHIN_S = 60.0
HEADWAY = [sys.executable, "-m", "headway.cli"]


class Process:
    """A running command; its lines come through a queue, so that waiting for one has an end."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self.child = subprocess.Popen(
            [*HEADWAY, *command],
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: Queue[str] = Queue()
        self.seen: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self._lines.put(line)
        self._lines.put("")

    def line(self, pattern: str) -> re.Match[str]:
        """The next line that fits."""
        deadline = time.monotonic() + WITHIN_S
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left)
            except Empty:
                break
            if not line:
                break  # it has ended
            self.seen.append(line)
            if found := re.search(pattern, self.seen[-1]):
                return found
        raise AssertionError(f"no line like {pattern!r} in {self.seen}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Signal it; the seconds until it has ended."""
        began = time.monotonic()
        self.child.send_signal(number)
        self.child.wait(WITHIN_S)
        return time.monotonic() - began


@contextmanager
def running(folder: Path, *command: str, **env: str) -> Iterator[Process]:
    process = Process(
        list(command), {"HEADWAY_DATA_DIR": str(folder), "PORT": "0", "HEADWAY_GRACE_S": "5", **env}
    )
    try:
        yield process
    finally:
        process.child.kill()
        process.child.wait()


def test_up_prints_a_link_that_signs_in_and_runs_jobs(tmp_path: Path) -> None:
    with running(tmp_path, "up") as process:
        link = process.line(r"(http://127\.0\.0\.1:\d+)/\?token=(\S+)")
        with httpx2.Client(base_url=link[1], timeout=WITHIN_S) as browser:
            assert browser.get(f"/?token={link[2]}").status_code == 303
            assert browser.get("/jobs", headers={"Accept": "text/html"}).status_code == 200
            essay = {"task_type": "task_2", "prompt": "Discuss it.", "essay": "It is a matter of taste. " * 4}
            headers = {"Authorization": f"Bearer {link[2]}", "Prefer": "wait=60"}
            job = httpx2.post(f"{link[1]}/api/jobs/essay", json=essay, headers=headers, timeout=WITHIN_S)
            assert job.json()["status"] == "completed"
        assert process.stop() < 40
        assert process.child.returncode == 0
        assert sum("?token=" in line for line in process.seen) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_open_streams_and_then_the_process(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path, "up", HEADWAY_GRACE_S="50") as process:
        link = process.line(r"(http://127\.0\.0\.1:\d+)/\?token=(\S+)")
        headers = {"Authorization": f"Bearer {link[2]}"}
        later = {"scheduled_at": "2099-01-01T00:00:00Z"}
        essay = {"task_type": "task_2", "prompt": "Discuss it.", "essay": "It is a matter of taste. " * 4}
        with httpx2.Client(base_url=link[1], headers=headers, timeout=WITHIN_S) as client:
            job = client.post("/api/jobs/essay", params=later, json=essay).json()
            with client.stream("GET", f"/api/jobs/{job['id']}/events") as answer:
                lines = answer.iter_lines()
                assert next(lines).startswith("id: ")
                took_s = process.stop(number)
                rest = list(lines)
        assert any(line.startswith(":") for line in rest)
        assert took_s < 40
        assert process.child.returncode == 0


def test_serve_alone_is_alive_but_not_ready(tmp_path: Path) -> None:
    with running(tmp_path, "serve") as process:
        link = process.line(r"(http://127\.0\.0\.1:\d+)/\?token=(\S+)")
        assert httpx2.get(f"{link[1]}/healthz").status_code == 200
        answer = httpx2.get(f"{link[1]}/readyz")
        assert (answer.status_code, answer.json()["checks"]["worker"]) == (503, False)


def test_two_web_processes_share_one_account(tmp_path: Path) -> None:
    with running(tmp_path, "serve") as one, running(tmp_path, "serve") as two:
        links = [process.line(r"(http://127\.0\.0\.1:\d+)/\?token=(\S+)") for process in (one, two)]
        assert links[0][2] == links[1][2]
        for link in links:
            answer = httpx2.get(f"{link[1]}/api/jobs", headers={"Authorization": f"Bearer {link[2]}"})
            assert answer.status_code == 200


def test_a_taken_port_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with running(tmp_path, "up", PORT=str(taken.getsockname()[1])) as process:
            assert process.child.wait(WITHIN_S) == 1
            process.line(r"Cannot listen at 127\.0\.0\.1:\d+: .* choose another port")
            assert not any("Traceback" in line for line in process.seen)


def test_the_openapi_document_is_printed_without_a_server(tmp_path: Path) -> None:
    done = subprocess.run(
        [*HEADWAY, "openapi"],
        env={**os.environ, "HEADWAY_DATA_DIR": str(tmp_path)},
        capture_output=True,
        check=True,
        timeout=WITHIN_S,
    )
    document = json.loads(done.stdout)
    assert "/api/submission-save" in document["paths"]
    assert list(tmp_path.iterdir()) == []
