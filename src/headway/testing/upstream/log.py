"""What the fake provider has seen: one line of JSON for each request, appended and never changed."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. `at` is its arrival (seconds since the epoch), `request` a hash of its body, `did` the
    behaviour it met, `status` what was answered (0: nothing), `seconds` how long that took, `key` whether one
    came with it."""

    n: int
    at: float
    protocol: str
    model: str
    stream: bool
    request: str
    did: str
    status: int
    seconds: float
    key: bool


class Log:
    """The entries of this server, in memory and, with a path, in a file."""

    def __init__(self, path: Path | None = None) -> None:
        self.entries: list[Entry] = []
        self._file = path.open("a", encoding="utf-8", buffering=1) if path is not None else None

    def write(self, entry: Entry) -> None:
        """Append one line; it is in the file when this returns."""
        self.entries.append(entry)
        if self._file is not None:
            self._file.write(json.dumps(asdict(entry)) + "\n")

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def read_log(path: Path) -> list[Entry]:
    """The entries of a file, as another process wrote them."""
    return [Entry(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]
