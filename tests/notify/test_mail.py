"""E-mail: durable, sent once, tried again when that can help, and never a door for a second header."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.engine.workshop import Workshop
from tests.notify.post_office import post_office

from headway.core.errors import InvalidInput, PermanentError
from headway.core.retry import RetryPolicy
from headway.notify import mail, smtp
from headway.notify.mail import Mailer
from headway.support import logs

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def desk(url: str, smtp_url: str) -> AsyncIterator[Workshop]:
    """An installation that can send mail."""
    workshop = Workshop(url, smtp_url=smtp_url)
    mail.install(workshop.app, RetryPolicy(times=3, base_s=0.01))
    await workshop.open()
    try:
        yield workshop
    finally:
        await workshop.close()


async def test_a_mail_arrives_with_its_text_and_is_kept_nowhere(database_url: str) -> None:
    async with post_office() as office, desk(database_url, office.url) as installation:
        text = "Guten Tag,\n\nhttps://example.org/reset/abc\nمرحبا"
        await installation.hire()
        job = await Mailer(installation.app).send("ann@example.org", "Passwort — مرحبا", text)
        ended = await installation.ended(job)
        assert ended.status == "completed"
        [message] = office.taken
        assert message["To"] == "ann@example.org"
        assert message["From"] == "Headway <desk@example.org>"
        assert message["Subject"] == "Passwort — مرحبا"
        assert message.get_content().replace("\r\n", "\n").strip() == text
        order = json.loads(await installation.app.store.input(job) or "null")
        assert list(order) == ["mail"]
        assert await installation.app.store.mail(order["mail"]) is None


async def test_a_passing_refusal_is_tried_again_and_the_same_mail_keeps_its_id(
    sqlite_url: str,
) -> None:
    async with post_office(answers=[451]) as office, desk(sqlite_url, office.url) as installation:
        await installation.hire()
        job = await Mailer(installation.app).send("ann@example.org", "Hello", "Hello.")
        assert (await installation.ended(job)).status == "completed"
        assert await installation.outcomes(job) == ["failed", "succeeded"]
        assert len(office.taken) == 1


async def test_a_final_refusal_ends_it(sqlite_url: str) -> None:
    async with post_office(answers=[550]) as office, desk(sqlite_url, office.url) as installation:
        await installation.hire()
        job = await Mailer(installation.app).send("nobody@example.org", "Hello", "Hello.")
        ended = await installation.ended(job)
        assert ended.status == "failed"
        assert ended.error is not None
        assert "550" in ended.error["message"]
        assert office.taken == []


async def test_without_a_server_the_log_is_the_mailbox(sqlite_url: str) -> None:
    out = io.StringIO()
    logs.configure(json=True, stream=out)
    async with desk(sqlite_url, "") as installation:
        await installation.hire()
        await installation.ended(
            await Mailer(installation.app).send(
                "ann@example.org", "Hello", "One\nhttps://example.org/reset?key=abc\x1b"
            )
        )
    [line] = [json.loads(line) for line in out.getvalue().splitlines() if '"e-mail"' in line]
    assert (
        line["text"] == "One\\nhttps://example.org/reset?key=abc\\e"
    )  # a link that nobody can read helps nobody
    assert line["to"] == "ann@example.org"


async def test_a_mail_to_nobody_is_forgotten(sqlite_url: str) -> None:
    async with post_office() as office, desk(sqlite_url, office.url) as installation:
        await installation.hire()
        job = await Mailer(installation.app).send(None, "Hello", "Hello.")
        assert (await installation.ended(job)).status == "completed"
        assert office.taken == []
        order = json.loads(await installation.app.store.input(job) or "null")
        assert await installation.app.store.mail(order["mail"]) is None


@pytest.mark.parametrize(
    "address",
    ["", "ann", "@example.org", "ann@", "ann@example.org\nBcc: x@y.z", "ann@example.org,bob@example.org",
     "Ann <ann@example.org>", "ann@exa mple.org", "a@b@c", "ann@.org", "a" * 250 + "@x.org"],
)  # fmt: skip
async def test_what_is_no_single_address_is_refused(address: str, sqlite_url: str) -> None:
    async with desk(sqlite_url, "") as installation:
        with pytest.raises(InvalidInput):
            await Mailer(installation.app).send(address, "Hello", "Hello.")


def test_a_subject_cannot_begin_another_header() -> None:
    server = smtp.read_url("smtp://mail.example.org")
    message = smtp.compose(server, "1", "ann@example.org", "Hi\r\nBcc: eve@example.org", "x")
    assert message["Bcc"] is None
    assert message["Subject"] == "Hi Bcc: eve@example.org"


def test_the_server_is_read_from_its_address() -> None:
    server = smtp.read_url("smtp://ann%40example.org:p%2Fw@mail.example.org")
    assert (server.host, server.port, server.tls) == ("mail.example.org", 587, False)
    assert (server.user, server.password, server.sender) == ("ann@example.org", "p/w", "ann@example.org")
    assert smtp.read_url("smtps://mail.example.org").port == 465
    for wrong in ("http://x", "smtp://", "smtp://h?from=nobody"):
        with pytest.raises(ValueError):
            smtp.read_url(wrong)


async def test_a_password_does_not_leave_the_machine_in_the_clear() -> None:
    """0.0.0.0 reaches this machine, and is not known to be it: what any server elsewhere looks like."""
    async with post_office(offers=("AUTH PLAIN LOGIN",)) as office:
        away = smtp.Server("0.0.0.0", office.port, False, "ann", "secret", "ann@example.org")
        message = smtp.compose(away, "1", "bob@example.org", "Hi", "x")
        with pytest.raises(PermanentError):
            await asyncio.to_thread(smtp.send, away, message)
        assert not any(line.startswith("AUTH") for line in office.said)
        near = smtp.Server("127.0.0.1", office.port, False, "ann", "secret", "ann@example.org")
        await asyncio.to_thread(smtp.send, near, message)
        assert any(line.startswith("AUTH") for line in office.said)
