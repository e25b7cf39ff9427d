"""Checks a JSON value against a model of ours, complaining in the reader's language.

Called by routes that read a body themselves.
"""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from headway.core.errors import FieldError, InvalidInput
from headway.http.complaints import complaints

M = TypeVar("M", bound=BaseModel)


def validated(model: type[M], value: object, lang: str) -> M:
    """The value as `model`. Raises InvalidInput with each wrong field."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = complaints(error.errors(include_url=False), lang, value)
        raise InvalidInput([FieldError(field, message) for field, message in found]) from error
