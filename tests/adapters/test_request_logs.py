"""The log of a server: a line for each request, and a secret in none."""

from __future__ import annotations

import json
import logging
from collections.abc import Generator

import pytest
from houses import open_house
from rest_calls import HOST, key, rest_client

from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.adapters.logs import redacted, write_log
from hoursmith_mcp.errors import InvalidInput

pytestmark = [pytest.mark.anyio, pytest.mark.ci]


@pytest.fixture
def logging_as_before() -> Generator[None]:
    """Put logging back as it was."""
    root, access = logging.getLogger(), logging.getLogger("hoursmith_mcp.access")
    before = (root.handlers[:], root.level, access.level)
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    access.setLevel(before[2])


@pytest.mark.usefixtures("logging_as_before")
async def test_every_request_leaves_one_line_without_a_secret(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_house(sqlite_url) as (runtime, _):
        token = (await issue_token(runtime, name="a")).token
        write_log("json")
        async with rest_client(runtime, token) as client:
            answer = await client.get(
                "find", params={"query": "secret words"}, headers={"X-Request-Id": "theirs-1"}
            )
            await client.get("x%0AERROR%20forged", headers={"X-Request-Id": "a\tb"})
        logging.getLogger("hoursmith_mcp").error("it was %s", token)
    written = capsys.readouterr().err
    assert token not in written
    assert "secret words" not in written
    first, second, third = [json.loads(line) for line in written.splitlines()]
    assert first["request_id"] == answer.headers["request-id"]
    assert first["client_request_id"] == "theirs-1"
    assert (first["method"], first["path"], first["status"]) == ("GET", "/api/v1/find", 200)
    assert first["token_id"].startswith("tok_")
    assert "client_request_id" not in second
    assert second["path"] == "other"
    assert third["message"] == f"it was {token.rpartition('_')[0]}_…"


@pytest.mark.usefixtures("logging_as_before")
async def test_a_path_is_written_with_ids_and_without_names(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_house(sqlite_url) as (runtime, _):
        token = (await issue_token(runtime, name="a")).token
        async with rest_client(runtime, token) as client:
            made = await client.post("clients", json={"name": "Acme Corp"}, headers=key("k"))
            client_id = made.json()["data"]["id"]
            write_log("json")
            await client.get("clients/Acme%20Corp")
            await client.get(f"clients/{client_id}")
            await client.get("clients/Acme%20Corp/contacts", headers={"Authorization": "Bearer x"})
            await client.get("clients/running")
            await client.get("time-entries/running")
            await client.get("Acme%FF")
            await client.request("ACME", "me")
            await client.get(f"http://{HOST}/healthz")
            await client.get(f"http://{HOST}/clients/Acme")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    written = [(line["method"], line["path"]) for line in lines if "path" in line]
    assert written == [
        ("GET", "/api/v1/clients/{client}"),
        ("GET", f"/api/v1/clients/{client_id}"),
        ("GET", "/api/v1/clients/{client}/contacts"),
        ("GET", "/api/v1/clients/{client}"),
        ("GET", "/api/v1/time-entries/running"),
        ("GET", "other"),
        ("other", "/api/v1/me"),
        ("GET", "/healthz"),
        ("GET", "other"),
    ]
    assert "Acme" not in json.dumps(lines)


def test_other_secrets_are_not_written_either() -> None:
    assert redacted("Authorization: Bearer abc.def") == "Authorization: Bearer …"
    assert redacted("postgresql://me:word@host/x") == "postgresql://me:…@host/x"
    with pytest.raises(InvalidInput, match="HOURSMITH_LOG"):
        write_log("xml")
