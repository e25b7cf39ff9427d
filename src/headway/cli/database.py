"""`migrate`, `check`, `cleanup`: the database itself."""

from dataclasses import asdict
from typing import Annotated

import typer

from headway.cli import opening, output
from headway.cli.loading import load
from headway.cli.options import App, Json


def migrate(app: App = None, json: Json = False) -> None:
    """Bring the database to this version's schema.

    Creates it where there is none (SQLite), and changes nothing when it is up to date. Safe while others run.

    \b
    Example:
        headway migrate
    """
    headway = load(app)
    opening.schema(headway)
    try:
        applied = headway.store.migrate()
        have, _ = headway.store.schema()
    finally:
        opening.close(headway)
    if json:
        output.print_json({"applied": applied, "schema": have})
    elif applied:
        output.say(f"{opening.place(headway)} is at schema {have} now: ran {', '.join(map(str, applied))}")
    else:
        output.say(f"{opening.place(headway)} is up to date: schema {have}")


def check(app: App = None, json: Json = False) -> None:
    """Audit what must always hold in the database.

    Exit 1 and the rows on a violation. A sound database has none, whatever crashed.

    \b
    Example:
        headway check
    """
    headway = load(app)
    found = opening.with_store(headway, lambda store: store.audit())
    if json:
        output.print_json({"violations": [asdict(each) for each in found]})
    elif found:
        columns = (output.Column("rule", right=True), output.Column("what"), output.Column("row", fold=True))
        output.table(columns, [(each.rule, each.what, each.row) for each in found])
    else:
        output.say("All that must hold holds")
    if found:
        raise typer.Exit(1)


def cleanup(
    app: App = None,
    json: Json = False,
    hours: Annotated[
        float, typer.Option("--hours", min=0, metavar="N", help="Delete what ended longer ago than this.")
    ] = 168,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
) -> None:
    """Delete old ended jobs, with their files, steps and results.

    Uploads that no job came for within an hour go as well.

    \b
    Example:
        headway cleanup --hours 24 --dry-run
    """
    headway = load(app)
    count = opening.with_store(headway, lambda store: store.prune(hours, dry_run=dry_run))
    if json:
        output.print_json({"jobs": count, "hours": hours, "dry_run": dry_run})
        return
    jobs = "1 job" if count == 1 else f"{count} jobs"
    output.say(f"{jobs} ended more than {hours:g} h ago{': would be deleted' if dry_run else ': deleted'}")
