"""A server killed between any two statements of a billing act: all of the act is there, or none."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from billing_scenes import drafted, issued, logged, work_at_acme
from doomed_servers import AFTER_COMMIT, BEFORE_COMMIT
from dooming import Life, Nursery, nursery
from houses import InProcess, open_house
from rows import Rows, everything

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings
from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork and no SIGKILL"),
]

Arguments = dict[str, Any]


@dataclass(frozen=True)
class Act:
    """An act of billing: what it begins with, and what it leaves: rows added and rows changed."""

    operation: str
    begin: Callable[[InProcess], Awaitable[Arguments]]
    added: dict[str, int]
    changed: dict[str, int]


async def something_unbilled(door: InProcess) -> None:
    """Log time on two tasks and agree on a fee, so that an invoice has a few lines and claims."""
    [designed] = await logged(door, "1m", task="Design")
    await logged(door, "2m", "3m")
    fixed: Arguments = {"rate_type": "FIXED", "fixed_fee_amount": "1500"}
    await door.call("create_project", client="Acme", name=f"Logo {designed['id']}", **fixed)


async def a_proposal(door: InProcess) -> Arguments:
    await something_unbilled(door)
    return {"proposal": (await door.call("preview_invoice", client="Acme"))["proposal"]}


async def a_draft_to_be_sent(door: InProcess) -> Arguments:
    await something_unbilled(door)
    draft = await drafted(door)
    asked = await door.call("send_invoice", invoice=draft["id"])
    return {"invoice": draft["id"], "confirm": asked["confirm"]}


async def an_unpaid_invoice(door: InProcess) -> Arguments:
    await something_unbilled(door)
    return {"invoice": (await issued(door))["id"]}


LEDGER = {"event": 1, "activity": 1, "stored_answer": 1}
ACTS = [
    Act(
        "create_invoice",
        a_proposal,
        {"invoice": 1, "invoice_line": 3, "billing_claim": 4, **LEDGER},
        {"time_entry": 3, "project": 1, "event_counter": 1},
    ),
    Act(
        "send_invoice",
        a_draft_to_be_sent,
        LEDGER,
        {"invoice": 1, "organization": 1, "confirmation": 1, "event_counter": 1},
    ),
    Act(
        "record_payment",
        an_unpaid_invoice,
        {"payment": 1, **LEDGER, "event": 2, "activity": 2},
        {"invoice": 1, "event_counter": 1},
    ),
]


@dataclass(frozen=True)
class Site:
    """A database, who calls, and the servers that are killed at it."""

    database_url: str
    token: str
    servers: Nursery
    calls: count[int] = field(default_factory=count)

    @asynccontextmanager
    async def door(self) -> AsyncGenerator[InProcess]:
        """Open the database anew; while a server lives and dies nobody else has it open."""
        runtime = Runtime(Settings(database_url=self.database_url, toolsets="all"))
        token = self.token
        caller = Caller(door="test", token=token) if token else runtime.local_caller("test")
        try:
            yield InProcess(runtime, caller)
        finally:
            await runtime.close()

    async def rows(self) -> dict[str, Rows]:
        """Return everything that is stored, after a look at whether it is sound."""
        assert await diagnose(self.database_url) == []
        async with self.door() as door:
            return await everything(door.runtime)


@asynccontextmanager
async def open_site(database_url: str, folder: Path) -> AsyncGenerator[Site]:
    async with open_house(database_url) as (runtime, caller):
        door = InProcess(runtime, caller)
        await work_at_acme(door)
        await door.call("create_task", project="redesign", name="Design")
    pipes = folder / "pipes"
    pipes.mkdir()
    async with nursery(database_url, pipes, token=caller.token) as servers:
        yield Site(database_url, caller.token, servers)


async def killed_and_called_again(site: Site, act: Act, *, die_at: int, plant: str = "") -> Life:
    """Kill a server at a point, look at what is there, and call again with the same key."""
    async with site.door() as door:
        arguments = await act.begin(door)
        before = await everything(door.runtime)
    key = f"call {next(site.calls)}"
    life = await site.servers.life(act.operation, arguments, key, die_at=die_at, plant=plant)
    assert life.was_killed == bool(die_at)
    left = await site.rows()
    again = await site.servers.life(act.operation, arguments, key)
    after = await site.rows()
    assert again.result is not None
    assert not again.result["isError"], again.result
    where = f"{act.operation}, killed at {die_at}: {life.points[-1]}"
    committed = _is_committed(life)
    assert left == (after if committed else before), f"not all or nothing, {where}"
    assert _differences(before, after) == (act.added, act.changed), where
    return life


async def undisturbed(site: Site, act: Act, *, die_at: int) -> Life:
    """Kill a server at a point, and another one where the first went a statement further round."""
    life = await killed_and_called_again(site, act, die_at=die_at)
    if any("DELETE FROM stored_answer" in point for point in life.points):
        # Every few dozen events a unit forgets old answers.
        return await killed_and_called_again(site, act, die_at=die_at)
    return life


def _is_committed(life: Life) -> bool:
    """Say whether a server came past the COMMIT of its unit, which has the ledger's statements."""
    wrote = [place for place, label in enumerate(life.points) if "INTO stored_answer" in label]
    return bool(wrote) and AFTER_COMMIT in life.points[wrote[-1] :]


