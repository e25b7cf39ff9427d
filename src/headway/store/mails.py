"""E-mails on their way, as rows: written with the job that sends them, deleted when they are sent.

Called by `headway.notify`. Invariant: a mail's text, which may hold a link that opens an account, is kept nowhere else
and no longer than it takes to send it.
"""

from dataclasses import dataclass

from headway.store.base import Base
from headway.store.driver import Writer
from headway.store.intents import NewJob
from headway.store.submission import insert_jobs
from headway.store.texts import storable

_KEPT_MS = 7 * 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Mail:
    """A plain text e-mail to one address."""

    recipient: str
    subject: str
    text: str


def add_mail(writer: Writer, id: str, mail: Mail, job: NewJob) -> None:
    """Write a mail and the job that sends it, inside an open transaction."""
    writer.run("drop_old_mails", before=writer.now - _KEPT_MS)
    writer.run(
        "add_mail", id=id, recipient=mail.recipient, subject=storable(mail.subject), text=storable(mail.text)
    )
    insert_jobs(writer, [job])


class Mails(Base):
    """The outbox."""

    async def post(self, id: str, mail: Mail, job: NewJob) -> None:
        """Make a mail and its job durable."""
        await self.act(lambda w: add_mail(w, id, mail, job), "work", size=len(mail.text) + 500)

    async def mail(self, id: str) -> Mail | None:
        """The mail, None once it was sent or has grown too old."""
        found = await self.read(lambda r: r.rows("mail", id=id))
        return Mail(*map(str, found[0])) if found else None

    async def drop_mail(self, id: str) -> None:
        """Forget a mail: it was sent."""
        await self.act(lambda w: w.run("drop_mail", id=id))
