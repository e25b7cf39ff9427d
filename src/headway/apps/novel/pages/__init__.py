"""The novel application as a person meets it: its page, its card, its line.

`NOVEL` is handed to `headway.web.pages.router` by the server floor. The template is `page.html`, the script
`novel.js`.
"""

from collections.abc import Mapping
from pathlib import Path

from fastapi import Request
from starlette.datastructures import UploadFile

from headway.apps.novel.intake import intake
from headway.apps.novel.job import FILE, KIND
from headway.apps.novel.reading import MAX_PAGES
from headway.http.bodies import UPLOAD_LIMIT_BYTES
from headway.http.services import account_of, services
from headway.http.submission import Order, submit
from headway.store.files import BLOCK_BYTES
from headway.support.i18n import N_, gettext
from headway.web.application import Application, Form, Station

_SETTINGS = ("sentence_length_limit", "min_sentence_length", "gemini_model")
_CHOICES = ("ignore_dialogue", "preserve_formatting", "fix_hyphenation")


def _context(lang: str) -> Mapping[str, object]:
    """What the templates want: limits and price in words, an example of what becomes of a sentence."""
    limits = gettext(
        lang,
        N_("A PDF with text in it: at most {megabytes} MB and {pages} pages."),
        megabytes=UPLOAD_LIMIT_BYTES >> 20,
        pages=f"{MAX_PAGES:,}",
    )
    return {
        "limits": limits,
        "limit_bytes": UPLOAD_LIMIT_BYTES,
        "example": {
            "original": "Le vieux gardien, ayant posé la lampe, s'approcha de la vitre où battait la pluie.",
            "short": [
                "Le vieux gardien avait posé la lampe.",
                "Il s'approcha de la vitre.",
                "C'était la vitre où battait la pluie.",
            ],
        },
    }


async def _submit(request: Request, form: Form) -> str:
    """Take the form of a browser without scripts; return the accepted job's id. Raises InvalidInput."""
    serving, owner = services(request), account_of(request).id
    uploaded = (await request.form()).get(FILE)
    ids: list[str] = []
    try:
        if isinstance(uploaded, UploadFile) and uploaded.filename:
            file_id = await serving.store.create_file(
                owner, FILE, uploaded.filename, str(uploaded.content_type or "")[:255]
            )
            ids.append(file_id)
            size = n = 0
            while block := await uploaded.read(BLOCK_BYTES):
                await serving.store.write_block(file_id, n, block)
                size, n = size + len(block), n + 1
            await serving.store.finish_file(file_id, size, "")
        fields: dict[str, object] = {name: form[name] for name in _SETTINGS if form.get(name)}
        fields |= {name: name in form for name in _CHOICES}
        given = await intake(serving, owner, fields, ids)
        snapshot = await submit(request, Order(KIND, given, owner, files=tuple(ids)))
    except BaseException:
        for file_id in ids:
            await serving.store.drop_file(file_id)
        raise
    return snapshot.id


NOVEL = Application(
    name="novel",
    title=N_("French novel"),
    sentence=N_("Send a French novel as a PDF, and get it back in short sentences that learners can read."),
    stations=(
        Station(0, N_("Read")),
        Station(5, N_("Plan")),
        Station(15, N_("Shorten")),
        Station(75, N_("Merge")),
        Station(95, N_("Finish")),
    ),
    directory=Path(__file__).resolve().parent,
    context=_context,
    submit=_submit,
)
