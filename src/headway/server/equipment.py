"""What every installation does besides the work of its applications: e-mail, webhooks, erasures, and its own schedules.

Called by whoever makes a web application or starts a worker out of a `Headway`, before it is started. Installing twice changes
nothing.
"""

from headway.accounts import erasing
from headway.accounts.credits import Credits
from headway.engine import Context, Headway
from headway.notify import delivery, mail

GRANTS = "headway.grants"
TIDY = "headway.tidy"
_ACTS_DAYS = 400
_DELIVERIES_DAYS = 30


def install(headway: Headway) -> None:
    """Register the internal kinds on `headway`. Raises ValueError for a wrong setting."""
    if TIDY in headway.kinds:
        return
    mail.install(headway)
    delivery.install(headway)
    erasing.install(headway)

    @headway.cron("5 0 1 * *", name=GRANTS, owner=mail.OWNER, internal=True)
    async def grants(ctx: Context) -> dict[str, int]:
        """Pay this month's credits to whoever has not had them; says to how many."""
        return {"accounts": await Credits(headway).grant_monthly()}

    @headway.cron("17 3 * * *", name=TIDY, owner=mail.OWNER, internal=True)
    async def tidy(ctx: Context) -> dict[str, int]:
        """Forget what has grown old; says how much."""
        return {
            "acts": await headway.store.forget_acts(_ACTS_DAYS),
            "deliveries": await headway.store.forget_deliveries(_DELIVERIES_DAYS),
        }
