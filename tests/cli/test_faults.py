"""What goes wrong is one line on stderr, with exit code 2 for misuse and 1 for a fault."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.harness import Command

MISUSE = {
    "an unknown command": (["frob"], {}, "frob"),
    "an unknown option": (["stats", "--frob"], {}, "--frob"),
    "a value out of range": (["worker", "--processes", "0"], {}, "--processes"),
    "an empty queue's name": (["worker", "--queues", "a,,b"], {}, "--queues a,,b"),
    "neither ids nor all": (["jobs", "retry"], {}, "--all"),
    "both ids and all": (["jobs", "cancel", "--all", "x"], {}, "not both"),
    "a kind beside ids": (["jobs", "cancel", "x", "--kind", "greet"], {}, "--kind"),
    "an unknown status": (["jobs", "list", "--status", "done"], {}, "--status"),
    "an app without a name": (["stats", "--app", "errands"], {}, "MODULE:NAME"),
    "an app in no module": (["stats", "--app", "nowhere.at_all:app"], {}, "no module nowhere"),
    "an app of another name": (["stats", "--app", "errands:nope"], {}, "it has app"),
    "an app that is none": (["stats", "--app", "errands:greet"], {}, "function"),
    "a number that is none": (["stats"], {"HEADWAY_CONCURRENCY": "many"}, "HEADWAY_CONCURRENCY=many"),
    "two wrong settings": (["stats"], {"HEADWAY_AI": "bard", "PORT": "99999"}, "PORT=99999"),
    "an alias of a field": (["stats"], {"HEADWAY_ASYNC": "maybe"}, "HEADWAY_ASYNC=maybe"),
    "a misspelt setting": (["stats"], {"HEADWAY_CONCURENCY": "5"}, "did you mean HEADWAY_CONCURRENCY?"),
    "a price list of another form": (
        ["worker", "--once"],
        {"HEADWAY_PRICES": "errands.py"},
        "errands.py cannot be read",
    ),
    "a foreign database": (
        ["stats"],
        {"HEADWAY_DATABASE_URL": "mysql://u:sekret@h/d"},
        "HEADWAY_DATABASE_URL",
    ),
}
FAULTS = {
    "no database yet": (["stats"], {}, "run `headway migrate`"),
    "no server there": (
        ["stats"],
        {"HEADWAY_DATABASE_URL": "postgresql://u:sekret@127.0.0.1:1/d"},
        "postgresql://u:[hidden]@127.0.0.1:1/d",
    ),
    "no server for a worker": (
        ["worker"],
        {"HEADWAY_DATABASE_URL": "postgresql://127.0.0.1:1/d"},
        "127.0.0.1:1",
    ),
    "no server for the web": (
        ["serve"],
        {"HEADWAY_DATABASE_URL": "postgresql://127.0.0.1:1/d"},
        "127.0.0.1:1",
    ),
    "a folder as a database": (["migrate"], {"HEADWAY_DATABASE_URL": "sqlite:////etc"}, "sqlite:////etc"),
    "a text as a database": (["migrate"], {"HEADWAY_DATABASE_URL": "sqlite:///errands.py"}, "not a database"),
    "a folder that cannot be": (["migrate"], {"HEADWAY_DATA_DIR": "errands.py/var"}, "errands.py"),
}


@pytest.mark.parametrize(("args", "settings", "said"), MISUSE.values(), ids=MISUSE)
def test_misuse_is_one_line_and_exit_code_2(
    args: list[str], settings: dict[str, str], said: str, headway: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    done = headway(*args)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert done.err.startswith("headway: ")
    assert done.err.count("\n") == 1
    assert "sekret" not in done.err


@pytest.mark.parametrize(("args", "settings", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_one_line_and_exit_code_1(
    args: list[str], settings: dict[str, str], said: str, headway: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    done = headway(*args)
    assert (done.code, done.out) == (1, "")
    assert said in done.err
    assert done.err.count("\n") == 1
    assert "sekret" not in done.err


def test_an_app_that_fails_to_load_says_where(folder: Path, headway: Command) -> None:
    (folder / "broken.py").write_text("import headway\n\nraise RuntimeError('no luck\\ntoday')\n")
    done = headway("stats", "--app", "broken:app")
    assert done.code == 1
    assert done.err == "headway: --app broken: broken.py, line 3: RuntimeError: no luck today\n"


def test_an_app_that_lacks_a_package_says_which(folder: Path, headway: Command) -> None:
    (folder / "lacking.py").write_text("import no_such_package\n")
    done = headway("stats", "--app", "lacking:app")
    assert done.code == 1
    assert "lacking.py, line 1: ModuleNotFoundError: No module named 'no_such_package'" in done.err


def test_an_app_that_is_no_python_says_the_line(folder: Path, headway: Command) -> None:
    (folder / "garbled.py").write_text("app = (\n")
    done = headway("stats", "--app", "garbled:app")
    assert (done.code, "garbled.py, line 1: SyntaxError" in done.err) == (1, True)


def test_a_misspelt_setting_in_the_env_file_is_found(folder: Path, headway: Command) -> None:
    (folder / ".env").write_text("HEADWAY_LEASE=15\n")
    done = headway("migrate")
    assert (done.code, "HEADWAY_LEASE:" in done.err) == (2, True)


def test_what_kubernetes_sets_is_no_setting(headway: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("HEADWAY_PORT", "tcp://10.0.0.1:8000")
    monkeypatch.setenv("HEADWAY_PORT_8000_TCP_ADDR", "10.0.0.1")
    assert headway("migrate").code == 0


def test_debug_shows_where_it_arose(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_DEBUG", "1")
    done = subprocess.run([sys.executable, "-m", "headway.cli", "stats"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "run `headway migrate`" in done.stderr


def test_a_database_of_a_newer_version_is_left_alone(folder: Path, headway: Command) -> None:
    import apsw

    assert headway("migrate").code == 0
    connection = apsw.Connection("var/headway.db")
    connection.execute("INSERT INTO migrations VALUES (9999, 'of_the_future', 0)")
    connection.close()
    done = headway("worker", "--once")
    assert (done.code, "schema 9999 of a newer version" in done.err) == (1, True)
