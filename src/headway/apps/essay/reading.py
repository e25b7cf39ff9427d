"""A stored evaluation for whoever looks. Handed to the HTTP floor by `headway.apps.renders`."""

from headway.apps.essay.schema import KeptEvaluation


def in_language(stored: str, lang: str) -> str:
    """The evaluation as JSON text for a reader of `lang`; one of an earlier version has the words that it was stored with."""
    return KeptEvaluation.model_validate_json(stored).read_in(lang).model_dump_json()
