"""`migrate`, `check`, `doctor`, `stats`, `monitor`, `cleanup`, `openapi`."""

import json
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from tests.cli.harness import Command, Process, Submit


@pytest.fixture
def on_either(database_url: str, folder: Path, headway: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line on a migrated database of either dialect."""
    monkeypatch.setenv("HEADWAY_DATABASE_URL", database_url)
    return headway


def test_a_database_is_made_and_then_left_alone(folder: Path, headway: Command) -> None:
    first, again = headway("migrate", "--json").json, headway("migrate", "--json").json
    assert first["applied"] == list(range(1, first["schema"] + 1))
    assert again == {"applied": [], "schema": first["schema"]}
    assert (folder / "var" / "headway.db").exists()
    assert "up to date" in headway("migrate").out


def test_a_migrated_database_is_up_to_date_on_either_dialect(on_either: Command) -> None:
    assert on_either("migrate", "--json").json["applied"] == []


def test_a_sound_database_passes_the_audit(on_either: Command) -> None:
    assert on_either("check").out == "All that must hold holds\n"
    assert on_either("check", "--json").json == {"violations": []}


def test_a_broken_rule_is_printed_with_its_row(migrated: Command, submit: Submit) -> None:
    job_id = submit("greet", "Ada")
    connection = apsw.Connection("var/headway.db")
    connection.execute("DELETE FROM tasks")
    connection.close()
    done = migrated("check")
    assert done.code == 1
    assert job_id in done.out
    found = migrated("check", "--json").json["violations"]
    assert [(each["rule"], job_id in each["row"]) for each in found] == [(3, True)]


def test_stats_count_by_kind_and_status(migrated: Command, ended: dict[str, str]) -> None:
    rows = {(row["kind"], row["status"]): row for row in migrated("stats", "--json").json}
    assert set(rows) == {("greet", "completed"), ("stumble", "failed")}
    assert rows["greet", "completed"]["count"] == 1
    assert rows["greet", "completed"]["average_seconds"] >= 0
    assert migrated("stats").out.splitlines()[0].split() == ["kind", "status", "count", "average"]


def test_stats_of_nothing_say_so(on_either: Command) -> None:
    assert on_either("stats").out == "No jobs yet\n"
    assert on_either("stats", "--json").json == []


def test_the_monitor_counts_what_waits(on_either: Command, submit: Submit) -> None:
    for name in ("Ada", "Bob"):
        submit("greet", name)
    seen = on_either("monitor", "--json").json
    assert (seen["waiting"], seen["running"], seen["later"], seen["workers"]) == (2, 0, 0, 0)
    assert seen["oldest_waiting_seconds"] >= 0
    assert "waiting  2, the oldest for" in on_either("monitor").out


@pytest.mark.parametrize(("most", "code"), [("2", 0), ("1", 1), ("0", 1)])
def test_the_monitor_complains_when_more_wait_than_allowed(
    most: str, code: int, migrated: Command, submit: Submit
) -> None:
    for name in ("Ada", "Bob"):
        submit("greet", name)
    assert migrated("monitor", "--max", most).code == code


def test_the_monitor_counts_failures_of_the_last_hour(migrated: Command, ended: dict[str, str]) -> None:
    assert migrated("monitor", "--json").json["failed_last_hour"] == 1


def test_cleanup_counts_first_and_then_deletes(
    migrated: Command, ended: dict[str, str], submit: Submit
) -> None:
    kept = submit("greet", "Cy")
    assert migrated("cleanup").out == "0 jobs ended more than 168 h ago: deleted\n"
    assert migrated("cleanup", "--hours", "0", "--dry-run", "--json").json == {
        "jobs": 2,
        "hours": 0.0,
        "dry_run": True,
    }
    assert len(migrated("jobs", "list", "--json").json["jobs"]) == 3
    assert migrated("cleanup", "--hours", "0").out == "2 jobs ended more than 0 h ago: deleted\n"
    assert [job["id"] for job in migrated("jobs", "list", "--json").json["jobs"]] == [kept]


def test_the_doctor_misses_a_worker(on_either: Command) -> None:
    done = on_either("doctor", "--json")
    assert done.code == 1
    found = {each["check"]: each["ok"] for each in done.json}
    assert found == {
        "settings": True,
        "app": True,
        "data": True,
        "provider": True,
        "database": True,
        "workers": False,
        "tasks": True,
    }
    lines = on_either("doctor").out.splitlines()
    assert [line.split()[0] for line in lines] == ["ok"] * 5 + ["FAULT", "ok"]


def test_the_doctor_is_content_while_a_worker_lives(
    on_either: Command, start: Callable[..., Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWAY_WORKER_ID", "the-one")
    start("worker").expect("worker started")
    done = on_either("doctor")
    assert (done.code, "the-one runs 0 of 100" in done.out) == (0, True)
    assert "live workers serve those of every kind" in done.out


def test_the_doctor_names_the_kinds_that_no_live_worker_runs(
    on_either: Command, start: Callable[..., Process]
) -> None:
    start("worker", "--queues", "default").expect("worker started")
    done = on_either("doctor", "--json")
    assert done.code == 1
    [fault] = [each for each in done.json if not each["ok"]]
    assert fault["check"] == "queues"
    assert fault["detail"] == (
        "no live worker serves the queue heavy, so nobody runs heavy: start one with `headway worker --queues heavy`"
    )


def test_the_doctor_says_that_a_worker_for_one_queue_leaves_headways_own_work(
    on_either: Command, start: Callable[..., Process]
) -> None:
    start("worker", "--queues", "heavy").expect("worker started")
    assert "the queue default, so nobody runs greet, headway." in on_either("doctor").out


def test_the_doctor_says_which_tasks_wait_of_kinds_that_the_app_does_not_know(
    on_either: Command, submit: Submit, folder: Path
) -> None:
    submit("greet", "Ada")
    submit("wait", "gate")
    page = folder / "errands.py"
    page.write_text(page.read_text().replace('@app.job("greet")', '@app.job("welcome")'))
    found = {each["check"]: each for each in on_either("doctor", "--json").json}
    assert (found["tasks"]["ok"], found["tasks"]["detail"]) == (
        True,
        "this app has no handler for what waits: 1 of greet",
    )


def test_the_doctor_says_what_workers_gave_back_for_want_of_a_handler(
    on_either: Command, submit: Submit, folder: Path
) -> None:
    submit("greet", "Ada")
    page = folder / "errands.py"
    known = page.read_text()
    page.write_text(known.replace('@app.job("greet")', '@app.job("welcome")'))
    assert on_either("worker", "--once").code == 0
    page.write_text(known)
    found = {each["check"]: each["detail"] for each in on_either("doctor", "--json").json}
    assert found["tasks"] == "a worker that has no handler for them gave back: 1 of greet"


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"HEADWAY_CONCURRENCY": "many"}, ("settings", "HEADWAY_CONCURRENCY=many")),
        ({"HEADWAY_APP": "nowhere:app"}, ("app", "no module nowhere")),
        ({"HEADWAY_PRICES": "nowhere.toml"}, ("settings", "nowhere.toml")),
        (
            {"HEADWAY_LIMITS": "submissions.trip=3/hour"},
            ("app", "there is no kind 'trip' for submissions.trip"),
        ),
        ({"HEADWAY_DATA_DIR": "errands.py"}, ("data", "errands.py")),
        ({"HEADWAY_DATABASE_URL": "postgresql://u:sekret@127.0.0.1:1/d"}, ("database", "Connection refused")),
    ],
    ids=["settings", "app", "prices", "limits", "data", "database"],
)
def test_the_doctor_names_what_is_wrong(
    settings: dict[str, str], fault: tuple[str, str], headway: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    done = headway("doctor", "--json")
    assert done.code == 1
    found = {each["check"]: each["detail"] for each in done.json if not each["ok"]}
    assert fault[1] in found[fault[0]]
    assert "sekret" not in done.out


def test_the_openapi_document_is_printed_and_nothing_is_left_behind(folder: Path, headway: Command) -> None:
    document = headway("openapi").json
    assert "/api/jobs/{job_id}" in document["paths"]
    assert not (folder / "var").exists()


def test_data_goes_to_stdout_and_nothing_else_does(migrated: Command, ended: dict[str, str]) -> None:
    done = migrated("jobs", "list", "--json")
    assert done.err == ""
    json.loads(done.out)
