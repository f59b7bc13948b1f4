"""Rubbish in headers, and cursors of other lists: refused or left aside, and never repeated."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest
from houses import open_house
from rest_calls import key, refused, rest_client
from rows import add_member

from hoursmith_mcp.access.issuing import issue_token

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

RUBBISH = (
    *(b"Zq7", b"Zq7\xff\xfe", b"Zq7\x00", b"\xf0\x9f\x92\xa3Zq7", b"Zq7" * 5_000),
    *(b"Zq7\r\nSet-Cookie: a=b", b"' OR 1=1 -- Zq7", b"{{Zq7}}", b"", b","),
)
HEADERS = (
    *("Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Content-Encoding"),
    *("Content-Length", "Content-Type", "Cookie", "Expect", "Forwarded", "Host"),
    *("Idempotency-Key", "If-Match", "If-Modified-Since", "If-None-Match", "Origin", "Range"),
    *("Referer", "Request-Id", "Transfer-Encoding", "User-Agent", "X-Forwarded-For"),
    *("X-HTTP-Method-Override", "X-Request-Id", "X-Run-Id"),
)
METHODS = (("GET", "clients/Acme"), ("POST", "clients"), ("PATCH", "clients/Acme"))
FIT_FOR_ANSWERS = {200, 201, 304, 400, 401, 403, 409, 412, 415, 421, 422, 429}


@pytest.fixture
async def api(sqlite_url: str) -> AsyncGenerator[httpx2.AsyncClient]:
    """Yield the API of a house with one client in it, for its owner."""
    async with open_house(sqlite_url) as (runtime, _):
        token = (await issue_token(runtime, name="a")).token
        async with rest_client(runtime, token) as client:
            await client.post("clients", json={"name": "Acme"}, headers=key("first"))
            yield client


@pytest.mark.parametrize("rubbish", RUBBISH, ids=range(len(RUBBISH)))
async def test_rubbish_in_a_header_is_no_fault_of_ours(
    api: httpx2.AsyncClient, rubbish: bytes
) -> None:
    for header in HEADERS:
        given: Any = {name.lower().encode(): value.encode() for name, value in api.headers.items()}
        given |= {b"host": b"127.0.0.1:8484", b"idempotency-key": header.encode()}
        given[header.lower().encode()] = rubbish
        for method, path in (
            ("GET", "clients/Acme"),
            ("POST", "clients"),
            ("PATCH", "clients/Acme"),
        ):
            sent: dict[str, Any] = {"headers": list(given.items())}
            if method != "GET":
                sent["content"] = b'{"name": "Acme"}'
                sent["headers"] += [(b"content-type", b"application/json")] * (
                    b"content-type" not in given
                )
            answer = await api.request(method, path, **sent)
            assert answer.status_code in FIT_FOR_ANSWERS, (header, answer.text)
            if answer.status_code >= 400:
                refused(answer, answer.status_code, answer.json()["error"]["code"])
            told = answer.text + str(answer.headers)
            assert "Zq7" not in told, (method, header)


async def test_a_cursor_is_good_for_its_own_list_order_filter_and_member(
    sqlite_url: str,
) -> None:
    async with open_house(sqlite_url) as (runtime, _):
        tokens = [(await issue_token(runtime, name=name)).token for name in ("a", "b")]
        other = (await add_member(runtime, "Max", role="ADMIN")).token
        async with rest_client(runtime, tokens[0]) as client:
            for name in ("Acme", "Bolt", "Cord"):
                await client.post("clients", json={"name": name}, headers=key(name))
                project = {"name": name, "clientId": name}
                await client.post("projects", json=project, headers=key(f"p {name}"))
            page = (await client.get("clients?limit=1&sort=name")).json()
            cursor = page["pagination"]["nextCursor"]
            assert cursor is not None

            async def status(path: str, token: str = tokens[0]) -> int:
                headers = {"Authorization": f"Bearer {token}"}
                answer = await client.get(f"{path}&cursor={cursor}", headers=headers)
                if answer.status_code != 200:
                    refused(answer, 422, "validation_error")
                    assert cursor not in answer.text
                return answer.status_code

            assert await status("clients?limit=1&sort=name") == 200
            # Whose token it is does not matter, who they are does.
            assert await status("clients?limit=1&sort=name", tokens[1]) == 200
            assert await status("clients?limit=1&sort=name", other) == 422
            assert await status("clients?limit=1&sort=-name") == 422
            assert await status("clients?limit=1") == 422
            assert await status("clients?limit=1&sort=name&search=o") == 422
            assert await status("projects?limit=1&sort=name") == 422
            for spoiled in (cursor[:-1], cursor + "A", cursor.swapcase(), cursor[::-1]):
                answer = await client.get("clients?limit=1&sort=name", params={"cursor": spoiled})
                assert answer.status_code in (200, 422)
                assert answer.status_code == 422 or answer.json()["data"] is not None
