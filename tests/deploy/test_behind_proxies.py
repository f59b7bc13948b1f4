"""A whole conversation through the proxies that the guide names, set up as the examples say."""

from __future__ import annotations

import json
import ssl
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from proxies import DEPLOY, program, proxy
from relays import Mode
from serve_process import first_token, free_port, serve
from watching import PROJECT, Watcher, set_the_scene

from hoursmith_mcp.adapters.limits import OF_NOBODY
from hoursmith_mcp.adapters.requests import MOST_BODY_BYTES
from hoursmith_mcp.adapters.rest.bodies import MOST_DISCARDED_BYTES

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.ci,
    pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning"),
]


@dataclass
class Published:
    """A house behind a proxy."""

    url: str
    token: str
    trusted: ssl.SSLContext
    log: list[str]

    def client(self, *, token: str | None = None, come_from: str = "") -> httpx2.AsyncClient:
        """Return a client that trusts the proxy's certificate; it may come from an own address."""
        transport = httpx2.AsyncHTTPTransport(
            verify=self.trusted, local_address=come_from or None, http2=False
        )
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        return httpx2.AsyncClient(
            transport=transport, base_url=f"{self.url}/api/v1/", headers=headers, timeout=30
        )


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def published(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Published]:
    """Serve a house behind a proxy; all that is tried of it is tried on one, to start few."""
    folder = tmp_path_factory.mktemp("house")
    if program(request.param) is None:
        pytest.skip(f"{request.param} is not installed: apt-get install {request.param}")
    database_url = f"sqlite+aiosqlite:///{(folder / 'house.db').as_posix()}"
    token, behind = first_token(database_url), free_port()
    with proxy(request.param, folder / "proxy", behind) as (url, certificate):
        settings = {"HOURSMITH_PUBLIC_URL": url, "HOURSMITH_LOG": "json"}
        with serve(database_url, behind, **settings) as log:
            trusted = ssl.create_default_context(cafile=str(certificate))
            yield Published(url, token, trusted, log)


async def test_a_script_works_through_a_proxy_as_without_one(published: Published) -> None:
    async with published.client() as client:
        assert (await client.get("me")).json()["data"]["role"] == "OWNER"
        made = await _post(client, "clients", "acme", name="Smith/Sons", currency="EUR")
        assert made.headers["location"].startswith("/api/v1/clients/cl_")
        again = await _post(client, "clients", "acme", name="Smith/Sons", currency="EUR")
        assert again.headers["idempotent-replayed"] == "true"
        read = await client.get("clients/Smith%2FSons")
        assert read.json()["data"] == made.json()["data"]
        same = await client.get(
            "clients/Smith%2FSons", headers={"If-None-Match": read.headers["etag"]}
        )
        assert same.status_code == 304
        assert {"request-id", "x-ratelimit-remaining"} <= read.headers.keys()
        assert read.headers["cache-control"] == "no-store"
        document = (await client.get(f"{published.url}/api/openapi.json")).json()
        assert document["servers"][0]["url"].startswith(published.url)
        for path, status in (("/readyz", "ready"), ("/healthz", "alive")):
            assert (await client.get(published.url + path)).json() == {"status": status}
    lines = [json.loads(line) for line in published.log[1:]]
    assert {"GET", "POST"} <= {line["method"] for line in lines}
    assert published.token not in "".join(published.log)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_notifications_come_through_a_proxy_as_they_are_written(
    published: Published, mode: Mode
) -> None:
    watcher = Watcher()
    async with (
        published.client() as http,
        Client(
            streamable_http_client(f"{published.url}/mcp", http_client=http),
            mode=mode,
            message_handler=watcher.hear,
        ) as client,
        published.client() as script,
    ):
        await set_the_scene(client)
        async with watcher.watching(client, PROJECT):
            for number in range(3):
                worked = {"projectId": "acme redesign", "duration": "1h"}
                await _post(script, "time-entries", f"{mode} {number}", **worked)
                await watcher.until(PROJECT)


async def test_what_is_too_large_is_refused_in_our_words(published: Published) -> None:
    async with published.client() as client:
        for size in (MOST_BODY_BYTES + 1, 3 * MOST_BODY_BYTES, MOST_DISCARDED_BYTES):
            headers = {"Content-Type": "application/json", "Idempotency-Key": "large"}
            answer = await client.post("clients", headers=headers, content=b" " * size)
            assert answer.status_code == 413
            assert answer.json()["error"]["code"] == "bad_request"


async def test_nobody_gets_in_without_a_token_or_by_another_name(published: Published) -> None:
    async with published.client(token="none") as client:
        assert (await client.get("me")).status_code == 401
        del client.headers["authorization"]
        spoofed = {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1"}
        for headers in ({}, spoofed):
            assert (await client.get("me", headers=headers)).status_code == 401
    async with published.client() as client:
        other = await client.get("me", headers={"Host": "other.example"})
        assert "data" not in other.text
        foreign = await client.get("me", headers={"Origin": "https://other.example"})
        assert foreign.status_code == 403
        own = await client.get("me", headers={"Origin": published.url})
        assert own.status_code == 200


async def test_who_guesses_tokens_is_known_by_their_own_address(published: Published) -> None:
    async with published.client(token="hsk_live_x", come_from="127.0.0.3") as client:
        answers = [
            await client.get("me", headers={"X-Forwarded-For": f"192.0.2.{number}"})
            for number in range(OF_NOBODY.requests + 2)
        ]
        assert {answer.status_code for answer in answers[: OF_NOBODY.requests]} == {401}
        assert answers[-1].status_code == 429
    async with published.client(token="hsk_live_x", come_from="127.0.0.4") as client:
        assert (await client.get("me")).status_code == 401


def test_proxies_let_go_of_connections_before_the_server_does() -> None:
    theirs = {
        "nginx.conf": "keepalive_timeout 4s;",
        "Caddyfile": "keepalive 4s",
    }
    for name, setting in theirs.items():
        assert setting in (DEPLOY / name).read_text("utf-8")
    assert uvicorn.Config("").timeout_keep_alive > 4


async def _post(client: httpx2.AsyncClient, path: str, key: str, **body: Any) -> httpx2.Response:
    answer = await client.post(path, headers={"Idempotency-Key": key}, json=body)
    assert answer.status_code == 201, answer.text
    return answer


def test_a_proxy_elsewhere_is_believed_where_its_address_is_named(tmp_path: Path) -> None:
    database_url, port = f"sqlite+aiosqlite:///{tmp_path / 'house.db'}", free_port()
    first_token(database_url)
    with serve(database_url, port, FORWARDED_ALLOW_IPS="127.0.0.3"):
        for address, last in (("127.0.0.3", 401), ("127.0.0.4", 429)):
            transport = httpx2.HTTPTransport(local_address=address)
            with httpx2.Client(transport=transport, timeout=30) as client:
                url = f"http://127.0.0.1:{port}/api/v1/me"
                answers = [
                    client.get(url, headers=_guess(number))
                    for number in range(OF_NOBODY.requests + 2)
                ]
            assert answers[-1].status_code == last


def _guess(number: int) -> dict[str, str]:
    return {"Authorization": "Bearer hsk_live_x", "X-Forwarded-For": f"192.0.2.{number}"}
