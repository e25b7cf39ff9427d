"""Everything that an account owns, as a ZIP: JSON documents, and the files as they were uploaded.

Called by `http.account`. Nothing is held in memory as a whole: the archive grows on disk, job by job.
"""

import asyncio
import dataclasses
import tempfile
import zipfile
from collections.abc import AsyncIterator, Mapping
from typing import IO

import orjson

from headway.store import Account, LogLine, Snapshot, Store
from headway.store.audit_log import AuditEntry
from headway.store.credits import Entry
from headway.store.enrolments import Enrolments
from headway.store.hooks import Delivery
from headway.support.fragments import fragment

_IN_MEMORY_BYTES = 4 << 20
_PAGE = 100
_LINES = 1000
_MOST_ENROLMENTS = 100_000
_SECRETS = frozenset({"hash", "secret", "old_secret"})
_INDENT = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS


async def pack(store: Store, account: Account, profile: Mapping[str, object]) -> IO[bytes]:
    """The archive, at its start; closing it deletes it. `profile` goes in as `account.json`."""
    target = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - whoever sends it closes it
    try:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            _write(archive, "account.json", profile)
            _write(archive, "identities.json", await store.identities(account.id))
            _write(archive, "tokens.json", await store.tokens(account.id))
            _write(archive, "sessions.json", [_shown(each) for each in await store.sessions(account.id)])
            _write(archive, "hooks.json", [_shown(each) for each in await store.hooks_of(account.id)])
            await _write_lines(archive, "deliveries.jsonl", _deliveries(store, account.id))
            await _write_lines(archive, "audit.jsonl", _acts(store, account.id))
            _write(archive, "credits.json", [entry async for entry in _entries(store, account.id)])
            await _pack_enrolments(store, account.id, archive)
            async for job in _jobs(store, account.id):
                await _pack_job(store, account.id, job, archive)
        target.seek(0)
    except BaseException:
        target.close()
        raise
    return target


def _write(archive: zipfile.ZipFile, name: str, value: object) -> None:
    archive.writestr(name, orjson.dumps(value, default=str, option=_INDENT))


async def _write_lines(archive: zipfile.ZipFile, name: str, values: AsyncIterator[object]) -> None:
    """One JSON document a line: of what there may be very much."""
    with archive.open(name, "w", force_zip64=True) as entry:
        async for value in values:
            entry.write(orjson.dumps(value, default=str, option=orjson.OPT_APPEND_NEWLINE))


def _shown(row: object) -> dict[str, object]:
    """A row without what opens something: the hash of a cookie, the key of a hook."""
    names = [field.name for field in dataclasses.fields(row)]  # type: ignore[arg-type]  # a dataclass, always
    return {name: getattr(row, name) for name in names if name not in _SECRETS}


async def _entries(store: Store, owner: str) -> AsyncIterator[Entry]:
    """Every entry of the ledger, newest first."""
    before = None
    while True:
        entries, before = await store.ledger(owner, limit=_PAGE, before=before)
        for entry in entries:
            yield entry
        if before is None:
            return


async def _deliveries(store: Store, owner: str) -> AsyncIterator[Delivery]:
    """What was sent to every hook, newest first."""
    for hook in await store.hooks_of(owner):
        before = None
        while True:
            page, before = await store.deliveries(hook.id, owner, before=before, limit=_PAGE)
            for each in page:
                yield each
            if before is None:
                break


async def _log(store: Store, job_id: str, owner: str) -> AsyncIterator[LogLine]:
    """Every line that the job's handler wrote."""
    after = 0
    while page := await store.log(job_id, owner, after=after, limit=_LINES):
        for line in page:
            yield line
        after = page[-1].n


async def _acts(store: Store, owner: str) -> AsyncIterator[AuditEntry]:
    """What the audit log says that the owner did, newest first."""
    before = None
    while True:
        page, before = await store.acts(actor=owner, before=before, limit=_PAGE)
        for each in page:
            yield each
        if before is None:
            return


async def _jobs(store: Store, owner: str) -> AsyncIterator[Snapshot]:
    """Every job, newest first."""
    before = None
    while True:
        jobs, before = await store.list_jobs(owner, limit=_PAGE, before=before)
        for job in jobs:
            yield job
        if before is None:
            return


async def _pack_job(store: Store, owner: str, job: Snapshot, archive: zipfile.ZipFile) -> None:
    """`jobs/ID/job.json`, and `jobs/ID/files/…`; a job that is deleted meanwhile is left out."""
    _, result = await store.result(job.id, owner) or (None, None)
    whole = {
        "job": job,
        "input": fragment(await store.input(job.id, owner)),
        "result": fragment(result),
        "chunks": await store.chunks(job.id, owner),
        "steps": await store.steps(job.id, owner),
        "calls": await store.calls(job.id, owner),
        "attempts": await store.attempts(job.id, owner),
        "log": [line async for line in _log(store, job.id, owner)],
        "edits": await store.edits(job.id, owner),
        "links": await store.shares(job.id),
    }
    await asyncio.to_thread(_write, archive, f"jobs/{job.id}/job.json", whole)
    names: set[str] = set()
    for n, file in enumerate(await store.files(job.id, owner) or []):
        name = _safe(file.filename or file.name, n, names)
        with archive.open(f"jobs/{job.id}/files/{name}", "w", force_zip64=True) as entry:
            async for block in store.read_file(job.id, file.name, owner):
                await asyncio.to_thread(entry.write, block)


async def _pack_enrolments(store: Store, owner: str, archive: zipfile.ZipFile) -> None:
    """`enrolments/N.json`: each with its imported record and what was answered on the page."""
    kept = Enrolments(store)
    for n, row in enumerate(await kept.list(owner, limit=_MOST_ENROLMENTS)):
        whole = await kept.find(owner, row.exam_code, row.student) or row
        answers = await kept.answers(owner, row.exam_code, row.student)
        shown = {
            **dataclasses.asdict(whole),
            "record": fragment(whole.record),
            "answers": list(answers.values()),
        }
        await asyncio.to_thread(_write, archive, f"enrolments/{n}.json", shown)


def _safe(name: str, n: int, taken: set[str]) -> str:
    """A name that stays within its folder, whatever the file was called, and is there once."""
    text = "".join(c for c in name if c.isalnum() or c in " ._-").strip(" .") or "file"
    text = text[-100:] if text not in taken else f"{n}-{text[-90:]}"
    taken.add(text)
    return text
