"""E-mail: `Mailer.send` makes a mail durable, a job of the kind `headway.mail` sends it.

Called by `http` (invitations, password resets). Without HEADWAY_SMTP_URL the log is the mailbox: the whole text is written
there, links and all, since on a machine without a mail server somebody has to be able to read it.
"""

import asyncio
from typing import TYPE_CHECKING

import structlog
from pydantic import BaseModel

from headway.core.errors import FieldError, InvalidInput
from headway.core.ids import new_id
from headway.core.retry import RetryPolicy
from headway.engine.context import Context
from headway.notify import smtp
from headway.store.driver import Writer
from headway.store.intents import NewJob
from headway.store.mails import Mail, add_mail
from headway.support.i18n import N_
from headway.support.safe import Letter

if TYPE_CHECKING:
    from headway.engine.app import Headway

KIND = "headway.mail"
OWNER = "headway"
"""Whose the installation's own jobs are: no account has this id."""
NOBODY = ""
_RETRY = RetryPolicy(times=12, base_s=30, cap_s=4 * 3600)
_log = structlog.get_logger("headway.mail")


class MailOrder(BaseModel):
    """The input of `headway.mail`: only the id, so that a job's history keeps no text of a mail."""

    mail: str


class Mailer:
    """Sends e-mails of this installation, durably. `subject` and `text` are in the reader's language already."""

    def __init__(self, headway: "Headway") -> None:
        self._headway = headway

    async def send(self, to: str | None, subject: str, text: str) -> str:
        """Accept a mail; when this returns it is durable, and will be sent. Returns the id of the job that sends it. `to` None: to
        nobody, in the same time.

        Raises InvalidInput when `to` is no address, and what the store raises.
        """
        id, mail, job = self._prepared(to, subject, text)
        await self._headway.store.post(id, mail, job)
        return job.id

    def post(self, writer: Writer, to: str, subject: str, text: str) -> str:
        """The same inside an open transaction (give the hint `work` with it). Raises InvalidInput."""
        id, mail, job = self._prepared(to, subject, text)
        add_mail(writer, id, mail, job)
        return job.id

    def _prepared(self, to: str | None, subject: str, text: str) -> tuple[str, Mail, NewJob]:
        if to is not None and not smtp.is_address(to):
            raise InvalidInput([FieldError("email", N_("Must be an e-mail address"))])
        id = new_id()
        job = self._headway.new_job(KIND, MailOrder(mail=id), owner=OWNER)
        return id, Mail(to or NOBODY, subject, text), job


def install(headway: "Headway", retry: RetryPolicy = _RETRY) -> None:
    """Register the kind that sends; `retry` says how long it is tried. Raises ValueError for a wrong HEADWAY_SMTP_URL."""
    url = headway.settings.smtp_url
    server = smtp.read_url(url) if url else None

    @headway.job(KIND, internal=True, max_attempts=retry.times, retry=retry, time_limit=120)
    async def send_mail(ctx: Context, order: MailOrder) -> bool:
        """True when it was sent, False when it had been sent, was too old, or is to nobody."""
        mail = await headway.store.mail(order.mail)
        if mail is None:
            return False
        if mail.recipient == NOBODY:
            await headway.store.drop_mail(order.mail)
            return False
        if server is None:
            _log.info("e-mail", to=mail.recipient, subject=mail.subject, text=Letter(mail.text))
        else:
            message = smtp.compose(server, order.mail, mail.recipient, mail.subject, mail.text)
            await asyncio.to_thread(smtp.send, server, message)
        await headway.store.drop_mail(order.mail)
        return True
