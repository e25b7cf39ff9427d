"""Plain HTML forms of our own pages: small and url-encoded.

Called by `auth` and by the pages of `web`. The gate has checked the form's token.
"""

from urllib.parse import parse_qsl

from starlette.requests import Request

from headway.http import bodies
from headway.http.problems import UnsupportedMediaType
from headway.support.i18n import N_

_LIMIT_BYTES = 64 * 1024


async def fields(request: Request) -> dict[str, str]:
    """The form's fields, one value each. Raises UnsupportedMediaType, TooLarge, InvalidInput."""
    kind = bodies.media_type(request)
    if kind not in ("", "application/x-www-form-urlencoded"):
        raise UnsupportedMediaType(N_("Send a form, not {type}"), type=kind)
    body = await bodies.read(request, _LIMIT_BYTES)
    found = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    bodies.check_text(found)
    return found
