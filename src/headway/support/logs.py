"""Logging: one line an event on stderr, JSON for machines, short and readable on a terminal.

Called once by `cli` (and by whoever embeds Headway and wants the same). Everything else says
`structlog.get_logger("headway.…")`; the standard library's loggers (uvicorn, psycopg) and SQLite's own
messages come out the same way. Invariants: an event of the JSON form is one line, whatever its values hold;
every value went through `safe.plain`; a log that cannot be written harms nobody.
"""

import contextlib
import logging
import os
import re
import sys
from typing import IO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from headway.support.safe import hide_secrets, neutral, plain

_INTERNAL = ("_record", "_from_structlog")  # structlog's own, taken out before rendering
_COLOURS = {"debug": "2", "info": "36", "warning": "33", "error": "31", "critical": "31;1"}


def configure(json: bool | None = None, level: str = "info", *, stream: IO[str] | None = None) -> None:
    """Log from `level` ("debug" … "error") on, to `stream` (stderr); calling it again replaces the former.

    `json` None: JSON lines unless the stream is a terminal. NO_COLOR turns the colours off.
    """
    out = stream or sys.stderr
    as_json = not out.isatty() if json is None else json
    least = getattr(logging, level.upper())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.ExtraAdder(),
        _level,
        _logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _clean,
    ]
    render: Processor = (
        _as_json if as_json else _Pretty(coloured=out.isatty() and not os.environ.get("NO_COLOR"))
    )
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=lambda *name: _Line(out, *name),
        cache_logger_on_first_use=False,
    )
    handler = _Handler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(least)
    # Theirs say at "info" what ours say better, or what is nobody's business.
    for name in ("uvicorn", "psycopg", "httpx2", "httpcore2", "asyncio", "fontTools", "fpdf"):
        logging.getLogger(name).setLevel(max(least, logging.WARNING) if least > logging.DEBUG else least)
    logging.captureWarnings(True)


def listen_to_sqlite() -> None:
    """Take SQLite's own messages (a recovered WAL, a corrupt page) into the log, as `sqlite`.

    Only possible before the process's first connection; later calls change nothing. What a statement's caller
    gets as an exception anyway is only for debugging.
    """
    import apsw

    log = logging.getLogger("sqlite")
    levels = {apsw.SQLITE_NOTICE: logging.INFO, apsw.SQLITE_WARNING: logging.WARNING}

    def tell(code: int, message: str) -> None:
        level = levels.get(code & 0xFF, logging.DEBUG)
        if code == apsw.SQLITE_WARNING_AUTOINDEX:  # the audit's rare questions may build one for themselves
            level = logging.DEBUG
        log.log(level, "%s", message, extra={"code": code})

    with contextlib.suppress(apsw.MisuseError):
        apsw.config(apsw.SQLITE_CONFIG_LOG, tell)


def _clean(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Make every value plain and safe; a traceback keeps its lines."""
    trace = event.pop("exception", None)
    clean: EventDict = {}
    for name, value in event.items():
        if name in _INTERNAL:
            clean[name] = value
        else:
            clean[neutral(name)] = plain(value, name)
    if isinstance(trace, str):
        clean["exception"] = "\n".join(neutral(hide_secrets(line)) for line in trace.splitlines())
    return clean


def _level(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    event["level"] = {"warn": "warning", "exception": "error", "fatal": "critical"}.get(method, method)
    return event


def _logger_name(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    record = event.get("_record")
    name = record.name if isinstance(record, logging.LogRecord) else getattr(logger, "name", None)
    if name:
        event["logger"] = name
    return event


def _as_json(logger: WrappedLogger, method: str, event: EventDict) -> str:
    first = {name: event.pop(name) for name in ("timestamp", "level", "logger", "event") if name in event}
    return orjson.dumps({**first, **event}, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


class _Pretty:
    """`05:29:40 warning headway.worker  lease lost  job=… fence=3`; a traceback follows on its own lines."""

    def __init__(self, *, coloured: bool) -> None:
        self._coloured = coloured

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> str:
        at, level = str(event.pop("timestamp", ""))[11:19], str(event.pop("level", ""))
        name, what = str(event.pop("logger", "")), str(event.pop("event", ""))
        trace = event.pop("exception", None)
        values = " ".join(f"{self._dim(f'{key}=')}{_value(each)}" for key, each in event.items())
        shown = self._in(_COLOURS.get(level, "0"), f"{level:<7}")
        line = f"{self._dim(at)} {shown} {self._dim(name)}  {what}  {values}"
        return line.rstrip() + (f"\n{trace}" if trace else "")

    def _in(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._coloured and text else text

    def _dim(self, text: str) -> str:
        return self._in("2", text)


def _value(value: object) -> str:
    """A value after its name: bare where that is unmistakable, as JSON otherwise."""
    if isinstance(value, str) and value and not re.search(r"[\s\"'=]", value):
        return value
    return orjson.dumps(value, default=str).decode()


class _Line:
    """The end of the chain: writes what was rendered, and never raises (a closed pipe stops no worker)."""

    def __init__(self, stream: IO[str], name: str = "") -> None:
        self._stream = stream
        self.name = name

    def msg(self, line: str) -> None:
        _write(self._stream, line)

    log = debug = info = warn = warning = error = exception = critical = fatal = failure = msg


class _Handler(logging.Handler):
    """The same for the standard library's records."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; one that cannot be formatted says so."""
        try:
            line = self.format(record)
        except Exception as error:  # noqa: BLE001 — arguments that do not fit their format, and the like
            line = orjson.dumps(
                {"level": "error", "event": "unreadable log record", "error": repr(error)}
            ).decode()
        _write(self._stream, line)


def _write(stream: IO[str], line: str) -> None:
    try:
        stream.write(line + "\n")
        stream.flush()
    except (OSError, ValueError):  # the reader of the pipe is gone, or the stream is closed
        return
