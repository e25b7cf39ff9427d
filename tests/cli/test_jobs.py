"""`jobs list|show|failed|retry|cancel`, on jobs that really ran."""

from collections.abc import Callable
from contextlib import closing

import pytest
from tests.cli.harness import Command, Submit

from headway import Headway

UNKNOWN = "00000000-0000-7000-8000-000000000000"


def test_jobs_are_listed_newest_first_with_what_they_say(migrated: Command, ended: dict[str, str]) -> None:
    titles, newest, oldest = migrated("jobs", "list").out.splitlines()
    assert titles.split()[:4] == ["id", "kind", "status", "%"]
    assert newest.split()[:3] == [ended["stumble"], "stumble", "failed"]
    assert newest.endswith("ValueError: fell over a stone")
    assert oldest.split()[:4] == [ended["greet"], "greet", "completed", "100"]


def test_a_list_as_json_has_the_fields_of_the_contract(migrated: Command, ended: dict[str, str]) -> None:
    listed = migrated("jobs", "list", "--json", "--status", "completed").json
    assert listed["next"] is None
    (job,) = listed["jobs"]
    assert (job["id"], job["kind"], job["status"], job["owner"]) == (
        ended["greet"],
        "greet",
        "completed",
        "local",
    )
    assert job["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("choice", "kinds"),
    [
        (["--kind", "greet"], ["greet"]),
        (["--status", "failed"], ["stumble"]),
        (["--owner", "nobody"], []),
        (["--owner", "local", "--limit", "1"], ["stumble"]),
    ],
    ids=["kind", "status", "owner", "limit"],
)
def test_a_list_can_be_narrowed(
    choice: list[str], kinds: list[str], migrated: Command, ended: dict[str, str]
) -> None:
    assert [job["kind"] for job in migrated("jobs", "list", "--json", *choice).json["jobs"]] == kinds


def test_a_list_goes_on_from_where_it_stopped(migrated: Command, ended: dict[str, str]) -> None:
    first = migrated("jobs", "list", "--json", "--limit", "1").json
    second = migrated("jobs", "list", "--json", "--limit", "1", "--before", first["next"]).json
    assert [page["jobs"][0]["kind"] for page in (first, second)] == ["stumble", "greet"]
    assert second["next"] is None


def test_failed_jobs_are_listed_with_their_errors(migrated: Command, ended: dict[str, str]) -> None:
    listed = migrated("jobs", "failed").out
    assert ended["stumble"] in listed
    assert ended["greet"] not in listed
    assert "fell over a stone" in listed


def test_a_job_is_shown_with_all_that_happened(migrated: Command, ended: dict[str, str]) -> None:
    page = migrated("jobs", "show", ended["greet"]).out
    assert page.startswith(f"{ended['greet']}  greet  completed  100 %\n")
    assert "attempt   1 of 3" in page
    assert "Thinking of Ada" in page
    assert "succeeded" in page.split("Attempts")[1]
    assert "salute" in page.split("Steps")[1]
    assert "greeting Ada" in page.split("Log")[1]


def test_a_shown_job_as_json_has_parsed_values(migrated: Command, ended: dict[str, str]) -> None:
    record = migrated("jobs", "show", ended["greet"], "--json").json
    assert list(record) == ["job", "attempts", "steps", "calls", "chunks", "log"]
    (step,) = record["steps"]
    assert (step["name"], step["value"]) == ("salute", "Hello, Ada!")
    assert record["log"][0]["text"] == "greeting Ada"
    assert record["attempts"][0]["outcome"] == "succeeded"


def test_what_a_job_says_cannot_steer_the_terminal(migrated: Command, submit: Submit) -> None:
    job_id = submit("stumble", "\x1b[2J\x1b]0;owned\x07\r\n[bold]a stone[/bold]")
    assert migrated("worker", "--once").code == 0
    for shown in (migrated("jobs", "show", job_id).out, migrated("jobs", "failed").out):
        assert "\x1b" not in shown
        assert "\\e[2J\\e]0;owned\\u0007\\r\\n[bold]a stone[/bold]" in shown


def test_an_unknown_job_is_a_fault(migrated: Command) -> None:
    for job_id in (UNKNOWN, "nonsense"):
        done = migrated("jobs", "show", job_id)
        assert (done.code, done.err) == (1, f"headway: {job_id}: there is no such job\n")


def test_a_failed_job_is_retried_by_its_id(migrated: Command, ended: dict[str, str]) -> None:
    assert migrated("jobs", "retry", ended["stumble"]).out == "1 retried\n"
    assert migrated("jobs", "list", "--json", "--status", "pending").json["jobs"][0]["id"] == ended["stumble"]


def test_all_failed_jobs_are_retried_and_no_others(migrated: Command, ended: dict[str, str]) -> None:
    assert migrated("jobs", "retry", "--all", "--json").json == {"retried": [ended["stumble"]], "refused": []}
    assert migrated("jobs", "retry", "--all").out == "0 retried\n"


def test_a_retry_can_be_kept_to_one_kind(migrated: Command, ended: dict[str, str]) -> None:
    assert migrated("jobs", "retry", "--all", "--kind", "greet").out == "0 retried\n"


def test_what_a_job_does_not_allow_is_said_and_the_others_go_on(
    migrated: Command, ended: dict[str, str]
) -> None:
    done = migrated("jobs", "retry", ended["greet"], UNKNOWN, ended["stumble"], "--json")
    assert done.code == 1
    assert done.json["retried"] == [ended["stumble"]]
    assert [each["id"] for each in done.json["refused"]] == [ended["greet"], UNKNOWN]
    assert done.err.count("\n") == 1


def test_a_retry_from_scratch_forgets_the_steps(migrated: Command, ended: dict[str, str]) -> None:
    assert migrated("jobs", "retry", ended["greet"], "--scratch").code == 0
    assert migrated("jobs", "show", ended["greet"], "--json").json["steps"] == []


def test_waiting_jobs_are_cancelled_by_id_and_all_together(migrated: Command, submit: Submit) -> None:
    first, *others = (submit("greet", name) for name in ("Ada", "Bob", "Cy"))
    assert migrated("jobs", "cancel", first).out == "1 cancelled\n"
    cancelled = migrated("jobs", "cancel", "--all", "--json").json["cancelled"]
    assert sorted(cancelled) == sorted(others)
    shown = migrated("jobs", "show", first, "--json").json["job"]
    assert (shown["status"], shown["cancelled_by"]) == ("cancelled", "operator")


def test_more_than_one_page_of_jobs_is_cancelled(
    migrated: Command, errands: Callable[[], Headway], submit: Submit
) -> None:
    app = errands()
    with closing(app.store):
        app.submit_many_sync("greet", [str(n) for n in range(1_100)])
    submit("heavy")
    assert migrated("jobs", "cancel", "--all", "--kind", "greet").out == "1100 cancelled\n"
    assert migrated("monitor", "--json").json["waiting"] == 1
