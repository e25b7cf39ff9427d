"""Finds the `Headway` object that `--app MODULE:NAME` means, after reading the settings and turning the log
on.

Called at the start of every command. What is wrong here is the user's to correct: exit code 2; only a module
that fails while it is imported is a fault.
"""

import difflib
import importlib
import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING

from headway.cli.faults import Fault, misuse, wrong_settings

if TYPE_CHECKING:
    from headway.engine.app import Headway
    from headway.support.settings import Settings


def load(name: str | None, *, service: bool = False) -> "Headway":
    """The object that `name` (or HEADWAY_APP) names. Raises Fault.

    A `service` logs what HEADWAY_LOG says; a command that ends soon has no use for "info".
    """
    settings = read_settings()
    from headway.support import logs

    logs.configure(level="warning" if settings.log == "info" and not service else settings.log)
    logs.listen_to_sqlite()
    return find(name or settings.app)


def read_settings() -> "Settings":
    """The settings, with every variable known and right. Raises Fault."""
    from pydantic import ValidationError

    from headway.support.settings import Settings, unknown, variables

    try:
        settings = Settings()
    except ValidationError as error:
        raise wrong_settings(error) or error from None
    for name in unknown(environment()):
        close = difflib.get_close_matches(name, variables().values(), 1)
        misuse(f"{name}: there is no such setting" + (f"; did you mean {close[0]}?" if close else ""))
    return settings


def environment() -> dict[str, str | None]:
    """The variables that settings come from: those of `.env`, and over them those of the process."""
    from dotenv import dotenv_values

    return {**dotenv_values(".env"), **os.environ}


def find(name: str) -> "Headway":
    """The object at MODULE:NAME. Raises Fault, saying which half is wrong."""
    from headway.engine.app import Headway

    module_name, colon, attribute = name.partition(":")
    if not (module_name and colon and attribute):
        misuse(f"--app {name}: write MODULE:NAME, such as trip:app")
    module = _import(module_name)
    try:
        found = getattr(module, attribute)
    except AttributeError:
        offered = sorted(key for key, value in vars(module).items() if isinstance(value, Headway))
        there = f"; it has {', '.join(offered)}" if offered else ""
        misuse(f"--app {name}: the module {module_name} has no {attribute}{there}")
    if not isinstance(found, Headway):
        misuse(f"--app {name}: {attribute} is of type {type(found).__name__}, not Headway")
    return found


def _import(name: str) -> ModuleType:
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            misuse(f"--app {name}: there is no module {error.name}, neither in {os.getcwd()} nor installed")
        raise Fault(f"--app {name}: {_where(error)}: {error}") from error
    except Exception as error:
        raise wrong_settings(error) or Fault(f"--app {name}: {_where(error)}: {error}") from error


def _where(error: BaseException) -> str:
    """`trip.py, line 3: NameError`: the innermost frame outside the import system, and the exception's
    type."""
    if isinstance(error, SyntaxError):
        return f"{os.path.basename(error.filename or '?')}, line {error.lineno}: SyntaxError"
    place, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not file.startswith("<frozen") and file not in (__file__, importlib.__file__):
            place = f"{os.path.basename(file)}, line {trace.tb_lineno}: "
        trace = trace.tb_next
    return place + type(error).__name__
