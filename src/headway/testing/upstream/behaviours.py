"""Every way in which the fake provider can behave, by name. `gemini.py` and `openai.py` say how each looks on
the wire.

The list is that of real providers and of what stands between them and us: proxies, load balancers, broken
connections.
"""

from enum import StrEnum
from typing import Final


class Behaviour(StrEnum):
    """What the server does with one request."""

    OK = "ok"
    # An honest answer in an unusual shape.
    SLOW = "slow"  # the first byte comes late
    SPLIT = "split"  # the bytes come in pieces that cut through frames and characters
    LINE_ENDS = "line_ends"  # a stream with the other protocol's line ends
    NO_USAGE = "no_usage"
    PARTIAL_USAGE = "partial_usage"  # some counts are missing
    THINKING = "thinking"  # thoughts beside the answer, counted
    FENCED = "fenced"  # the answer inside a Markdown fence
    PROSE = "prose"  # talk before and after the answer
    # An answer in the wrong form.
    WRONG_JSON = "wrong_json"
    NOT_JSON = "not_json"
    # A success without a text, or without all of it.
    EMPTY = "empty"  # no candidates, no choices
    MAX_TOKENS = "max_tokens"  # all tokens went into thinking
    CUT_SHORT = "cut_short"  # some text, then the limit of tokens
    SAFETY = "safety"
    PROMPT_BLOCKED = "prompt_blocked"
    # Limits.
    RATE_LIMITED = "rate_limited"  # `wait_s`, as the protocol usually says it
    RATE_LIMITED_MS = "rate_limited_ms"
    RATE_LIMITED_DATE = "rate_limited_date"
    RATE_LIMITED_BARE = "rate_limited_bare"  # no word about the wait
    QUOTA_PER_DAY = "quota_per_day"
    INSUFFICIENT_QUOTA = "insufficient_quota"
    # Refusals.
    BAD_REQUEST = "bad_request"
    BAD_KEY = "bad_key"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    REFUSES_SCHEMA = "refuses_schema"  # only requests that bring one
    REFUSES_TEMPERATURE = "refuses_temperature"
    REFUSES_LIMIT = "refuses_limit"
    # Trouble.
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"
    DEADLINE = "deadline"
    HTML = "html"  # a proxy's error page
    HTML_OK = "html_ok"  # a page with status 200
    LISTED_ERROR = "listed_error"  # the error object inside a list
    ERROR_IN_SUCCESS = "error_in_success"  # an error object with status 200
    ERROR_AFTER_START = "error_after_start"  # some of the stream, then an error
    CUT_BEFORE = "cut_before"  # the connection ends without a word
    CUT = "cut"  # the connection ends in the middle
    STOPPED = "stopped"  # the stream ends in the middle as if it were whole


_LEFT_OUT = {
    Behaviour.OK,
    Behaviour.NOT_JSON,
    Behaviour.MAX_TOKENS,
    Behaviour.CUT_SHORT,
    Behaviour.SAFETY,
    Behaviour.PROMPT_BLOCKED,
    Behaviour.RATE_LIMITED_DATE,
    Behaviour.QUOTA_PER_DAY,
    Behaviour.INSUFFICIENT_QUOTA,
    Behaviour.BAD_REQUEST,
    Behaviour.BAD_KEY,
    Behaviour.FORBIDDEN,
    Behaviour.NOT_FOUND,
    Behaviour.REFUSES_SCHEMA,
    Behaviour.REFUSES_TEMPERATURE,
    Behaviour.REFUSES_LIMIT,
}
MIX: Final = tuple(each for each in Behaviour if each not in _LEFT_OUT)
"""What a patient client lives through without losing an answer."""
