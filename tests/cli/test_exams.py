"""`exam import`: enrolments of a file become jobs, or nothing does."""

import json
from pathlib import Path

import pytest
from tests.apps.exam.people import MARKED, marked_elsewhere
from tests.cli.harness import Command

APP = """
from headway import Headway
from headway.apps.exam.job import register

app = Headway()
register(app)
"""


@pytest.fixture
def school(headway: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line on an app with exams, its database migrated."""
    (folder / "school.py").write_text(APP)
    monkeypatch.setenv("HEADWAY_APP", "school:app")
    assert headway("migrate").code == 0
    return headway


def test_a_csv_file_becomes_jobs_and_again_the_same_jobs(school: Command, folder: Path) -> None:
    (folder / "answers.csv").write_text("student,q01,q03\nAmal,B,BCE\nZaid,,BD\n")
    first = school("exam", "import", "answers.csv", "--code", MARKED, "--json")
    assert first.code == 0, first.err
    assert (first.json["enrolments"], first.json["created"]) == (2, 2)
    listed = school("jobs", "list", "--json", "--kind", "exam").json["jobs"]
    assert {job["id"] for job in listed} == {job["job_id"] for job in first.json["jobs"]}
    again = school("exam", "import", "answers.csv", "--code", MARKED)
    assert again.out.splitlines()[-1] == "2 enrolments, 0 new jobs"


def test_a_file_with_a_fault_imports_nothing_and_names_the_place(school: Command, folder: Path) -> None:
    rows = [marked_elsewhere("a"), {"exam_code": "X", "student": "b"}]
    (folder / "rows.json").write_text(json.dumps(rows))
    ended = school("exam", "import", "rows.json")
    assert (ended.code, ended.out) == (1, "")
    assert "enrolments.1.answers: This field is required" in ended.err
    assert school("jobs", "list", "--json").json["jobs"] == []


def test_a_dry_run_only_reads(school: Command, folder: Path) -> None:
    (folder / "rows.jsonl").write_text("\n".join(json.dumps(marked_elsewhere(s)) for s in "abc"))
    ended = school("exam", "import", "rows.jsonl", "--dry-run")
    assert (ended.code, ended.out.strip()) == (0, "3 enrolments can be imported")
    assert school("jobs", "list", "--json").json["jobs"] == []


def test_a_file_that_is_not_there_is_a_fault(school: Command) -> None:
    assert school("exam", "import", "nowhere.csv").code == 1
