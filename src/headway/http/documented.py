"""The `responses=` of routes, so that OpenAPI names every status that a route can answer with.

Called by the route modules, which list problems by status.
"""

from typing import Any

from pydantic import BaseModel

from headway.http.problems import MEDIA_TYPE, ProblemBody

_MEANINGS = {
    400: "The body cannot be read; `errors` says where it breaks.",
    401: "No valid token or session.",
    402: "The credits do not suffice.",
    403: "Not allowed, or a request of another site.",
    404: "There is no such thing, or it is not yours.",
    406: "The format is not on offer.",
    409: "The status of the job, or of the account, does not allow this.",
    410: "The link was used, or is too old.",
    413: "The body is too large.",
    415: "The content type is not understood.",
    422: "Bad input; `errors` names the fields.",
    429: "A limit is reached; come back after `Retry-After` seconds.",
    502: "The work failed.",
    503: "Not now; come back after `Retry-After` seconds.",
    504: "Not done in the time that a request may wait; the job goes on.",
}
_SCHEMA = {"$ref": f"#/components/schemas/{ProblemBody.__name__}"}


Responses = dict[int | str, dict[str, Any]]


def problems(*statuses: int) -> Responses:
    """Responses for these problem statuses, and for 401 and 429, which every protected route may give."""
    return {
        status: {"description": _MEANINGS[status], "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
        for status in sorted({401, 429, *statuses})
    }


def ok(model: type[BaseModel], description: str, **headers: str) -> dict[str, Any]:
    """A response with a JSON body of `model` and these headers."""
    answer: dict[str, Any] = {"model": model, "description": description}
    if headers:
        answer["headers"] = {
            name.replace("_", "-"): {"description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        }
    return answer


def plain(description: str, media_type: str | None = None) -> dict[str, Any]:
    """A response without a JSON body: a stream, a file, or nothing."""
    answer: dict[str, Any] = {"description": description}
    if media_type:
        answer["content"] = {media_type: {"schema": {"type": "string"}}}
    return answer
