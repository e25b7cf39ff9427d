"""The log: one line an event, JSON or readable, ours and the libraries' alike."""

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from headway.support import logs


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    """Logging as it was before the test."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line_where_there_is_no_terminal(stream: io.StringIO) -> None:
    logs.configure(stream=stream)
    structlog.get_logger("headway.worker").warning("lease lost", job="j1", fence=3)
    (entry,) = lines(stream)
    assert list(entry)[:4] == ["timestamp", "level", "logger", "event"]
    assert entry["timestamp"].endswith("Z")
    assert {k: v for k, v in entry.items() if k != "timestamp"} == {
        "level": "warning",
        "logger": "headway.worker",
        "event": "lease lost",
        "job": "j1",
        "fence": 3,
    }


def test_a_terminal_gets_a_short_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen()
    logs.configure(stream=screen)
    structlog.get_logger("headway.worker").info("worker started", queues=["a"], note="two words")
    assert screen.getvalue()[8:] == ' info    headway.worker  worker started  queues=["a"] note="two words"\n'


def test_a_terminal_gets_colours_unless_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen = Screen()
    logs.configure(stream=screen)
    structlog.get_logger().error("oh")
    assert "\x1b[31m" in screen.getvalue()


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "readable"])
def test_no_value_can_forge_a_line_or_steer_a_terminal(as_json: bool, stream: io.StringIO) -> None:
    logs.configure(json=as_json, stream=stream)
    evil = 'x\r\n{"event":"forged"}\x1b[2J\u2028\u202e'
    log = structlog.get_logger("headway.test")
    log.info(evil, value=evil, **{evil: [evil]})
    logging.getLogger("foreign").warning("%s", evil)
    text = stream.getvalue()
    assert len(text.splitlines()) == 2
    assert not any(sign in text for sign in "\r\x1b\u2028\u202e")


def test_secrets_are_hidden_wherever_they_stand(stream: io.StringIO) -> None:
    logs.configure(json=True, stream=stream)
    structlog.get_logger().info(
        "asked postgresql://ann:sekret@db/x",
        api_key="sekret",
        Authorization="Bearer sekret",
        headers={"Set-Cookie": "sekret", "accept": "text/html"},
        line="GET /?token=sekret&lang=en",
        error=ValueError("Authorization: Bearer sekret"),
        input_tokens=7,
    )
    logging.getLogger("psycopg").warning("connecting with password=sekret", extra={"password": "sekret"})
    assert "sekret" not in stream.getvalue()
    entry = lines(stream)[0]
    assert (entry["input_tokens"], entry["headers"]["accept"]) == (7, "text/html")
    assert entry["line"].endswith("&lang=en")


def test_the_libraries_logs_come_out_the_same_way(stream: io.StringIO) -> None:
    logs.configure(json=True, stream=stream)
    logging.getLogger("uvicorn.error").error("cannot %s", "bind")
    (entry,) = lines(stream)
    assert (entry["level"], entry["logger"], entry["event"]) == ("error", "uvicorn.error", "cannot bind")


def test_a_traceback_stays_inside_its_json_line(stream: io.StringIO) -> None:
    logs.configure(json=True, stream=stream)
    try:
        raise ValueError("bad\x1b[2J")
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("foreign").exception("failed too")
    first, second = lines(stream)
    for entry in (first, second):
        assert entry["exception"].startswith("Traceback")
        assert entry["exception"].endswith("ValueError: bad\\e[2J")


@pytest.mark.parametrize(
    ("level", "heard"),
    [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)],
)
def test_what_is_below_the_level_is_not_written(level: str, heard: int, stream: io.StringIO) -> None:
    logs.configure(json=True, level=level, stream=stream)
    log, foreign = structlog.get_logger("ours"), logging.getLogger("theirs")
    for each in (log, foreign):
        each.debug("d")
        each.info("i")
        each.warning("w")
        each.error("e")
    assert len(lines(stream)) == 2 * heard


def test_chatty_libraries_keep_to_warnings(stream: io.StringIO) -> None:
    logs.configure(json=True, stream=stream)
    logging.getLogger("uvicorn.error").info("Started server process")
    assert stream.getvalue() == ""


def test_a_log_that_cannot_be_written_harms_nobody(stream: io.StringIO) -> None:
    logs.configure(json=True, stream=stream)
    stream.close()
    structlog.get_logger().error("into the void")
    logging.getLogger("foreign").error("into the void")


def test_a_value_that_cannot_be_shown_harms_nobody(stream: io.StringIO) -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("no words")

        __repr__ = __str__

    logs.configure(json=True, stream=stream)
    structlog.get_logger().info("odd", value=Broken(), big=1 << 70, lone="\ud800", data=b"\x00")
    logging.getLogger("foreign").warning("%d", "no number")
    odd, unreadable = lines(stream)
    assert odd["value"] == "<Broken: RuntimeError>"
    assert odd["lone"] == "\\ud800"
    assert unreadable["event"] == "unreadable log record"


def test_python_warnings_are_logged(stream: io.StringIO) -> None:
    logs.configure(json=True, stream=stream)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("careful", stacklevel=1)
    assert [entry["logger"] for entry in lines(stream)] == ["py.warnings"]


def test_configuring_again_replaces_the_former(stream: io.StringIO) -> None:
    later = io.StringIO()
    logs.configure(json=True, stream=stream)
    logs.configure(json=True, stream=later)
    logging.getLogger("foreign").error("once")
    assert (stream.getvalue(), len(lines(later))) == ("", 1)
