"""A mail server that speaks SMTP (RFC 5321) over a real socket, and answers as a test tells it to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast


@dataclass
class PostOffice:
    """What was taken, and what is to be said to the next recipients: codes are used up one by one, then 250."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    offers: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?from=Headway%20%3Cdesk%40example.org%3E"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        await say("220 post.example ESMTP")
        while line := await reader.readline():
            command = line.decode().strip()
            self.said.append(command)
            verb = command[:4].upper()
            if verb == "EHLO":
                await say("250-post.example")
                for each in self.offers:
                    await say(f"250-{each}")
                await say("250 SMTPUTF8")
            elif verb == "AUTH":
                await say("235 welcome")
            elif verb == "RCPT":
                code = self.answers.pop(0) if self.answers else 250
                await say(f"{code} {'fine' if code == 250 else 'not now'}")
                if code == 250:
                    self.recipients.append(command.partition(":")[2].split()[0].strip("<>"))
            elif verb == "DATA":
                await say("354 go on")
                body = await reader.readuntil(b"\r\n.\r\n")
                parsed = message_from_bytes(body[:-3], policy=policy.default)
                self.taken.append(cast(EmailMessage, parsed))
                await say("250 taken")
            elif verb == "QUIT":
                await say("221 bye")
                break
            else:
                await say("250 fine")
        writer.close()


@asynccontextmanager
async def post_office(**options: object) -> AsyncIterator[PostOffice]:
    """A server at a free port of this machine."""
    office = PostOffice(**options)  # type: ignore[arg-type]  # a test's own options
    server = await asyncio.start_server(office.serve, "127.0.0.1", 0)
    office.port = server.sockets[0].getsockname()[1]
    async with server:
        yield office
