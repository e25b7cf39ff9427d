"""What a kind of job costs here, as one line beside its button: by the price list and by who answers.

Called by the pages and cards of the applications. Invariant: work that leaves this machine is never said to stay on it.
"""

from collections.abc import Callable

from fastapi import Request

from headway.engine import Headway
from headway.http.services import lang_of, services
from headway.support.i18n import N_, gettext

Cost = Callable[[Request, str], str]
"""What says what a job of a kind costs whoever asks, in a line."""


def cost_of(request: Request, kind: str) -> str:
    """One line: free on this machine, free though a provider answers, or credits for a job and for 1,000 tokens."""
    headway, lang = services(request).headway, lang_of(request)
    said = _price(headway, kind, lang)
    if headway.offline:
        if not said:
            return gettext(lang, N_("Free: it runs on this machine, offline."))
        return gettext(lang, N_("{cost}. It runs on this machine, offline."), cost=said)
    provider = headway.provider()
    by = f"{provider.name} ({provider.model})" if provider.model else provider.name
    if not said:
        return gettext(lang, N_("Free for you. Texts are sent to {provider}."), provider=by)
    return gettext(lang, N_("{cost}. Texts are sent to {provider}."), cost=said, provider=by)


def _price(headway: Headway, kind: str, lang: str) -> str:
    """ "" where it is free."""
    listed = headway.prices.kinds.get(kind)
    if listed is None or headway.prices.of(kind, offline=headway.offline) is None:
        return ""
    said = []
    if listed.per_job:
        said.append(gettext(lang, N_("Credits for each job: {n}"), n=listed.per_job))
    if listed.rates and not headway.offline:
        least, most = min(listed.rates.values()), max(listed.rates.values())
        rates = f"{least}–{most}" if least < most else least
        said.append(gettext(lang, N_("Credits for 1,000 tokens: {n}"), n=rates))
    return ", ".join(said)
