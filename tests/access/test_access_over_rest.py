"""Every role × every address, and what refusals name: the table holds over REST, too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from api import LEAVES, open_api, request_of
from houses import Clock, InProcess, open_house
from matrix import CATALOGUE, INVITED, LEAST
from naming import hidden_names, near_misses, never_seen_names, spelt, told_of
from rows import add_member
from worlds import DEAR, build

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.adapters.rest import door
from hoursmith_mcp.runtime import Runtime

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

OVER_REST = {name: one for name, one in CATALOGUE.operations.items() if one.rest is not None}
UNKNOWN: dict[str, Any] = {"no_such_argument": 1}
NEVER_SEEN = never_seen_names(CATALOGUE)
UNLIMITED: dict[str, Any] = {name: "off" for name in ("rate_limits", "organization_rate_limits")}


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_may_ask_at_an_address_what_the_table_lets_it(
    role: Role, database_url: str, clock: Clock
) -> None:
    async with open_house(database_url, clock=clock, **UNLIMITED) as (runtime, _):
        caller = await add_member(runtime, "Ron", role=role.name)
        async with open_api(runtime, caller, clock) as api:
            for name, one in OVER_REST.items():
                request = request_of(one, UNKNOWN)
                may = name not in INVITED and role >= LEAST[name]
                assert await _status(api, request) == ("422" if may else "403"), name
                if request.method == "GET":
                    head = replace(request, method="HEAD")
                    assert await _status(api, head) == ("422" if may else "403"), name
                # Which methods there are is in the public document, whoever asks.
                options = await api.ask(replace(request, method="OPTIONS"))
                assert options.startswith("204")
                assert request.method in options.partition("allow: ")[2].partition("\n")[0]


async def test_who_is_invited_may_accept_over_rest_and_nothing_else(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock, **UNLIMITED) as (runtime, owner):
        house = InProcess(runtime, owner)
        whom = {"email": "ida@example.com", "name": "Ida", "role": "OWNER"}
        asked = await house.call("invite_member", **whom)
        invited = await house.call("invite_member", **whom, confirm=asked["confirm"])
        ida = Caller(door="test", token=invited["code"])
        async with open_api(runtime, ida, clock) as api:
            for name, one in OVER_REST.items():
                status = await _status(api, request_of(one, UNKNOWN))
                assert status == ("422" if name in INVITED else "403"), name


async def _told(runtime: Runtime, member: Caller, clock: Clock) -> list[str]:
    """Return the hidden names that stand in an answer to anything that nearly names them."""
    found: list[str] = []
    async with open_api(runtime, member, clock) as api:
        for one in OVER_REST.values():
            if one.name == LEAVES:
                continue
            hidden = hidden_names(one)
            for request in near_misses(one, hidden):
                found += told_of(await api.ask(request), NEVER_SEEN | spelt(hidden))
    return found


async def test_no_refusal_names_what_is_hidden(
    sqlite_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {"hourlyRate", "totalMin"} <= NEVER_SEEN
    async with open_house(sqlite_url, clock=clock, **UNLIMITED) as (runtime, owner):
        member = await build(runtime, owner, clock, DEAR)
        assert await _told(runtime, member, clock) == []
        # It would be seen if one did: of all arguments, and of all methods.
        monkeypatch.setattr(door.RestDoor, "_refuse_first", _nobody_is_refused_first)
        assert {"updatedAtFrom", "hourlyRate"} <= set(await _told(runtime, member, clock))


async def test_an_argument_that_is_hidden_is_refused_as_one_that_is_nowhere(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock, **UNLIMITED) as (runtime, owner):
        member = await build(runtime, owner, clock, DEAR)
        plain = request_of(OVER_REST["filter_projects"], {})
        async with open_api(runtime, member, clock) as api:
            for name in ("updatedAtFrom", "updated_at_from", "amountMin", "include", "fields"):
                for text in ("2026-11-20", "x", "", "1e999"):
                    answer = await api.ask(replace(plain, query=((name, text),)))
                    nowhere = await api.ask(replace(plain, query=(("zzz", text),)))
                    hint = " Did you mean createdAtFrom?"
                    assert _without_counts(answer.replace(hint, "")) == _without_counts(nowhere)
            for order in ("updatedAt", "-updatedAt", "updated_at", "hourlyRate", "zzz"):
                answers = {
                    _without_counts(await api.ask(replace(plain, query=(("sort", one),))))
                    for one in (order, "nowhere")
                }
                assert len(answers) == 1
                assert answers.pop().startswith("422")


async def _nobody_is_refused_first(*_: object) -> None:
    return


async def _status(api: Any, request: Any) -> str:
    return str((await api.ask(request)).split("\n")[0])


def _without_counts(answer: str) -> str:
    """Leave out the length, which a hint changes."""
    return "\n".join(line for line in answer.split("\n") if not line.startswith("content-length"))
