"""Where a webhook may go, and that it goes nowhere else: addresses, rebinding, redirects, time, size."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.notify.receiver import receiver

from headway.core.errors import InvalidInput, TransientError
from headway.notify.outbound import Outbound, Refused, is_public, read_target

pytestmark = pytest.mark.anyio
NOBODY: frozenset[str] = frozenset()

INSIDE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192",
    "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "203.0.113.7",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "fe80::1", "fe80::1%eth0",
    "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "2002:7f00:1::", "2001:0:7f00:1::", "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1", "::ffff:0:127.0.0.1", "not an address", "",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_on_the_public_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"]
)
def test_what_is_on_it_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    ["http://example.org/", "ftp://example.org/", "https://", "https:///x", "example.org", "https://user:pw@example.org/",
     "https://user@example.org/", "https://example.org/#x", "https://exa mple.org/", "https://example.org/\r\nX: y",
     "https://localhost/", "https://a.localhost/", "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
     "https://169.254.169.254/latest/meta-data", "https://10.1.2.3:8443/", "https://2130706433/", "https://0x7f000001/",
     "https://127.1/", "https://0177.0.0.1/", "https://127.0.0.1./", "https://example.org:99999/", "https://exämple.org/",
     "https://127.0x0.0.1/", "https://1.2.3.0x7f/", "https://" + "a" * 2000 + ".org/"],
)  # fmt: skip
def test_a_url_that_cannot_be_meant_well_is_refused_when_it_is_given(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_target(url, NOBODY)
    assert caught.value.errors[0].field == "url"


def test_an_admitted_host_may_be_anywhere_and_speak_http() -> None:
    inside = frozenset({"hooks.internal", "127.0.0.1:8080"})
    assert read_target("http://hooks.internal:99/x", inside).inside
    assert read_target("http://127.0.0.1:8080/", inside).inside
    with pytest.raises(InvalidInput):
        read_target("http://127.0.0.1:8081/", inside)
    assert not read_target("https://example.org/", inside).inside


class Names:
    """A resolver whose answers change, as those of an attacker's name server do."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers.pop(0)


@pytest.mark.parametrize(
    "addresses", [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:169.254.169.254"], ["fd00::1"]]
)
async def test_a_name_that_resolves_inside_is_not_asked(addresses: list[str]) -> None:
    out = Outbound(resolve=Names(addresses))
    with pytest.raises(Refused):
        await out.post(out.target("https://rebind.example/"), b"{}", {})


async def test_a_name_is_resolved_once_and_the_connection_goes_to_that_address() -> None:
    """The second answer would be the attacker's: it is never asked for."""
    async with receiver() as one:
        names = Names(["127.0.0.1"], ["10.0.0.1"])
        out = Outbound(frozenset({"rebind.example"}), resolve=names)
        status, _ = await out.post(out.target(one.url("rebind.example")), b"{}", {})
        assert (status, names.asked) == (204, 1)
        assert one.got[0].headers["host"] == f"rebind.example:{one.port}"


async def test_rebinding_between_check_and_connection_reaches_nobody() -> None:
    """Public at the check, loopback at a second look: the receiver on this machine hears nothing."""
    async with receiver() as one:
        names = Names(["8.8.8.8"], ["127.0.0.1"])
        out = Outbound(resolve=names, timeout_s=0.3)
        with pytest.raises(TransientError):
            await out.post(out.target(f"https://rebind.example:{one.port}/"), b"{}", {})
        assert (names.asked, one.connections) == (1, 0)


async def test_redirects_are_answers_and_not_followed() -> None:
    async with receiver() as target, receiver((302, {"location": target.url()})) as one:
        out = Outbound(frozenset({"127.0.0.1"}))
        status, said = await out.post(out.target(one.url()), b"{}", {})
        assert (status, said["location"]) == (302, target.url())
        assert target.connections == 0


async def test_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver() as proxy, receiver() as one:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.url(path=""))
        out = Outbound(frozenset({"127.0.0.1"}))
        assert (await out.post(out.target(one.url()), b"{}", {}))[0] == 204
        assert proxy.connections == 0


async def test_who_never_answers_is_given_up() -> None:
    async with receiver("silent") as one:
        out = Outbound(frozenset({"127.0.0.1"}), timeout_s=0.2)
        with pytest.raises(TransientError):
            await out.post(out.target(one.url()), b"{}", {})


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    async with receiver("endless") as one:
        out = Outbound(frozenset({"127.0.0.1"}))
        async with asyncio.timeout(60):
            status, _ = await out.post(out.target(one.url()), b"{}", {})
        assert status == 200
        assert one.sent_bytes < 16 << 20  # what the sockets' buffers take, and no more


async def test_a_name_that_cannot_be_one_may_pass_too() -> None:
    out = Outbound()
    with pytest.raises(TransientError):
        await out.post(out.target(f"https://{'a' * 64}.example/"), b"{}", {})


async def test_nobody_there_may_pass() -> None:
    async with receiver() as one:
        url = one.url()
    out = Outbound(frozenset({"127.0.0.1"}))
    with pytest.raises(TransientError):
        await out.post(out.target(url), b"{}", {})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """For `hooks.example`, signed by itself: (certificate, key)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hooks.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example")]), False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    return folder / "cert.pem", folder / "key.pem"


async def test_tls_checks_the_name_though_the_address_is_pinned(certificate: tuple[Path, Path]) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(*certificate)
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    async with receiver(tls=server) as one:
        inside = frozenset({"hooks.example", "other.example"})

        async def here(host: str, port: int) -> Sequence[str]:
            return ["127.0.0.1"]

        out = Outbound(inside, resolve=here, tls=trusting)
        assert (await out.post(out.target(one.url("hooks.example")), b"{}", {}))[0] == 204
        with pytest.raises(TransientError):
            await out.post(out.target(one.url("other.example")), b"{}", {})
        default = Outbound(inside, resolve=here)
        with pytest.raises(TransientError):  # a stranger's certificate
            await default.post(out.target(one.url("hooks.example")), b"{}", {})
        assert len(one.got) == 1
