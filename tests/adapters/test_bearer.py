"""What the gate before HTTP says when it is not the caller's fault that nobody is let in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from starlette.responses import PlainTextResponse

from hoursmith_mcp.adapters.bearer import BearerGate
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings

pytestmark = pytest.mark.anyio


async def knock(runtime: Runtime, *authorization: str) -> tuple[int, Any]:
    """Knock from this machine; return the status, and the error if there is one."""
    headers = [("Authorization", one) for one in authorization]
    gate = BearerGate(PlainTextResponse("in"), runtime)
    transport = httpx2.ASGITransport(app=gate, client=("127.0.0.1", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/mcp", headers=headers)
    return answer.status_code, answer.json()["error"] if answer.status_code != 200 else None


async def test_a_database_that_cannot_be_opened_is_a_503(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    runtime = Runtime(Settings(database_url=f"sqlite:///{tmp_path}/taken/hours.db"))
    status, error = await knock(runtime)
    assert (status, error["code"]) == (503, "unavailable")


async def test_of_two_tokens_none_counts(sqlite_url: str) -> None:
    runtime = Runtime(Settings(database_url=sqlite_url))
    status, error = await knock(runtime, "Bearer hsk_live_a", "Bearer hsk_live_b")
    await runtime.close()
    assert status == 401
    assert error["message"].startswith("Send one Authorization header")


async def test_a_fault_is_a_500_whose_id_is_in_the_log(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    def broken_clock() -> int:
        raise ZeroDivisionError("what nobody is to read")

    runtime = Runtime(Settings(database_url=sqlite_url), clock=broken_clock)
    status, error = await knock(runtime)
    await runtime.close()
    assert (status, error["code"]) == (500, "internal")
    assert "nobody" not in error["message"]
    found = re.search(r"is (\w{12})\.$", error["message"])
    assert found is not None
    assert found[1] in caplog.text


async def test_a_program_older_than_the_schema_is_told_to_restart(sqlite_url: str) -> None:
    runtime = Runtime(Settings(database_url=sqlite_url))
    assert await knock(runtime) == (200, None)
    newer = text("UPDATE alembic_version SET version_num = '9999'")
    await (await runtime.database()).write(lambda session: session.unscoped(newer))
    status, error = await knock(runtime)
    await runtime.close()
    assert status == 503
    assert "Restart this program" in error["message"]
