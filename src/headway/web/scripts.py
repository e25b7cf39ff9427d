"""Which scripts a page loads: those that its template names, and what they import.

Used by `templating`, so that a page carries the translations of these scripts and no more. Our modules import each other
by plain `import … from "…"`; nothing is imported by a name that is computed.
"""

import posixpath
import re
from collections.abc import Callable, Iterable
from pathlib import Path

_NAMED = re.compile(r'<script type="module" src="/static/([\w./-]+)"')
_IMPORTED = re.compile(r'^(?:import|export)\b[^;]*?"(/static/|\./)([\w./-]+)"', re.MULTILINE)


def loaded(templates: Iterable[str], find: Callable[[str], Path | None]) -> set[Path]:
    """The files of all scripts that these templates (their sources) load, directly or not; `find` knows the file of a
    name below `/static/`."""
    waiting = [name for source in templates for name in _NAMED.findall(source)]
    files: dict[str, Path] = {}
    while waiting:
        name = waiting.pop()
        path = find(name)
        if name in files or path is None:
            continue
        files[name] = path
        for root, other in _IMPORTED.findall(path.read_text("utf-8")):
            beside = posixpath.join(posixpath.dirname(name), other) if root == "./" else other
            waiting.append(posixpath.normpath(beside))
    return set(files.values())
