"""What every installation does besides the work of its applications: e-mail and webhooks.

Called by whoever makes a web application or starts a worker out of a `Headway`, before it is started. Installing twice changes
nothing.
"""

from headway.engine import Headway
from headway.notify import mail


def install(headway: Headway) -> None:
    """Register the internal kinds on `headway`. Raises ValueError for a wrong setting."""
    if mail.KIND not in headway.kinds:
        mail.install(headway)
