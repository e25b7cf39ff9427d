"""The options that several commands share."""

from typing import Annotated

import typer

App = Annotated[
    str | None,
    typer.Option(
        "--app",
        metavar="MODULE:NAME",
        help="The Headway object to use, importable from the current folder. "
        "[default: HEADWAY_APP, or headway.apps:app]",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
