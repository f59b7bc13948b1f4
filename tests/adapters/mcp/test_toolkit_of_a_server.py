"""The Toolkit on a server: the same interface as on a database."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from answers_by_hand import HTML, always, answering
from served import served

from hoursmith_mcp.errors import HoursmithError, Unauthenticated, Unavailable
from hoursmith_mcp.toolkit import Toolkit

pytestmark = pytest.mark.anyio


def test_the_toolkit_has_the_same_interface_to_a_server(sqlite_url: str) -> None:
    async def talk(url: str) -> None:
        async with Toolkit.open(url) as kit, Toolkit.open(sqlite_url) as here:
            await kit.call("create_client", name="Acme", key="acme")
            assert await kit.call("create_client", name="Acme", key="acme")
            with pytest.raises(HoursmithError) as there_refused:
                await kit.call("create_project", client="Nobody", name="Site")
            with pytest.raises(type(there_refused.value)) as here_refused:
                await here.call("create_project", client="Nobody", name="Site")
            assert there_refused.value.document() == here_refused.value.document()
            with pytest.raises(HoursmithError, match="Did you mean log_time"):
                await kit.call("log_tme")
            for format in ("mcp", "openai", "anthropic"):
                assert kit.schemas(format) == here.schemas(format)

    with served(sqlite_url, toolsets="all") as url:
        asyncio.run(talk(url))


async def test_the_toolkit_raises_what_went_wrong_as_an_error_of_ours() -> None:
    async with answering(always("")) as port:
        pass
    with pytest.raises(Unavailable, match="cannot be reached"):
        async with Toolkit.open(f"http://127.0.0.1:{port}"):
            pass
    async with answering(always(HTML.format(401))) as port:
        with pytest.raises(Unauthenticated, match="refuses the token"):
            async with Toolkit.open(f"http://127.0.0.1:{port}"):
                pass


@pytest.mark.parametrize("format", ["openai", "anthropic"])
async def test_an_act_that_asks_first_can_be_confirmed_by_every_vendors_agent(
    format: Any, sqlite_url: str
) -> None:
    async with Toolkit.open(sqlite_url) as kit:
        schemas = {
            one.get("name") or one["function"]["name"]: one.get("input_schema")
            or one["function"]["parameters"]
            for one in kit.schemas(format)
        }
    assert "confirm" in schemas["send_invoice"]["properties"]
    assert "confirm" not in schemas["log_time"]["properties"]
