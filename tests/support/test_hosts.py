"""Hosts as settings list them."""

import pytest

from headway.support.hosts import read_inside_hosts, read_proxies, read_sources


def test_hosts_inside_are_read_in_lower_case_and_without_brackets() -> None:
    assert read_inside_hosts("Hooks.LAN:80, [::1]:8080,") == {"hooks.lan:80", "::1:8080"}


@pytest.mark.parametrize("text", ["https://hooks.lan", "hooks.lan/path", "a..b:x", "-a"])
def test_what_is_no_host_inside_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no host"):
        read_inside_hosts(f"hooks.lan, {text}")


def test_proxies_are_addresses_networks_or_everybody() -> None:
    assert read_proxies("10.0.0.7, fd00::/8") == ("10.0.0.7", "fd00::/8")
    assert read_proxies("*") == ("*",)
    with pytest.raises(ValueError, match=r"'\*' is no address"):
        read_proxies("*, 10.0.0.7")


@pytest.mark.parametrize(
    "text",
    [
        "https://shop.example/reviews",
        "ftp://shop.example",
        "user@shop.example",
        "shop.example?q",
        "shop.example:99999",
        "*.*.example",
        "shöp.example",
    ],
)
def test_what_is_no_source_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no host"):
        read_sources(text)
