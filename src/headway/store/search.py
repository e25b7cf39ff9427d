"""Finding one's own jobs: by words of their input, and what each is called.

Called by the list of jobs. Invariant: only the owner's jobs are looked at.
"""

import json
from collections.abc import Sequence

from headway.store import rows
from headway.store.driver import Reader
from headway.store.jobs import is_id
from headway.store.views import Views


class Search(Views):
    """Jobs by their words."""

    async def search_jobs(
        self,
        owner: str,
        words: str,
        *,
        kind: str | None = None,
        status: str | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> tuple[list[rows.Snapshot], str | None]:
        """Like `list_jobs`, of those whose input or id holds `words`, capitals or not (beyond ASCII as the
        database can)."""
        if before is not None and not is_id(before):
            return [], None
        # As the words stand in JSON text; then what LIKE reads as signs is taken literally.
        inside = json.dumps(words, ensure_ascii=False)[1:-1]
        literal = inside.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

        def page(reader: Reader) -> list[rows.Snapshot]:
            found = reader.rows(
                "search_jobs",
                owner=owner, pattern=f"%{literal}%", kind=kind, status=status, before=before, n=limit + 1,
            )  # fmt: skip
            return self._placed(reader, found)

        found = await self.read_slowly(page)
        more = len(found) > limit
        return found[:limit], found[limit - 1].id if more else None

    async def titles(self, owner: str, ids: Sequence[str]) -> dict[str, str]:
        """What tells each job from others of its kind, of its own input: at most 120 characters, on one line."""
        wanted = json.dumps([job_id for job_id in ids if is_id(job_id)])
        found = await self.read(lambda r: r.rows("titles", owner=owner, ids=wanted))
        return {str(job_id): _line(str(title)) for job_id, title in found if title}


def _line(text: str) -> str:
    """On one line, and with a sign where it was cut."""
    whole = " ".join(text.split())
    return whole if len(text) < 120 else f"{whole[:119]}…"
