"""Who waits for their turn on PostgreSQL acts as who they are when it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from houses import InProcess, Refused, open_house
from rows import add_member, everything
from sqlalchemy import text

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.authentication import authenticate
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.session import Session

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

_BLOCKED = text(
    "SELECT count(*) FROM pg_locks AS waiting WHERE NOT granted "
    "AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
)
PATIENCE_SECONDS = 30


async def meanwhile(
    runtime: Runtime, first: Caller, change: str, call: Callable[[], Coroutine[Any, Any, Any]]
) -> Any:
    """Make a call that begins before a change is stored, and gets its turn after it."""
    calls: list[asyncio.Task[Any]] = []

    async def unit(session: Session) -> None:
        await authenticate(session, first, writing=True)
        calls.append(asyncio.create_task(call()))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (await session.unscoped(_BLOCKED))[0][0]:
                assert not calls[0].done(), "it was to wait for its turn"
                await asyncio.sleep(0.005)
        await session.unscoped(text(change))

    await (await runtime.database()).write(unit)
    return await calls[0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE token SET revoked_at = 1 WHERE name = 'Ben'", "unauthenticated"),
        ("UPDATE token SET scopes = 'time:read' WHERE name = 'Ben'", "forbidden_scope"),
        ("UPDATE member SET role = 'MEMBER' WHERE name = 'Ben'", "forbidden_scope"),
        ("UPDATE member SET deleted_at = 1 WHERE name = 'Ben'", "unauthenticated"),
    ],
)
async def test_what_was_taken_from_somebody_while_they_waited_is_taken(
    founded_postgresql_url: str, change: str, code: str
) -> None:
    async with open_house(founded_postgresql_url) as (runtime, owner):
        ben = InProcess(runtime, await add_member(runtime, "Ben", role="MANAGER"))
        with pytest.raises(Refused) as refused:
            await meanwhile(runtime, owner, change, lambda: ben.call("create_client", name="Acme"))
        assert refused.value.code == code
        assert (await everything(runtime))["client"] == []
        everybody = InProcess(runtime, owner)
        await everybody.call("create_client", name="Acme")


async def test_of_two_owners_who_remove_each_other_one_stays(founded_postgresql_url: str) -> None:
    async with open_house(founded_postgresql_url) as (runtime, owner):
        first = InProcess(runtime, owner)
        (mine,) = (await first.call("list_members"))["members"]
        second = InProcess(runtime, await add_member(runtime, "Ben", role="OWNER"))
        asked = await second.call("remove_member", member=mine["id"])
        with pytest.raises(Refused) as refused:
            await meanwhile(
                runtime,
                owner,
                "UPDATE member SET deleted_at = 1 WHERE name = 'Ben'",
                lambda: second.call("remove_member", member=mine["id"], confirm=asked["confirm"]),
            )
        assert refused.value.code == "unauthenticated"
        assert [one["id"] for one in (await first.call("list_members"))["members"]] == [mine["id"]]
