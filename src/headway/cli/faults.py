"""What can go wrong, in one line each, with the exit code that says whose mistake it was.

`in_words` is called once, by `run`, with whatever a command let out.
"""

from typing import NoReturn

from headway.support.safe import hide_secrets, neutral

FAULT = 1
USAGE = 2


class Fault(Exception):
    """Ends a command with a message for people; `code` is FAULT, or USAGE when the command or a setting is
    wrong."""

    def __init__(self, message: str, code: int = FAULT) -> None:
        super().__init__(message)
        self.message = " ".join(neutral(hide_secrets(line.strip())) for line in message.splitlines())
        self.code = code


def misuse(message: str) -> NoReturn:
    """End with exit code 2. Raises Fault."""
    raise Fault(message, USAGE)


def in_words(error: Exception) -> Fault:
    """Any exception as a fault: its own words where it has good ones."""
    import typer

    if isinstance(error, Fault):
        return error
    if isinstance(error, typer.TyperException):
        return _usage(error)
    if (settings := wrong_settings(error)) is not None:
        return settings
    for known in (_ours, _database, _system):
        if (message := known(error)) is not None:
            return Fault(message)
    return Fault(f"unexpected {type(error).__name__}: {error} (HEADWAY_DEBUG=1 shows where)")


def wrong_settings(error: BaseException) -> Fault | None:
    """The fault behind a ValidationError of `Settings`, or a price list that cannot be used, wherever it was raised."""
    from pydantic import ValidationError

    from headway.core.prices import BadPrices
    from headway.support.settings import complaints

    if isinstance(error, BadPrices):
        return Fault(f"HEADWAY_PRICES: {error}", USAGE)
    if isinstance(error, ValidationError) and error.title == "Settings":
        return Fault("; ".join(complaints(error)), USAGE)
    return None


def database_reason(error: BaseException) -> str | None:
    """Why the database refused, when it was the database: the first line of the driver's own words."""
    if type(error).__module__.partition(".")[0] in ("apsw", "psycopg"):
        return next(iter(str(error).strip().splitlines()), type(error).__name__)
    return None


def _usage(error: Exception) -> Fault:
    """Typer's complaint about arguments, with where to read more."""
    context = getattr(error, "ctx", None)
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    command = context.command_path if context is not None else "headway"
    return Fault(f"{message.rstrip('.')}. See: {command} --help", USAGE)


def _ours(error: BaseException) -> str | None:
    from headway.core.errors import HeadwayError

    if not isinstance(error, HeadwayError):
        return None
    reason = database_reason(error.__cause__) if error.__cause__ is not None else None
    return f"{error}: {reason}" if reason else str(error)


def _database(error: BaseException) -> str | None:
    reason = database_reason(error)
    return None if reason is None else f"the database refused: {reason}"


def _system(error: BaseException) -> str | None:
    if not isinstance(error, OSError):
        return None
    return f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
