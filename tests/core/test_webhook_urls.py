"""A webhook's URL has one reading, and no spelling leads where an address may not."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoursmith_mcp.core.network_addresses import AddressRule, read_networks
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.webhook_urls import MOST_CHARACTERS, WebhookUrl, read_webhook_url

STRANGERS = AddressRule()
SELF_HOSTED = AddressRule(read_networks("127.0.0.0/8,::1/128"))

LOOPBACK_SPELLINGS = """
0 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 0x7f.0x0.0x0.0x1 0177.0.0.1 017700000001 0177.1
127.0.0.01 127.0.0.0x1 127.00.0.1 000127.0.0.1 127.0.0.1. 127.0.0.1.. 0x 1.0x
[::] [::1] [0::1] [::127.0.0.1]
[::ffff:127.0.0.1] [::ffff:7f00:1] [64:ff9b::7f00:1] [fe80::1%25lo] [fe80::1%lo] [::1%lo] [v1.127]
127\u30020\u30020\u30021 127\uff0e0\uff0e0\uff0e1 \uff11\uff12\uff17.0.0.1 \u2460\u2461\u2466.0.0.1
127%2e0%2e0%2e1
%3127.0.0.1 127.0.0.1%00.example.com
""".split()

MISLEADING = [
    "https://user@example.com/",
    "https://user:secret@example.com/",
    "https://@example.com/",
    "https://example.com@127.0.0.1/",
    "https://example.com\\@127.0.0.1/",
    "https://127.0.0.1\\@example.com/",
    "https://example.com#@127.0.0.1/",
    "https://example.com/#part",
    "https://example.com:0/",
    "https://example.com:65536/",
    "https://example.com:-1/",
    "https://example.com:443:80/",
    "https://example.com:\uff14\uff14\uff13/",
    "https://example.com /",
    "https://example.com/a b",
    "https://example.com/\r\nX-Header: 1",
    "https://example.com/é",
    "https://exämple.com/",
    "https://example..com/",
    "https://.example.com/",
    "https://example.com./",
    "https://-example.com/",
    "https://exa_mple-.com/",
    "https:example.com",
    "https:///example.com",
    "https:\\\\example.com",
    "//example.com/",
    "example.com",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "javascript:alert(1)",
    "https://",
    "https://[]/",
    "https://[127.0.0.1]/",
    "https://[::1/",
    "https://::1/",
    "",
    "https://" + "a." * 130 + "com/",
    "https://" + "a" * 64 + ".com/",
    "https://example.com/" + "a" * MOST_CHARACTERS,
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.com", WebhookUrl("https", "example.com", 443, "/")),
        (
            " HTTPS://Hooks.Example.COM:443/In?A=b ",
            WebhookUrl("https", "hooks.example.com", 443, "/In?A=b"),
        ),
        ("https://example.com?x=1", WebhookUrl("https", "example.com", 443, "/?x=1")),
        ("https://8.8.8.8/in", WebhookUrl("https", "8.8.8.8", 443, "/in")),
        ("https://[2606:4700:0::1111]/", WebhookUrl("https", "2606:4700::1111", 443, "/")),
        (
            "https://xn--exmple-cua.com/%C3%A9",
            WebhookUrl("https", "xn--exmple-cua.com", 443, "/%C3%A9"),
        ),
    ],
)
def test_a_url_is_read_into_what_is_connected_to_and_asked(text: str, expected: WebhookUrl) -> None:
    found = read_webhook_url(text, STRANGERS)
    assert found == expected
    assert read_webhook_url(str(found), STRANGERS) == found


@pytest.mark.parametrize("host", LOOPBACK_SPELLINGS)
def test_no_spelling_of_an_address_gets_by(host: str) -> None:
    with pytest.raises(Refusal):
        read_webhook_url(f"https://{host}/", STRANGERS)


@pytest.mark.parametrize("text", MISLEADING, ids=range(len(MISLEADING)))
def test_what_two_readers_could_take_for_different_things_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match=r"ASCII|port"):
        read_webhook_url(text, SELF_HOSTED)


@pytest.mark.parametrize(
    "text", ["http://example.com/", "https://example.com:8443/", "https://example.com:80/"]
)
def test_without_tls_and_at_odd_ports_nothing_is_sent_to_strangers(text: str) -> None:
    with pytest.raises(Refusal, match="HOURSMITH_WEBHOOK_ALLOW"):
        read_webhook_url(text, STRANGERS)


def test_who_names_networks_of_theirs_may_have_either_there() -> None:
    for text in (
        "http://127.0.0.1:8000/in",
        "http://[::1]/",
        "https://127.0.0.1:8443/",
        "http://queue:80/",
    ):
        read_webhook_url(text, SELF_HOSTED)
    for text in ("http://8.8.8.8/", "https://8.8.8.8:8443/", "https://10.0.0.1/"):
        with pytest.raises(Refusal, match="HOURSMITH_WEBHOOK_ALLOW"):
            read_webhook_url(text, SELF_HOSTED)


@pytest.mark.ci
@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_a_refusal_never_tells_what_is_at_an_address(address: IPv4Address) -> None:
    refusals: set[str] = set()
    for text in (f"https://{address}/", "https://10.0.0.1/", f"http://{address}/"):
        try:
            read_webhook_url(text, STRANGERS)
        except Refusal as refusal:
            refusals.add(str(refusal))
    assert len(refusals) == 1


@pytest.mark.ci
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.com/{text}"):
        try:
            found = read_webhook_url(url, SELF_HOSTED)
        except Refusal:
            continue
        assert str(found).isascii()
        assert read_webhook_url(str(found), SELF_HOSTED) == found
