"""What a file is by its first bytes, whatever its sender calls it.

Called by `http.uploads` for every upload. Invariant: only plain data types are named; what a browser would run (HTML, SVG, scripts)
is plain text here.
"""

HEAD_BYTES = 1024
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_TEXT_CONTROLS = frozenset(b"\t\n\r\f")


def media_type_of(head: bytes) -> str:
    """The media type of a file that begins with `head` (its first 1024 bytes, or all of it)."""
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            return media_type
    try:
        text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":  # a character cut in two by the end of the head is fine
            return "application/octet-stream"
        text = head[: error.start].decode("utf-8", "replace")
    if any(ord(char) < 0x20 and ord(char) not in _TEXT_CONTROLS for char in text):
        return "application/octet-stream"
    return "text/plain"
