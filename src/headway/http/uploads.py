"""Multipart forms (RFC 7578): fields in memory, files streamed into file rows of 256 KiB while they arrive.

Called by the routes that take files. Invariant: at most one block of a file is in memory; when the request fails, the
files it began are dropped (and pruned after an hour should even that fail). A file that a quote has kept is named instead of
sent again, and stays when the request that names it fails.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from headway.core.errors import FieldError, InvalidInput, TooLarge
from headway.http.bodies import UPLOAD_LIMIT_BYTES, check_text
from headway.http.csrf import FIELD as CSRF_FIELD
from headway.http.problems import MalformedBody
from headway.http.services import services
from headway.store import Store
from headway.store.files import BLOCK_BYTES
from headway.support.i18n import N_
from headway.support.magic import HEAD_BYTES, media_type_of

FIELD_LIMIT_BYTES = 1 << 20
KEPT = "file_id"
"""The field that names a file which a quote has kept, in the place of the file itself."""
_MAX_PARTS = 100
_UNKNOWN = (
    "application/octet-stream"  # until its first bytes say what it is; what the sender calls it is not asked
)
_AS_SENT: Mapping[str, str] = {}


@dataclass(slots=True)
class Form:
    """What a multipart request brought: fields by name; ids and SHA-256 of the files in their order, `sent` those of them
    that came with it."""

    fields: dict[str, str] = field(default_factory=dict)
    file_ids: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Part:
    """One part as the parser meets it: headers, then data, then its end."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    data: bytearray = field(default_factory=bytearray)
    name: str = ""
    filename: str | None = None
    file_id: str = ""
    size: int = 0
    blocks: int = 0
    head: bytes = b""
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)


class _Events:
    """Turns the parser's callbacks, which cannot await, into a list that the reader works off."""

    def __init__(self, boundary: bytes) -> None:
        self.queue: list[tuple[str, bytes]] = []
        self.ended = False
        self.parser = MultipartParser(
            boundary,
            {
                "on_part_begin": lambda: self.queue.append(("begin", b"")),
                "on_part_data": lambda data, start, end: self.queue.append(("data", data[start:end])),
                "on_part_end": lambda: self.queue.append(("end", b"")),
                "on_header_field": lambda data, start, end: self.queue.append(("header", data[start:end])),
                "on_header_value": lambda data, start, end: self.queue.append(("value", data[start:end])),
                "on_header_end": lambda: self.queue.append(("header_end", b"")),
                "on_headers_finished": lambda: self.queue.append(("headers", b"")),
                "on_end": self._on_end,
            },
        )

    def _on_end(self) -> None:
        self.ended = True


class _Reader:
    """Works off the events of one request."""

    def __init__(self, store: Store, owner: str, names: Mapping[str, str], limit: int) -> None:
        self.form = Form()
        self._limit = limit
        self._in_files = 0
        self._names = names
        self._store = store
        self._owner = owner
        self._part = _Part()
        self._header = b""
        self._value = b""
        self._parts = 0
        self._in_fields = 0

    async def take(self, event: str, data: bytes) -> None:
        part = self._part
        if event == "begin":
            self._parts += 1
            if self._parts > _MAX_PARTS:
                raise TooLarge(N_("At most {limit} parts are taken in one form"), limit=_MAX_PARTS)
            self._part = _Part()
        elif event == "header":
            self._header += data
        elif event == "value":
            self._value += data
        elif event == "header_end":
            part.headers[self._header.lower()] = self._value
            self._header = self._value = b""
        elif event == "headers":
            await self._open(part)
        elif event == "data":
            part.data += data
            if part.filename is None:
                self._in_fields += len(data)
                if self._in_fields > FIELD_LIMIT_BYTES:
                    raise TooLarge(N_("The form's fields are too long"))
            else:
                self._in_files += len(data)
                if self._in_files > self._limit:
                    raise TooLarge(
                        N_("{field}: at most {limit} bytes are taken here"),
                        field=part.name,
                        limit=self._limit,
                    )
                await self._flush(part, BLOCK_BYTES)
        elif event == "end":
            await self._close(part)

    async def _open(self, part: _Part) -> None:
        _, options = parse_options_header(part.headers.get(b"content-disposition", b""))
        name = options.get(b"name")
        if name is None:
            raise MalformedBody([FieldError("", N_("A part of the form has no name"))])
        part.name = _text(name)
        if b"filename" in options:
            part.filename = _text(options[b"filename"]) or part.name
            if "\x00" in part.filename:
                raise InvalidInput([FieldError(part.name, N_("Must not contain the character NUL"))])
            kept = self._names.get(part.name, part.name)
            part.file_id = await self._store.create_file(self._owner, kept, part.filename, _UNKNOWN)
            self.form.file_ids.append(part.file_id)
            self.form.sent.append(part.file_id)

    async def _flush(self, part: _Part, at_least: int) -> None:
        while part.data and len(part.data) >= at_least:
            block = bytes(part.data[:BLOCK_BYTES])
            del part.data[:BLOCK_BYTES]
            part.head = part.head or block[:HEAD_BYTES]
            part.digest.update(block)
            part.size += len(block)
            await self._store.write_block(part.file_id, part.blocks, block)
            part.blocks += 1

    async def _close(self, part: _Part) -> None:
        if part.filename is None:
            try:
                value = part.data.decode("utf-8")
            except UnicodeDecodeError as error:
                raise InvalidInput([FieldError(part.name, N_("Must be UTF-8 text"))]) from error
            if part.name != CSRF_FIELD:
                self.form.fields[part.name] = value
            return
        await self._flush(part, 1)
        digest = part.digest.hexdigest()
        await self._store.finish_file(part.file_id, part.size, digest, media_type_of(part.head))
        self.form.digests.append(_digest(part.name, part.filename, digest))


