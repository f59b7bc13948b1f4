"""Scopes: what may not be called is not listed, and what is not listed is refused by its name."""

from __future__ import annotations

import random
from typing import Any

import pytest
from houses import Refused, open_door, open_house
from mcp import Client
from mcp.shared.exceptions import MCPError
from scenes import House
from sqlalchemy import Engine, event

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.grants import PRESETS
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.access.roles import Role, Scope, scopes_within
from hoursmith_mcp.adapters.mcp.server import build_server
from hoursmith_mcp.catalogue import load
from hoursmith_mcp.errors import Forbidden, InvalidInput
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schemas.exports import EXPORTS, TEMPLATE

pytestmark = pytest.mark.anyio


async def caller_with(runtime: Runtime, scopes: set[Scope]) -> Caller:
    """Make a token with exactly these scopes."""
    issued = await issue_token(runtime, name="some", scopes=sorted(scopes))
    return Caller(door="test", token=issued.token)


async def check_exactly(runtime: Runtime, scopes: set[Scope]) -> None:
    """Check that exactly what the scopes permit is listed, and is called; the rest names them."""
    caller = await caller_with(runtime, scopes)
    shown = await everything_shown(runtime, caller)
    expected: set[str] = set()
    for name, one in runtime.catalogue.operations.items():
        permitted = one.scope is None or one.scope in scopes
        if one.name == "undo":
            permitted = any(scope.writes for scope in scopes)
        if one.for_invited:
            assert name not in shown
            continue
        if permitted and one.mcp:
            expected.add(name)
        if permitted and one.page is not None and one.resource is not None:
            pictured = one.page.picture is not None
            expected |= {one.resource, *([f"{one.resource}.svg"] if pictured else [])}
        if permitted and name in {exported.operation for exported in EXPORTS.values()}:
            expected.add(TEMPLATE)
        # Permission is asked for before anything else is looked at.
        with pytest.raises(InvalidInput if permitted else Forbidden) as refused:
            await runtime.invoke(one, caller, {"no such argument": 1})
        missing = one.scope or "a scope that writes"
        assert permitted or missing in refused.value.message, name
    for name, prompt in runtime.catalogue.prompts.items():
        if prompt.scope is None or prompt.scope in scopes:
            expected.add(f"prompt {name}")
    assert {one for one in shown if "hoursmith://guides/" not in one} == {
        one for one in expected if "hoursmith://guides/" not in one
    }


async def everything_shown(runtime: Runtime, caller: Caller) -> set[str]:
    """Return what a client is shown: tools, resources, templates and prompts."""
    async with Client(build_server(runtime, lambda _: caller)) as client:
        return {
            *(one.name for one in (await client.list_tools()).tools),
            *(str(one.uri) for one in (await client.list_resources()).resources),
            *(
                one.uri_template
                for one in (await client.list_resource_templates()).resource_templates
            ),
            *(f"prompt {one.name}" for one in (await client.list_prompts()).prompts),
        }


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.ci) for n in range(2, 9))])
async def test_of_any_scopes_exactly_what_they_permit_is_listed_and_called(
    house: House, seed: int
) -> None:
    chance = random.Random(seed)
    runtime, _ = house
    await check_exactly(runtime, set(chance.sample(sorted(Scope), chance.randint(1, len(Scope)))))


@pytest.mark.ci
@pytest.mark.parametrize("preset", sorted(PRESETS))
async def test_a_preset_lists_what_it_permits(house: House, preset: str) -> None:
    await check_exactly(house[0], set(PRESETS[preset]))


async def test_who_may_only_read_is_shown_nothing_that_writes(sqlite_url: str) -> None:
    async with open_house(sqlite_url) as (runtime, _):
        caller = await caller_with(runtime, set(PRESETS["read-only"]))
        shown = await everything_shown(runtime, caller)
        operations = runtime.catalogue.operations
        assert all(operations[name].read_only for name in shown & operations.keys())
        assert "prompt log_my_day" not in shown
        async with Client(build_server(runtime, lambda _: caller)) as client:
            with pytest.raises(MCPError, match="needs a token with the scope time:write"):
                await client.get_prompt("log_my_day", {"notes": "x"})
            with pytest.raises(
                MCPError,
                match="there are cash_chase, chase_overdue, explain_invoice, month_end_review",
            ):
                await client.get_prompt("nothing")


async def test_a_house_that_only_reads_has_no_prompts_for_changing(sqlite_url: str) -> None:
    async with open_house(sqlite_url, read_only=True) as (runtime, owner):
        shown = await everything_shown(runtime, owner)
        assert "prompt weekly_review" in shown
        assert not {"prompt log_my_day", "prompt month_end_invoicing"} & shown
        async with Client(build_server(runtime, lambda _: owner)) as client:
            with pytest.raises(MCPError, match="only reads"):
                await client.get_prompt("log_my_day", {"notes": "x"})


@pytest.mark.parametrize("door_name", ["mcp-2025", "mcp-2026", "in-process"])
async def test_less_is_permitted_from_the_next_call_of_an_open_connection_on(
    sqlite_url: str, door_name: str
) -> None:
    async with open_house(sqlite_url) as (runtime, owner):
        caller = await caller_with(runtime, {Scope.TIME_READ})
        async with open_door(door_name, runtime, caller) as door:
            await door.call("list_time_entries")
            revoke = runtime.catalogue.operations["revoke_token"]
            await runtime.invoke(revoke, owner, {"token": "some"})
            with pytest.raises(Refused, match="was revoked"):
                await door.call("list_time_entries")


async def test_who_calls_and_what_they_may_is_one_statement_of_the_call_itself(
    house: House,
) -> None:
    runtime, _ = house
    caller = await caller_with(runtime, set(Scope))
    await runtime.identify(caller)
    await runtime.token_uses.settled()
    seen: list[tuple[int, str]] = []

    def look(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append((id(connection.connection.driver_connection), " ".join(statement.split())))

    event.listen(Engine, "before_cursor_execute", look)
    try:
        for name, given in (
            ("list_guides", {}),
            ("create_client", {"name": "A", "currency": "EUR"}),
        ):
            seen.clear()
            await runtime.invoke(runtime.catalogue.operations[name], caller, given)
            own = [
                one for one in seen if one[1].startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))
            ]
            who = [one for one in own if "secret_hash" in one[1] or "member.role" in one[1]]
            assert len(who) == 1, name
            assert own[0] == who[0], "it comes first"
            assert {one[0] for one in own} == {who[0][0]}, "on one connection"
            if name == "list_guides":
                assert len(own) == 1
    finally:
        event.remove(Engine, "before_cursor_execute", look)


def test_a_scope_is_told_to_the_roles_that_it_is_good_for() -> None:
    least: dict[Scope, Role] = {}
    for one in load().operations.values():
        if one.scope is not None:
            least[one.scope] = min(one.least, least.get(one.scope, one.least))
    # complete_name takes the one that a name is of, from everybody.
    least[Scope.CLIENTS_READ] = Role.MEMBER
    for role in Role:
        expected = sorted(scope for scope in least if role >= least[scope])
        assert scopes_within(role, least) == expected
