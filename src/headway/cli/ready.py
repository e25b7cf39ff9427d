"""What must be right before a process serves or works, beyond what the settings can say of themselves.

Called by `up`, `serve`, `worker` and `doctor`, which tell the same in the same words.
"""

from typing import TYPE_CHECKING

from headway.cli.faults import misuse

if TYPE_CHECKING:
    from headway.ai.provider import Provider
    from headway.engine.app import Headway


def provider(headway: "Headway") -> "Provider":
    """Who answers `ctx.ask`. Raises Fault where a key or a package is missing."""
    try:
        return headway.provider()
    except ValueError as error:
        misuse(str(error))


def limits(headway: "Headway") -> None:
    """Raises Fault where HEADWAY_LIMITS names a kind of job that there is not."""
    from headway.support.limits import read_limits

    text = headway.settings.limits
    try:
        read_limits(text, [kind.name for kind in headway.kinds.values() if not kind.internal])
    except ValueError as error:
        misuse(f"HEADWAY_LIMITS={text}: {error}")