def _is_written(table: str, points: list[str]) -> bool:
    return any(one.startswith((f"INSERT INTO {table} (", f"UPDATE {table} SET")) for one in points)


def _differences(
    before: dict[str, Rows], after: dict[str, Rows]
) -> tuple[dict[str, int], dict[str, int]]:
    """Count the rows that were added and changed, by table; none may be gone."""
    added: dict[str, int] = {}
    changed: dict[str, int] = {}
    for table, rows in after.items():
        fresh = sum(row not in before[table] for row in rows)
        more = len(rows) - len(before[table])
        assert sum(row not in rows for row in before[table]) == fresh - more, f"gone from {table}"
        added |= {table: more} if more else {}
        changed |= {table: fresh - more} if fresh > more else {}
    return added, changed


@pytest.mark.parametrize(
    ("database_url", "stride"),
    [
        pytest.param("sqlite", 9, marks=pytest.mark.ci),
        # A server on PostgreSQL takes as long to come up as four on a file.
        pytest.param("postgresql", 27, marks=pytest.mark.ci),
        pytest.param("sqlite", 1, marks=pytest.mark.long),
        pytest.param("postgresql", 1, marks=pytest.mark.long),
    ],
    indirect=["database_url"],
)
async def test_a_server_killed_at_any_statement_leaves_all_or_nothing(
    database_url: str, tmp_path: Path, stride: int
) -> None:
    async with open_site(database_url, tmp_path) as site:
        for act in ACTS:
            whole = (await undisturbed(site, act, die_at=0)).points
            assert whole[-2:] == [BEFORE_COMMIT, AFTER_COMMIT]
            assert all(_is_written(table, whole) for table in act.added | act.changed)
            chosen = {*range(1, len(whole), stride), len(whole) - 1, len(whole)}
            for point in sorted(chosen):
                life = await undisturbed(site, act, die_at=point)
                assert life.points == whole[:point], "servers go the same way each time"


@pytest.mark.ci
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_commit_in_the_middle_would_be_found(database_url: str, tmp_path: Path) -> None:
    planted = "INSERT INTO invoice_line ("
    async with open_site(database_url, tmp_path) as site:
        whole = (await killed_and_called_again(site, ACTS[0], die_at=0)).points
        [place] = [number for number, one in enumerate(whole, start=1) if one.startswith(planted)]
        await killed_and_called_again(site, ACTS[0], die_at=place, plant=planted)
        # What is there is neither the one nor the other, or contradicts itself already.
        with pytest.raises(AssertionError, match=r"not all or nothing|line\.claims"):
            await killed_and_called_again(site, ACTS[0], die_at=place + 1, plant=planted)
