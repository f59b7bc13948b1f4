"""Messages go to public addresses, and to networks that were named, however those are written."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoursmith_mcp.core.network_addresses import (
    Address,
    AddressRule,
    is_public,
    plain,
    read_address,
    read_networks,
)
from hoursmith_mcp.core.refusal import Refusal

PUBLIC = "8.8.8.8 1.1.1.1 93.184.215.14 2606:4700::1111 2a00:1450:4001:81b::200e ::ffff:8.8.8.8"

CLOSED = """
0.0.0.0 0.255.255.255 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1
127.255.255.254 168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255
192.0.0.1 192.0.0.192 192.0.0.255 192.0.2.1 192.88.99.3 192.168.0.1 198.18.0.1 198.19.255.255
198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1
64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2
2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a9fe:a9fe::1 3fff::1 4000::1 5f00::1
fc00::1 fd00:ec2::254 fdff::1 fe80::1 fe80::a9fe:a9fe fec0::1 ff02::1 ff0e::1
"""

v4 = st.integers(0, 2**32 - 1).map(IPv4Address)
v6 = st.integers(0, 2**128 - 1).map(IPv6Address)


@pytest.mark.parametrize("text", PUBLIC.split())
def test_public_addresses_are_sent_to(text: str) -> None:
    assert AddressRule().permits(ip_address(text))


@pytest.mark.parametrize("text", CLOSED.split())
def test_whatever_leads_elsewhere_is_not(text: str) -> None:
    assert not AddressRule().permits(ip_address(text))


@pytest.mark.ci
@given(st.one_of(v4, v6))
def test_nothing_is_public_that_python_knows_for_private(address: Address) -> None:
    found = plain(address)
    if is_public(address):
        assert found.is_global
        assert not found.is_multicast
        assert not found.is_private
        assert not found.is_loopback


@pytest.mark.ci
@given(v4)
def test_an_address_within_one_of_ipv6_is_judged_as_itself_or_is_closed(inner: IPv4Address) -> None:
    number = int(inner)
    mapped = IPv6Address((0xFFFF << 32) | number)
    carried = [
        IPv6Address(number),
        IPv6Address((0x64FF9B << 96) | number),
        IPv6Address((0x2002 << 112) | (number << 80)),
        IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF)),
    ]
    assert is_public(mapped) == is_public(inner)
    assert not any(is_public(one) for one in carried)


def test_a_network_that_is_named_is_sent_to_without_tls_and_at_any_port_too() -> None:
    rule = AddressRule(read_networks("127.0.0.0/8, 10.1.0.0/16 ,fd00::/8"))
    for text in ("127.0.0.1", "10.1.255.255", "fd00:ec2::254", "::ffff:127.0.0.1"):
        assert rule.permits(ip_address(text), public=False)
    for text in ("10.2.0.1", "192.168.0.1", "fe80::1", "::1"):
        assert not rule.permits(ip_address(text))
    assert rule.permits(ip_address("8.8.8.8"))
    assert not rule.permits(ip_address("8.8.8.8"), public=False)


def test_one_address_is_a_network_and_none_is_none() -> None:
    assert AddressRule(read_networks("127.0.0.1")).permits(ip_address("127.0.0.1"))
    assert not AddressRule(read_networks("127.0.0.1")).permits(ip_address("127.0.0.2"))
    assert read_networks(" , ") == ()


@pytest.mark.parametrize(
    "text", ["localhost", "127.0.0.1/8", "10.0.0.0/33", "0x7f.1", "*", "fe80::%1"]
)
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="CIDR"):
        read_networks(f"10.0.0.0/8,{text}")


def test_a_name_and_an_interface_are_no_addresses() -> None:
    assert read_address("example.com") is None
    assert read_address("fe80::1%eth0") is None
    assert read_address("2130706433") is None
