"""Sends one e-mail to the server of HEADWAY_SMTP_URL; blocking, so run it in a thread.

Called by `mail`. Invariant: a password is never sent over a connection that others could read, unless the server is on this
machine.
"""

import ipaddress
import smtplib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from headway.core.errors import PermanentError, TransientError
from headway.support.i18n import N_

TIMEOUT_S = 30.0
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over. `smtps` speaks TLS from the first byte, `smtp` turns it on where the server offers it
    (RFC 3207). `sender` is a whole address, perhaps with a name."""

    host: str
    port: int
    tls: bool
    user: str | None
    password: str | None
    sender: str

    @property
    def local(self) -> bool:
        """Whether it is this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def read_url(url: str) -> Server:
    """The server of `smtp://user:password@host:587?from=Name <me@example.org>`, or `smtps://`. Without `from` the sender is the
    user if that is an address, else headway@HOST. Raises ValueError, which never quotes the password."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("must be smtp://HOST:PORT or smtps://HOST:PORT, perhaps with user:password@")
    user = unquote(parts.username) if parts.username else None
    sender = parse_qs(parts.query).get("from", [""])[0]
    if not sender:
        sender = user if user and "@" in user else f"headway@{parts.hostname}"
    if not is_address(parseaddr(sender)[1]):
        raise ValueError("the sender after ?from= is no e-mail address")
    return Server(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        tls=parts.scheme == "smtps",
        user=user,
        password=unquote(parts.password) if parts.password else None,
        sender=sender,
    )


def is_address(text: str) -> bool:
    """Whether mail can be sent to `text`: one mailbox, nothing that could begin another header or another recipient."""
    name, at, domain = text.rpartition("@")
    if not at or not name or not domain or len(text) > 254:
        return False
    if any(char.isspace() or not char.isprintable() or char in '<>()[],;:\\"' for char in text):
        return False
    return "@" not in name and not domain.startswith(".") and ".." not in domain


def compose(server: Server, id: str, recipient: str, subject: str, text: str) -> EmailMessage:
    """The message (RFC 5322). Its Message-ID comes from `id`: a second try of the same mail can be told by it."""
    message = EmailMessage(policy=SMTP_POLICY)
    name, address = parseaddr(server.sender)
    local, _, domain = address.rpartition("@")
    message["From"] = Address(name, local, domain)
    message["To"] = recipient
    message["Subject"] = " ".join(subject.split())
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    message.set_content(text)
    return message


def send(server: Server, message: EmailMessage) -> None:
    """Hand the message over. Raises TransientError for what may pass, PermanentError for what the server will never take."""
    try:
        with _connect(server) as connection:
            connection.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise _refused(max(codes, default=450)) from error
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code) from error
    except (OSError, smtplib.SMTPException) as error:
        raise TransientError(N_("The mail server could not be reached")) from error


def _connect(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.tls:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT_S, context=context
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    try:
        connection.ehlo()
        secure = server.tls
        if not secure and connection.has_extn("starttls"):
            connection.starttls(context=context)
            connection.ehlo()
            secure = True
        if server.user is not None and server.password is not None:
            if not secure and not server.local:
                raise PermanentError(N_("The mail server offers no encryption, so the password was not sent"))
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _refused(code: int) -> PermanentError | TransientError:
    """By RFC 5321, 4.2.1: 4yz may pass, 5yz does not."""
    if code >= 500:
        return PermanentError(N_("The mail server refused the message with code {code}"), code=code)
    return TransientError(N_("The mail server asked to come back later, with code {code}"), code=code)
