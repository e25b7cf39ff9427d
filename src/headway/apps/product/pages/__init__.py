"""The product application as a person meets it: its page, its card, its line.

`PRODUCT` is handed to `headway.web.pages.router` by the server floor. The template is `page.html`, the script
`product.js`.
"""

from collections.abc import Mapping
from pathlib import Path

from fastapi import Request

from headway.apps.product import bank, intake, reading
from headway.apps.product.routes import submitted
from headway.apps.product.schema import MOST_REVIEWS, canonical
from headway.core.errors import FieldError, InvalidInput
from headway.http.services import services
from headway.support.i18n import N_, gettext
from headway.web.application import Application, Form, Station

SAMPLE_NAMES = {"kettle": N_("A kettle with bought praise"), "lamp": N_("A lamp with honest reviews")}


def _context(lang: str) -> Mapping[str, object]:
    """What the templates want: samples, and what it takes, in words."""
    return {
        "samples": [
            {
                "name": gettext(lang, SAMPLE_NAMES[str(sample["id"])]),
                "product": sample["product"],
                "reviews": sample["reviews"],
            }
            for sample in bank.SAMPLES
        ],
        "limits": gettext(
            lang,
            N_("At most {most} reviews and {megabytes} MB, as JSON, JSON lines or CSV."),
            most=f"{MOST_REVIEWS:,}",
            megabytes=intake.MOST_BYTES >> 20,
        ),
    }


async def _submit(request: Request, form: Form) -> str:
    """Take the form of a browser without scripts; return the accepted job's id. Raises InvalidInput."""
    title, text, url = (form.get(name, "").strip() for name in ("title", "reviews", "url"))
    if text:
        order = canonical(reading.from_file(text.encode(), "pasted.txt", title))
    elif url:
        order = await intake.from_value(services(request), {"product": {"title": title}, "url": url})
    else:
        raise InvalidInput([FieldError("reviews", N_("Paste reviews, or choose a file"))])
    snapshot = await submitted(request, order)
    return snapshot.id


PRODUCT = Application(
    name="product",
    title=N_("Product reviews"),
    sentence=N_(
        "Learn which reviews of a product to believe, what its rating is without the others, and what people say."
    ),
    stations=(
        Station(0, N_("Collect")),
        Station(5, N_("Repeats")),
        Station(20, N_("Read")),
        Station(90, N_("Report")),
    ),
    directory=Path(__file__).resolve().parent,
    context=_context,
    submit=_submit,
    shows_shared=True,
)
