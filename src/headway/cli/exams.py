"""`exam import`: enrolments of a file, as jobs of the local account (or of another one).

Goes the same way as an import over HTTP, without the server.
"""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headway.cli import opening, output
from headway.cli.faults import Fault
from headway.cli.loading import load
from headway.cli.options import App, Json

if TYPE_CHECKING:
    from headway.apps.exam.enrolling import Started
    from headway.apps.exam.schema import ExamInput
    from headway.engine.app import Headway

_SHOWN = 20


def import_file(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="JSON, JSON lines or CSV; - reads the standard input.")
    ],
    app: App = None,
    json: Json = False,
    code: Annotated[
        str | None,
        typer.Option("--code", metavar="CODE", help="For enrolments that name no exam themselves."),
    ] = None,
    owner: Annotated[str, typer.Option("--owner", metavar="ID", help="Whose they are to be.")] = "local",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read and check the file.")] = False,
) -> None:
    """Import exam enrolments: each becomes a job. The same answers again are the same job.

    Exit 1, and nothing is kept, when anything in the file is wrong; each place is named.

    \b
    Example:
        headway exam import answers.csv --code SCIENCE-40
    """
    headway = load(app)
    if "exam" not in headway.kinds:
        raise Fault("this app has no exam application")
    orders = _read(file, code)
    if dry_run:
        _tell(json, [], len(orders))
        return
    _tell(json, _start(headway, owner, orders), len(orders))


def _read(file: Path, code: str | None) -> "list[ExamInput]":
    from headway.apps.exam import records
    from headway.core.errors import InvalidInput

    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise Fault(f"{file}: {error.strerror}") from error
    try:
        return records.read(data, code)
    except InvalidInput as error:
        places = [f"{e.field}: {e}" if e.field else str(e) for e in error.errors]
        raise Fault(f"{file} cannot be imported:\n  " + "\n  ".join(places)) from error


def _start(headway: "Headway", owner: str, orders: "list[ExamInput]") -> "list[Started]":
    from headway.apps.exam import enrolling

    opening.require_schema(headway)

    async def run() -> "list[Started]":
        headway.store.start()
        return await enrolling.keep_and_start(headway, owner, orders)

    try:
        return asyncio.run(run())
    finally:
        opening.close(headway)


def _tell(json: bool, started: "list[Started]", n: int) -> None:
    created = sum(each.created for each in started)
    if json:
        jobs = [
            {"job_id": s.job_id, "exam_code": s.exam_code, "student": s.student, "created": s.created}
            for s in started
        ]
        output.print_json({"enrolments": n, "created": created, "jobs": jobs})
        return
    if not started:
        output.say(f"{n} enrolments can be imported")
        return
    columns = (output.Column("job"), output.Column("exam"), output.Column("student", fold=True))
    output.table(columns, [(s.job_id, s.exam_code, s.student) for s in started[:_SHOWN]])
    if n > _SHOWN:
        output.say(f"… and {n - _SHOWN} more")
    output.say(f"{n} enrolments, {created} new jobs")
