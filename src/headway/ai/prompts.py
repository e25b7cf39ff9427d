"""What the prompts of all applications share: foreign text between markers, and the schema of an answer's objects.

Called by the applications' own `prompts`. Invariant: what `fenced` gives contains no marker.
"""

import re
from collections.abc import Mapping

_RUN = re.compile("<{2,}|>{2,}")


def fenced(text: str) -> str:
    """The text with every run of angle brackets that could pass for a marker (`<<<ESSAY>>>`) broken up by blanks."""
    return _RUN.sub(lambda run: " ".join(run.group()), text)


def object_of(properties: Mapping[str, object]) -> dict[str, object]:
    """The JSON schema of an object that has all these fields and no others, as providers' strict modes want it."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
