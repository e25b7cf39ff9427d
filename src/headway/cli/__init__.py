"""The command line, `headway`. `main` is its entry point; `program` lists the commands, one module a theme.

Nothing below imports this package. Invariants: every command ends with 0, 1 (a fault was found) or 2 (bad
usage); what goes wrong is one line on stderr; a module imports the floors below inside its commands, so that
`headway --help` and each command load only what they need.
"""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn


def main() -> NoReturn:
    """Run the command that `sys.argv` names, and end the process with its code."""
    sys.exit(run(sys.argv[1:]))


def run(args: Sequence[str]) -> int:
    """Run one command; returns its exit code. Faults go to stderr, with a traceback only under
    HEADWAY_DEBUG=1."""
    from headway.cli.faults import in_words
    from headway.cli.program import program

    try:
        code = program(args=list(args), prog_name="headway", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # `headway jobs list | head`: nobody reads on, which is no fault of ours
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        fault = in_words(error)
        if os.environ.get("HEADWAY_DEBUG", "").lower() in ("1", "true", "yes", "on"):
            raise
        print(f"headway: {fault.message}", file=sys.stderr)
        return fault.code
    return int(code or 0)
