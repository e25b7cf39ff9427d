"""What can be wrong with signing in and with accounts, as HTTP shows it."""

from headway.core.errors import HeadwayError
from headway.support.i18n import N_


class WrongPassword(HeadwayError):
    """E-mail address and password do not go together; the same words whether or not there is such an account."""

    status = 401
    type = "wrong-password"
    title = N_("This e-mail address and password do not go together")


class EmailTaken(HeadwayError):
    """There is an account of that address."""

    status = 409
    type = "email-taken"
    title = N_("There is an account with this e-mail address: sign in instead")


class InvitationNeeded(HeadwayError):
    """Registration wants an invitation that is good: of this address, not used, not over."""

    status = 403
    type = "invitation-needed"
    title = N_("Registering needs an invitation that is still good")


class LinkOver(HeadwayError):
    """A link of an e-mail that was used, replaced by a newer one, or is too old."""

    status = 410
    type = "link-over"
    title = N_("This link is no longer good: ask for a new one")


class RefreshRefused(HeadwayError):
    """A refresh token that is not known, over, or was used before (then its session has ended)."""

    status = 401
    type = "refresh-refused"
    title = N_("This refresh token is no longer good: sign in again")


class AccountFixed(HeadwayError):
    """What cannot be done to this account: the local one stays, and nobody takes their own rights away."""

    status = 409
    type = "account-fixed"
    title = N_("This cannot be done to this account")


class IssuerFailed(HeadwayError):
    """Signing in elsewhere did not work out: refused there, or the answer does not hold."""

    status = 502
    type = "issuer-failed"
    title = N_("Signing in there did not work. Try again")
