"""`headway worker` as real processes: limits, drain, signals, several of them."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from tests.cli.harness import Command, Process, Submit, eventually

Start = Callable[..., Process]


@pytest.fixture(autouse=True)
def short_intervals(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """What waits, waits shortly."""
    monkeypatch.setenv("HEADWAY_POLL_IDLE_MS", "50")
    monkeypatch.setenv("HEADWAY_WORKER_ID", "w")


def status(headway: Command, job_id: str) -> str:
    return str(headway("jobs", "show", job_id, "--json").json["job"]["status"])


def test_a_worker_finishes_what_runs_when_it_is_told_to_stop(
    database_url: str,
    headway: Command,
    submit: Submit,
    start: Start,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HEADWAY_DATABASE_URL", database_url)
    running = submit("wait", "gate")
    worker = start("worker")
    worker.expect("waiting")
    worker.signal(signal.SIGTERM)
    worker.expect("worker told to stop")
    unstarted = submit("greet", "Ada")
    (folder / "gate").touch()
    assert worker.wait() == 0
    assert (status(headway, running), status(headway, unstarted)) == ("completed", "pending")


def test_a_worker_gives_back_what_does_not_end_within_the_grace(
    database_url: str,
    headway: Command,
    submit: Submit,
    start: Start,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HEADWAY_DATABASE_URL", database_url)
    monkeypatch.setenv("HEADWAY_GRACE_S", "0.2")
    job_id = submit("wait", "gate")
    worker = start("worker")
    worker.expect("waiting")
    worker.signal(signal.SIGINT)
    assert worker.wait() == 0
    record = headway("jobs", "show", job_id, "--json").json
    assert (record["job"]["status"], record["job"]["attempt"]) == ("processing", 1)
    assert [each["outcome"] for each in record["attempts"]] == ["interrupted"]
    (folder / "gate").touch()
    assert headway("worker", "--once").code == 0
    assert (status(headway, job_id), headway("check").code) == ("completed", 0)


def test_a_second_signal_ends_it_at_once(migrated: Command, submit: Submit, start: Start) -> None:
    submit("wait", "gate")
    worker = start("worker")
    worker.expect("waiting")
    worker.signal(signal.SIGTERM)
    worker.expect("worker told to stop")

    def ended() -> bool:
        worker.signal(signal.SIGTERM)
        return not running(worker.pid)

    eventually(ended)
    assert worker.wait() == 128 + signal.SIGTERM


def test_the_echo_of_a_signal_is_not_a_second_one(migrated: Command, start: Start) -> None:
    worker = start("worker")
    worker.expect("worker started")
    worker.signal(signal.SIGINT)
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0


def test_once_ends_when_nothing_is_ready(migrated: Command, submit: Submit) -> None:
    ids = [submit("greet", name) for name in ("Ada", "Bob")]
    assert migrated("worker", "--once").code == 0
    assert [status(migrated, job_id) for job_id in ids] == ["completed", "completed"]


def test_it_ends_after_so_many_jobs(migrated: Command, submit: Submit) -> None:
    for name in ("Ada", "Bob", "Cy"):
        submit("greet", name)
    assert migrated("worker", "--max-jobs", "2").code == 0
    assert {(row["status"], row["count"]) for row in migrated("stats", "--json").json} == {
        ("completed", 2),
        ("pending", 1),
    }


def test_it_ends_after_so_many_seconds(migrated: Command, start: Start) -> None:
    assert start("worker", "--max-time", "0.1").wait() == 0


def test_it_ends_when_it_uses_more_memory_than_allowed(migrated: Command, start: Start) -> None:
    assert start("worker", "--memory", "1").wait() == 0


def test_it_keeps_to_the_queues_it_was_given(migrated: Command, submit: Submit) -> None:
    light, heavy = submit("greet", "Ada"), submit("heavy")
    assert migrated("worker", "--once", "--queues", "heavy, other").code == 0
    assert (status(migrated, light), status(migrated, heavy)) == ("pending", "completed")


def test_it_runs_no_more_at_once_than_it_was_given(
    migrated: Command, submit: Submit, start: Start, folder: Path
) -> None:
    ids = [submit("wait", "gate") for _ in range(3)]
    worker = start("worker", "--concurrency", "2")
    begun = {worker.expect("waiting")["job"] for _ in range(2)}
    assert migrated("monitor", "--json").json["running"] == 2
    (folder / "gate").touch()
    begun.add(worker.expect("waiting")["job"])
    assert begun == set(ids)


def test_a_worker_migrates_a_new_database(headway: Command, folder: Path) -> None:
    assert headway("worker", "--once").code == 0
    assert headway("check").code == 0


def live(headway: Command) -> list[str]:
    """The ids of the live workers."""
    detail = next(each["detail"] for each in headway("doctor", "--json").json if each["check"] == "workers")
    return sorted(part.split()[0] for part in detail.split("; "))


def test_several_processes_have_ids_of_their_own_and_stop_together(
    migrated: Command, start: Start, submit: Submit
) -> None:
    parent = start("worker", "--processes", "2")
    for _ in range(2):
        parent.expect("worker started")
    eventually(lambda: live(migrated) == ["w-1", "w-2"])
    job_id = submit("greet", "Ada")
    eventually(lambda: status(migrated, job_id) == "completed")
    children = psutil.Process(parent.pid).children()
    assert len(children) == 2
    parent.signal(signal.SIGTERM)
    assert parent.wait() == 0
    assert not any(child.is_running() for child in children)
    assert live(migrated) == ["none"]


def test_a_process_that_dies_is_replaced(migrated: Command, start: Start) -> None:
    parent = start("worker", "--processes", "2")
    for _ in range(2):
        parent.expect("worker started")
    victim = psutil.Process(parent.pid).children()[0]
    victim.kill()
    replaced = parent.expect("worker process ended, starting another")["worker"]
    assert parent.expect("worker started")["worker"] == replaced
    parent.signal(signal.SIGTERM)
    assert parent.wait() == 0


def test_processes_end_by_their_limits_together(migrated: Command, start: Start, submit: Submit) -> None:
    ids = [submit("greet", name) for name in ("Ada", "Bob")]
    assert start("worker", "--processes", "2", "--once").wait() == 0
    assert [status(migrated, job_id) for job_id in ids] == ["completed", "completed"]


def test_a_process_that_outgrew_its_memory_is_replaced(migrated: Command, start: Start) -> None:
    parent = start("worker", "--processes", "2", "--memory", "1")
    assert parent.expect("worker process ended, starting another")["code"] == 0
    parent.signal(signal.SIGTERM)
    assert parent.wait() == 0


def test_processes_drain_when_their_parent_is_killed(migrated: Command, start: Start) -> None:
    parent = start("worker", "--processes", "2")
    for _ in range(2):
        parent.expect("worker started")
    children = psutil.Process(parent.pid).children()
    os.kill(parent.pid, signal.SIGKILL)
    for _ in range(2):
        parent.expect("worker stopped")
    eventually(lambda: not any(running(child.pid) for child in children))
    assert live(migrated) == ["none"]


def running(pid: int) -> bool:
    """Whether the process lives, and is not merely unburied."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("words", [["worker"], ["worker", "--processes", "2"], ["up"]], ids=" ".join)
@pytest.mark.parametrize("provider", ["gemini", "openai"])
def test_nothing_works_without_the_providers_key(
    words: list[str], provider: str, headway: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWAY_AI", provider)
    done = headway(*words)
    assert done.code == 2
    assert f"HEADWAY_AI={provider} needs HEADWAY_AI_KEY, or a HEADWAY_AI_URL that asks for none" in done.err
    assert done.err.count("\n") == 1
    assert not (folder / "var").exists()
    assert done.err.strip().removeprefix("headway: ") in headway("doctor").out


def test_a_compatible_server_may_ask_for_no_key(migrated: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_AI", "openai")
    monkeypatch.setenv("HEADWAY_AI_URL", "http://127.0.0.1:1/v1")
    assert migrated("worker", "--once").code == 0