def _digest(name: str, filename: str, sha256: str) -> str:
    return f"{name}:{filename}:{sha256}"


def _text(raw: bytes) -> str:
    """A header parameter: browsers send UTF-8 (RFC 7578, 5.1)."""
    return raw.decode("utf-8", "replace")


async def read_form(
    request: Request,
    store: Store,
    owner: str,
    limit: int = UPLOAD_LIMIT_BYTES,
    *,
    names: Mapping[str, str] = _AS_SENT,
) -> Form:
    """Reads a multipart body of at most `limit` bytes of files, plus what the form's fields take. A file of a field in
    `names` is kept under the other name.

    Raises TooLarge while it streams, MalformedBody where it is no multipart form or ends early.
    """
    _, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if not boundary:
        raise MalformedBody([FieldError("", N_("The Content-Type names no boundary"))])
    most = limit + FIELD_LIMIT_BYTES
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > most:
        raise TooLarge(N_("At most {limit} bytes are taken here"), limit=limit)
    await services(request).limits.upload(request, int(announced) if announced.isdigit() else 0)
    reader = _Reader(store, owner, names, limit)
    try:
        events = _Events(boundary)
        size = 0
        async for piece in request.stream():
            size += len(piece)
            if size > most:
                raise TooLarge(N_("At most {limit} bytes are taken here"), limit=limit)
            events.parser.write(piece)
            queue, events.queue = events.queue, []
            for event, data in queue:
                await reader.take(event, data)
        events.parser.finalize()
        if not events.ended:
            raise MalformedBody([FieldError("", N_("The body ended early"))])
        check_text(reader.form.fields)
    except (FormParserError, ClientDisconnect) as error:
        await drop(store, reader.form)
        raise MalformedBody([FieldError("", N_("Not a multipart form, or it ended early"))]) from error
    except BaseException:
        await drop(store, reader.form)
        raise
    return reader.form


async def take_kept(store: Store, owner: str, form: Form, key: str | None = None) -> None:
    """Count the file that the form's `file_id` names among its files.

    A job takes a file once; `key` is the idempotency key of this request: the one under which the job was submitted that has
    taken it already may come again. Raises InvalidInput for what is not there, or not any more.
    """
    file_id = form.fields.pop(KEPT, "")
    if not file_id:
        return
    file = await store.upload(file_id, owner)
    if file is None or (file.job_id is not None and (key is None or file.key != key)):
        raise InvalidInput([FieldError(KEPT, N_("This file is not kept any more: send it again"))])
    form.file_ids.append(file.id)
    form.digests.append(_digest(file.name, file.filename, file.sha256 or ""))


async def drop(store: Store, form: Form) -> None:
    """Throw away the files that came with a form which came to nothing."""
    for file_id in form.sent:
        await store.drop_file(file_id)
