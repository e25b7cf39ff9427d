"""Pages are fetched from listed hosts only, from the address that was checked, within bounds."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from headway.apps.product import fetching
from headway.apps.product.sources import may_speak_to, target
from headway.core.errors import InvalidInput, PermanentError, TransientError
from headway.support.hosts import Source, read_sources

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("setting", "url", "allowed"),
    [
        ("shop.example", "https://shop.example/p/1", True),
        ("shop.example", "https://SHOP.example:8443/p/1", True),
        ("shop.example", "http://shop.example/p/1", False),
        ("http://shop.example", "http://shop.example/p/1", True),
        ("shop.example:8443", "https://shop.example/p/1", False),
        ("shop.example", "https://shop.example.evil.test/p", False),
        ("shop.example", "https://evil.test/?shop.example", False),
        ("shop.example", "https://www.shop.example/", False),
        ("*.shop.example", "https://www.shop.example/", True),
        ("*.shop.example", "https://evilshop.example/", False),
        ("a.test, shop.example", "https://shop.example./", True),
        ("shop.example", "https://shop.example@evil.test/", False),
        ("shop.example", "https://user@shop.example/", False),
        ("shop.example", "ftp://shop.example/", False),
        ("shop.example", "file:///etc/passwd", False),
        ("shop.example", "https://[::1/", False),
        ("", "https://shop.example/", False),
    ],
)
def test_only_listed_hosts_are_asked(setting: str, url: str, allowed: bool) -> None:
    if allowed:
        assert target(url, read_sources(setting))[1] == url.split("/")[2].split(":")[0].lower().rstrip(".")
    else:
        with pytest.raises(InvalidInput) as caught:
            target(url, read_sources(setting))
        assert caught.value.errors[0].field == "url"


@pytest.mark.parametrize(
    ("address", "public", "internal"),
    [
        ("93.184.216.34", True, True),
        ("2606:2800:220:1:248:1893:25c8:1946", True, True),
        ("10.0.0.7", False, True),
        ("192.168.1.1", False, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("100.64.0.1", False, True),
        ("fc00::1", False, True),
        ("::ffff:10.0.0.7", False, True),
        ("64:ff9b::a00:7", False, True),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("fd00:ec2::254", False, False),
        ("fe80::1", False, False),
        ("0.0.0.0", False, False),
        ("224.0.0.1", False, False),
    ],
)
def test_private_addresses_are_for_hosts_that_are_listed_as_internal(
    address: str, public: bool, internal: bool
) -> None:
    found = ipaddress.ip_address(address)
    assert may_speak_to(found, read_sources("shop.example")[0]) is public
    assert may_speak_to(found, read_sources("internal:shop.example")[0]) is internal


def test_what_can_only_mean_a_private_host_is_internal() -> None:
    assert all(source.internal for source in read_sources("localhost 127.0.0.1:9000 http://10.0.0.7 [::1]"))
    assert read_sources("shop.example")[0] == Source("shop.example", frozenset({"https"}), None, False)


class Shop:
    """A bare web server that says what the test tells it, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.port = 0

    def answer(self, path: str, body: bytes, status: str = "200 OK", *headers: str) -> None:
        head = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers]
        self.answers[path] = "\r\n".join(head).encode() + b"\r\n\r\n" + body

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head)
        writer.write(self.answers[head.split(" ")[1]])
        await writer.drain()
        writer.close()


@asynccontextmanager
async def opened() -> AsyncIterator[Shop]:
    shop = Shop()
    server = await asyncio.start_server(shop.serve, "127.0.0.1", 0)
    shop.port = server.sockets[0].getsockname()[1]
    async with server:
        yield shop


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with opened() as running:
        yield running


async def to_loopback(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


async def test_a_listed_page_comes_with_its_type(shop: Shop) -> None:
    shop.answer("/p?x=1", b'{"reviews": []}', "200 OK", "content-type: application/json; charset=utf-8")
    allowed = read_sources("internal:http://shop.example")
    found = await fetching.fetch(f"http://shop.example:{shop.port}/p?x=1", allowed, resolver=to_loopback)
    assert found == (b'{"reviews": []}', "application/json")
    assert f"host: shop.example:{shop.port}" in shop.asked[0].lower()


async def test_a_host_that_leads_inside_is_not_asked(shop: Shop) -> None:
    with pytest.raises(PermanentError, match="private network"):
        await fetching.fetch(
            f"http://shop.example:{shop.port}/", read_sources("http://shop.example"), resolver=to_loopback
        )
    assert shop.asked == []


async def test_a_host_with_one_bad_address_is_not_asked(shop: Shop) -> None:
    async def both(host: str, port: int) -> Sequence[str]:
        return ["93.184.216.34", "127.0.0.1"]

    with pytest.raises(PermanentError, match="private network"):
        await fetching.fetch("https://shop.example/", read_sources("shop.example"), resolver=both)


async def test_the_address_that_was_checked_is_the_one_that_is_asked(shop: Shop) -> None:
    asked: list[str] = []

    async def once(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        assert len(asked) == 1, "a second look could lead elsewhere"
        return ["127.0.0.1"]

    shop.answer("/", b"[]")
    await fetching.fetch(
        f"http://shop.example:{shop.port}/", read_sources("internal:http://shop.example"), resolver=once
    )


async def test_redirects_are_followed_on_the_list_and_not_off_it(shop: Shop) -> None:
    allowed = read_sources(f"internal:http://shop.example:{shop.port}")
    url = f"http://shop.example:{shop.port}"
    shop.answer("/a", b"", "302 Found", "location: /b")
    shop.answer("/b", b"[]")
    assert (await fetching.fetch(f"{url}/a", allowed, resolver=to_loopback))[0] == b"[]"
    for place in ("http://evil.test/", "http://169.254.169.254/latest/", f"http://127.0.0.1:{shop.port}/b"):
        shop.answer("/c", b"", "302 Found", f"location: {place}")
        with pytest.raises(PermanentError, match="not among the pages"):
            await fetching.fetch(f"{url}/c", allowed, resolver=to_loopback)
    shop.answer("/d", b"", "307 Temporary Redirect", "location: /d")
    with pytest.raises(PermanentError, match="too often"):
        await fetching.fetch(f"{url}/d", allowed, resolver=to_loopback)


async def test_a_page_has_a_size(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_BYTES", 1000)
    shop.answer("/", b"x" * 1001)
    with pytest.raises(PermanentError, match="more than 1000 bytes"):
        await fetching.fetch(f"http://127.0.0.1:{shop.port}/", read_sources("127.0.0.1"))


async def test_a_page_that_is_not_there_is_final_and_a_broken_server_may_pass(shop: Shop) -> None:
    shop.answer("/gone", b"", "404 Not Found")
    shop.answer("/down", b"", "503 Service Unavailable")
    with pytest.raises(PermanentError, match="404"):
        await fetching.fetch(f"http://127.0.0.1:{shop.port}/gone", read_sources("127.0.0.1"))
    with pytest.raises(TransientError, match="503"):
        await fetching.fetch(f"http://127.0.0.1:{shop.port}/down", read_sources("127.0.0.1"))
    with pytest.raises(TransientError):
        await fetching.fetch("http://127.0.0.1:1/", read_sources("127.0.0.1"))
