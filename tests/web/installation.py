"""A real installation for a browser: `headway up` in a process of its own, and one finished job of every application."""

import contextlib
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
from tests.apps.novel import books

from headway.apps.essay import bank as essays
from headway.apps.exam import samples as answers
from headway.apps.product import bank as products

READY_WITHIN_S = 60
DONE_WITHIN_S = 120
STORY = (Path(books.__file__).parent / "recit.txt").read_text("utf-8")
EXAM = "SCIENCE-40"


class Installation:
    """Where it is, and how to get in."""

    def __init__(self, link: str, data: Path) -> None:
        self.link = link
        self.url, _, self.token = link.partition("/?token=")
        self.data = data

    def client(self) -> httpx2.Client:
        """A program that is signed in."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=READY_WITHIN_S)

    def seed(self, essays_wanted: int = 1, pages: int = 4) -> dict[str, str]:
        """One finished job of each kind (of essays, several): the id by kind."""
        with self.client() as client:
            jobs = {
                "exam": _accepted(client.post("/api/exam-results/process", json=_answers())),
                "product": _accepted(client.post("/api/analysis/start", json=_reviews())),
                "novel": _accepted(client.post("/api/v1/process-pdf-async", **_book(pages))),
            }
            for n in range(essays_wanted):
                jobs["essay"] = _accepted(client.post("/api/jobs/essay", json=_essay(n)))
            for kind, job_id in jobs.items():
                _completed(client, kind, job_id)
        return jobs


def _accepted(answer: httpx2.Response) -> str:
    assert answer.status_code == 202, answer.text
    body = answer.json()
    return str(body.get("id") or body["job_id"])


def _completed(client: httpx2.Client, kind: str, job_id: str) -> None:
    until = time.monotonic() + DONE_WITHIN_S
    while time.monotonic() < until:
        job = client.get(f"/api/jobs/{job_id}?wait=20").json()
        if job["finished_at"]:
            assert job["status"] == "completed", (kind, job)
            return
    raise AssertionError(f"the {kind} is not done")


def _essay(n: int) -> dict[str, str]:
    sample = essays.SAMPLES[n % len(essays.SAMPLES)]
    return {"task_type": sample.task.task_type, "prompt": sample.task.prompt, "essay": sample.essay}


def _answers() -> dict[str, Any]:
    return {"exam_code": EXAM, "student": "Maryam", "answers": answers.SAMPLES[EXAM], "language": "en"}


def _reviews() -> dict[str, Any]:
    sample = products.SAMPLES[0]
    return {"product": sample["product"], "reviews": sample["reviews"]}


def _book(pages: int) -> dict[str, Any]:
    story = [line for line in STORY.split("\n") if line.strip()]
    pdf = ("pdf_file", ("le-phare.pdf", books.pages(story, pages), "application/pdf"))
    return {"files": [pdf], "data": {"sentence_length_limit": "8"}}


@contextlib.contextmanager
def installation(data: Path) -> Iterator[Installation]:
    """`headway up` on a free port, its data in `data`, until the end of the block."""
    environment = {**os.environ, "HEADWAY_DATA_DIR": str(data), "PORT": "0", "HOST": "127.0.0.1"}
    errors = (data / "stderr").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "headway.cli", "up"],
        env=environment,
        cwd=data,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )
    try:
        yield Installation(_printed_link(process, data / "stderr"), data)
    finally:
        process.terminate()
        process.communicate(timeout=30)
        errors.close()


def _printed_link(process: "subprocess.Popen[str]", errors: Path) -> str:
    until = time.monotonic() + READY_WITHIN_S
    assert process.stdout is not None
    while time.monotonic() < until and process.poll() is None:
        if select.select([process.stdout], [], [], 1)[0]:
            found = re.search(r"http://\S+\?token=\S+", process.stdout.readline())
            if found:
                return found.group()
    raise AssertionError(f"headway up printed no link: {errors.read_text()}")
