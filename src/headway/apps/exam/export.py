"""A scored exam as a file: the bilingual PDF report, and the result as JSON.

`EXPORTS` is what `GET /api/jobs/ID/export` offers for the kind `exam`.
"""

import json
from collections.abc import Mapping

from headway.apps.exam.schema import ExamResult
from headway.http.services import Export


def to_pdf(given: object, result: object, lang: str) -> bytes:
    """The report on A4, in both languages whatever `lang` is."""
    from headway.apps.exam import report  # heavy with fonts, and needed by few processes

    return report.to_pdf(ExamResult.model_validate(result))


def to_json(given: object, result: object, lang: str) -> bytes:
    """The result, indented."""
    return json.dumps(result, ensure_ascii=False, indent=2).encode() + b"\n"


EXPORTS: Mapping[str, Export] = {
    "pdf": Export("application/pdf", "pdf", to_pdf),
    "json": Export("application/json", "json", to_json),
}
