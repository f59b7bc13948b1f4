"""Paths that mean something else in a URL are still only paths."""

from __future__ import annotations

from pathlib import Path

import pytest
from houses import InProcess, open_house
from sqlalchemy import URL

from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", ["plain.db", "50 % off.db", "what?.db", "#1.db", "größe.db"])
async def test_a_file_of_any_name_is_opened_as_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    url = URL.create("sqlite+aiosqlite", database=path.as_posix()).render_as_string()
    async with open_house(url) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme")
        assert (await door.call("find", query="acme"))["results"]
        assert await diagnose(url) == []
    assert [one.name for one in tmp_path.iterdir()] == [name]
