"""The identity of a step's input: a hash of canonical JSON, with models' defaults left out so that a deploy may add fields."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import BaseModel

_SHOWN_BYTES = 2_000


def input_hash(args: Sequence[object], kwargs: Mapping[str, object]) -> str:
    """32 hexadecimal digits; the same for equal inputs in every process and version."""
    return hashlib.blake2b(canonical(args, kwargs), digest_size=16).hexdigest()


def shown(args: Sequence[object], kwargs: Mapping[str, object]) -> str:
    """The input as a person may read it in a message or on a page, cut at 2,000 characters; always JSON."""
    text = canonical(args, kwargs).decode()
    return text if len(text) <= _SHOWN_BYTES else orjson.dumps(text[:_SHOWN_BYTES] + "…").decode()


def canonical(args: Sequence[object], kwargs: Mapping[str, object]) -> bytes:
    """The JSON that is hashed. Raises TypeError for what JSON and models cannot say."""
    whole = [list(args), dict(kwargs)] if kwargs else list(args)
    return orjson.dumps(whole, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def _plain(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_defaults=True)
    if isinstance(value, bytes | bytearray):
        return hashlib.blake2b(value, digest_size=16).hexdigest()
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(f"a step's input must be JSON or a pydantic model, not {type(value).__name__}")
