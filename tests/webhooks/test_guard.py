"""The guard: one look-up, every answer checked, and nothing connected to but what was checked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from certificates import certified
from hypothesis import given
from hypothesis import strategies as st
from receivers import THIS_MACHINE, receiving, saying

from hoursmith_mcp.core.network_addresses import AddressRule
from hoursmith_mcp.core.webhook_urls import WebhookUrl
from hoursmith_mcp.webhooks.guard import Guard, NoAddress, SystemResolver
from hoursmith_mcp.webhooks.sender import Fault, Outcome, Patience, Sender

pytestmark = pytest.mark.anyio

OK = saying("204 No Content")
INTERNAL = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:10.0.0.1"]


class Names:
    """What looks names up, and tells what it was asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        """Take what is answered the first time, the second, and ever after."""
        self.asked: list[str] = []
        self._answers = list(answers)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Look a name up."""
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


async def sent(url: WebhookUrl, rule: AddressRule, names: Names, **rest: ssl.SSLContext) -> Outcome:
    sender = Sender(rule, resolve=names, patience=Patience(0.5, 0.5, 0.5, 0.5), **rest)
    try:
        return await sender.send(url, {}, b"{}")
    finally:
        await sender.close()


async def test_the_address_that_was_checked_is_the_one_that_is_connected_to() -> None:
    """A name that answers otherwise the second time is not asked a second time."""
    async with receiving(OK) as receiver:
        names = Names(["127.0.0.1"], ["169.254.169.254"])
        outcome = await sent(receiver.url(host="hooks.example"), THIS_MACHINE, names)
    assert outcome.status == 204
    assert names.asked == ["hooks.example"]
    assert receiver.requests[0].headers["host"] == f"hooks.example:{receiver.port}"


@pytest.mark.parametrize("address", INTERNAL)
async def test_one_forbidden_answer_among_good_ones_is_enough(address: str) -> None:
    names = Names(["93.184.215.14", address, "2606:4700::1111"])
    outcome = await sent(WebhookUrl("https", "rebinding.example", 443, "/"), AddressRule(), names)
    assert outcome.fault is Fault.NO_ADDRESS


async def test_unknown_names_and_forbidden_addresses_are_told_alike() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such host")

    url = WebhookUrl("https", "database.internal", 443, "/")
    nowhere = Names([])
    outcomes = [await sent(url, AddressRule(), Names([address])) for address in INTERNAL]
    outcomes += [await sent(url, AddressRule(), names) for names in (nowhere, Names(["nonsense"]))]
    sender = Sender(AddressRule(), resolve=unknown)
    outcomes.append(await sender.send(url, {}, b"{}"))
    await sender.close()
    assert {replace(one, milliseconds=0) for one in outcomes} == {
        Outcome(milliseconds=0, fault=Fault.NO_ADDRESS)
    }


async def test_nothing_listens_in_vain_behind_a_forbidden_address() -> None:
    async with receiving(OK) as receiver:
        url = WebhookUrl("http", "127.0.0.1", receiver.port, "/")
        outcome = await sent(url, AddressRule(), Names(["127.0.0.1"]))
        spelled = await sent(replace(url, host="0x7f.1"), AddressRule(), Names(["127.0.0.1"]))
    assert outcome.fault is spelled.fault is Fault.NO_ADDRESS
    assert receiver.connections == 0


@pytest.mark.parametrize(("scheme", "port"), [("http", 80), ("http", 443), ("https", 8443)])
async def test_strangers_are_met_by_tls_at_its_own_port_alone(scheme: str, port: int) -> None:
    outcome = await sent(
        WebhookUrl(scheme, "example.com", port, "/"), THIS_MACHINE, Names(["93.184.215.14"])
    )
    assert outcome.fault is Fault.NO_ADDRESS


async def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    async with receiving(OK) as receiver:
        names = Names(["127.0.0.2", "127.0.0.1"])
        outcome = await sent(receiver.url(host="two.example"), THIS_MACHINE, names)
    assert outcome.status == 204


async def test_the_environment_cannot_put_a_proxy_between(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving(OK) as receiver, receiving(OK) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        outcome = await sent(receiver.url(host="a.example"), THIS_MACHINE, Names(["127.0.0.1"]))
    assert outcome.status == 204
    assert proxy.connections == 0


async def test_a_redirect_is_an_answer_and_leads_nowhere() -> None:
    async with receiving(OK) as inside:
        answer = saying("307 Temporary Redirect", f"Location: http://127.0.0.1:{inside.port}/")
        async with receiving(answer) as receiver:
            outcome = await sent(receiver.url(), THIS_MACHINE, Names(["127.0.0.1"]))
    assert (outcome.status, outcome.fault) == (307, None)
    assert inside.connections == 0


async def test_tls_proves_the_name_of_the_url_and_not_the_address(tmp_path: Path) -> None:
    certificate = certified(tmp_path, "hooks.example")
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    names = Names(["127.0.0.1"])
    async with receiving(OK, tls=serving) as receiver:
        url = receiver.url(scheme="https", host="hooks.example")
        right = await sent(url, THIS_MACHINE, names, tls=trusting)
        wrong = await sent(replace(url, host="other.example"), THIS_MACHINE, names, tls=trusting)
        stranger = await sent(url, THIS_MACHINE, names)
    assert right.status == 204
    assert wrong.fault is stranger.fault is Fault.NO_TLS


async def test_sockets_of_this_machine_are_no_addresses() -> None:
    guard = Guard(THIS_MACHINE, Names(["127.0.0.1"]), tls=False)
    with pytest.raises(NoAddress):
        await guard.connect_unix_socket("/var/run/docker.sock")


async def test_this_machine_looks_names_up_in_threads_of_its_own() -> None:
    resolver = SystemResolver()
    assert "127.0.0.1" in await resolver("localhost", 80)
    resolver.close()


@pytest.mark.ci
@given(st.lists(st.ip_addresses().map(str) | st.text(max_size=20), max_size=6))
def test_whatever_a_name_server_says_only_permitted_addresses_are_left(texts: list[str]) -> None:
    rule = AddressRule()
    guard = Guard(rule, Names(texts), tls=True)
    try:
        found = asyncio.run(guard.permitted("some.example", 443))
    except NoAddress:
        return
    assert found
    assert all(rule.permits(address) for address in found)
