"""`jobs list|show|failed|retry|cancel`: single jobs, whoever owns them.

Operators' commands: no owner is asked for. What is changed goes the same way as over HTTP.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from headway.cli import job_page, opening, output
from headway.cli.faults import Fault, misuse
from headway.cli.loading import load
from headway.cli.options import App, Json
from headway.core.states import Status

if TYPE_CHECKING:
    from headway.engine.app import Headway
    from headway.store import Snapshot, Store

_PAGE = 500
_AT_ONCE = 200
_BY = "operator"

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID…", help="Which jobs.", show_default=False)]
Kind = Annotated[str | None, typer.Option("--kind", metavar="KIND", help="Only of this kind.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=100_000, metavar="N", help="At most so many.")]


def list_jobs(
    app: App = None,
    json: Json = False,
    kind: Kind = None,
    status: Annotated[Status | None, typer.Option("--status", help="Only of this status.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", metavar="ID", help="Only of this account.")] = None,
    limit: Limit = 50,
    before: Annotated[
        str | None, typer.Option("--before", metavar="ID", help="Older than this job: the next page.")
    ] = None,
) -> None:
    """List jobs, newest first.

    \b
    Example:
        headway jobs list --kind essay --status failed --limit 20
    """
    _print_list(load(app), json, owner=owner, kind=kind, status=status, limit=limit, before=before)


def failed(app: App = None, json: Json = False, kind: Kind = None, limit: Limit = 50) -> None:
    """List failed jobs with their errors, newest first.

    \b
    Example:
        headway jobs failed
    """
    _print_list(load(app), json, owner=None, kind=kind, status=Status.FAILED, limit=limit, before=None)


def show(
    job_id: Annotated[str, typer.Argument(metavar="ID", help="Which job.")],
    app: App = None,
    json: Json = False,
) -> None:
    """Show one job: snapshot, attempts, steps, calls, log.

    \b
    Example:
        headway jobs show 019a0b6e-4b1c-7c3e-9b1a-2f5d8c7e6a10
    """
    record = opening.with_store(load(app), lambda store: job_page.read(store, job_id))
    if json:
        output.print_json(job_page.as_data(record))
    else:
        job_page.write(record)


def retry(
    ids: Ids = None,
    all_: Annotated[bool, typer.Option("--all", help="Every failed job.")] = False,
    kind: Kind = None,
    scratch: Annotated[
        bool, typer.Option("--scratch", help="Run (and pay) finished steps again, too.")
    ] = False,
    app: App = None,
    json: Json = False,
) -> None:
    """Run ended jobs again; finished steps are not run or paid again.

    \b
    Examples:
        headway jobs retry 019a0b6e-4b1c-7c3e-9b1a-2f5d8c7e6a10
        headway jobs retry --all --kind essay
    """
    _change(
        "retried",
        load(app),
        _wanted(ids, all_, kind),
        (Status.FAILED,),
        kind,
        json,
        lambda store, job_id: store.retry(job_id, None, scratch=scratch),
    )


def cancel(
    ids: Ids = None,
    all_: Annotated[bool, typer.Option("--all", help="Every unfinished job.")] = False,
    kind: Kind = None,
    app: App = None,
    json: Json = False,
) -> None:
    """Cancel unfinished jobs. One that runs ends when its worker has heard of it: within a second or two.

    \b
    Examples:
        headway jobs cancel 019a0b6e-4b1c-7c3e-9b1a-2f5d8c7e6a10
        headway jobs cancel --all --kind essay
    """
    _change(
        "cancelled",
        load(app),
        _wanted(ids, all_, kind),
        (Status.PENDING, Status.PROCESSING),
        kind,
        json,
        lambda store, job_id: store.cancel(job_id, None, by=_BY),
    )


def _print_list(
    headway: "Headway",
    json: bool,
    *,
    owner: str | None,
    kind: str | None,
    status: Status | None,
    limit: int,
    before: str | None,
) -> None:
    async def ask(store: "Store") -> tuple[list["Snapshot"], str | None]:
        wanted = None if status is None else status.value
        return await store.list_jobs(owner, kind=kind, status=wanted, limit=limit, before=before)

    found, following = opening.with_store(headway, ask)
    if json:
        output.print_json({"jobs": [job_page.snapshot_data(each) for each in found], "next": following})
    elif found:
        job_page.write_list(found)
        if following is not None:
            output.say(f"Older ones: --before {following}")
    else:
        output.say("No such jobs")


def _wanted(ids: Sequence[str] | None, all_: bool, kind: str | None) -> Sequence[str] | None:
    """The ids that were given, None for all."""
    if all_ == bool(ids):
        misuse("say which jobs by their ids, or --all; not both")
    if kind is not None and not all_:
        misuse("--kind goes with --all")
    return None if all_ else list(dict.fromkeys(ids or ()))


def _change(
    done: str,
    headway: "Headway",
    ids: Sequence[str] | None,
    statuses: Sequence[Status],
    kind: str | None,
    json: bool,
    act: Callable[["Store", str], Awaitable[None]],
) -> None:
    """Do `act` to the jobs `ids`, or to all that have one of `statuses`; one line for each refusal, exit 1 if
    there was one."""
    from headway.core.errors import Conflict, HeadwayError, JobNotFound

    async def one(store: "Store", job_id: str) -> HeadwayError | None:
        try:
            await act(store, job_id)
        except (Conflict, JobNotFound) as error:
            return error
        return None

    async def every(store: "Store") -> list[tuple[str, HeadwayError | None]]:
        wanted = ids if ids is not None else await _all_ids(store, statuses, kind)
        results: list[tuple[str, HeadwayError | None]] = []
        for start in range(0, len(wanted), _AT_ONCE):  # together they share a commit
            part = wanted[start : start + _AT_ONCE]
            outcomes = await asyncio.gather(*(one(store, job_id) for job_id in part))
            results += zip(part, outcomes, strict=True)
        if ids is None:  # what ended or vanished meanwhile needs nothing more
            results = [entry for entry in results if entry[1] is None]
        return results

    results = opening.with_store(headway, every)
    fine = [job_id for job_id, error in results if error is None]
    refused = [(job_id, str(error)) for job_id, error in results if error is not None]
    if json:
        output.print_json(
            {done: fine, "refused": [{"id": job_id, "reason": reason} for job_id, reason in refused]}
        )
    else:
        output.say(f"{len(fine)} {done}")
    if refused:
        raise Fault("; ".join(f"{job_id}: {reason}" for job_id, reason in refused))


async def _all_ids(store: "Store", statuses: Sequence[Status], kind: str | None) -> list[str]:
    found: list[str] = []
    for status in statuses:
        before = None
        while True:
            page, before = await store.list_jobs(
                None, kind=kind, status=status.value, limit=_PAGE, before=before
            )
            found += [each.id for each in page]
            if before is None:
                break
    return found
