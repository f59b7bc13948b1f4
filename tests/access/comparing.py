"""Doing the same in two houses that differ in amounts, and looking for any other byte."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from actions import Topic, sequences
from actions_over_rest import sequences_over_rest
from houses import FRIDAY_MORNING_US, Clock, open_house
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from looking import Action, House, looking
from rows import everything
from worlds import CHEAP, DEAR, RUN, build, same_but_for_amounts, seeded

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime

EVERY_DOOR = ("in-process", "toolkit", "mcp-2025", "mcp-2026", "relay", "rest")
KINDS = (
    "project",
    "task",
    "client",
    "client_contact",
    "member",
    "time_entry",
    "invoice",
    "payment",
)
EXAMPLES_OF_A_HOUSE = 150
"""After so many, both houses are again as they were built: days fill up."""

UNLIMITED: dict[str, Any] = {
    name: "999999999/60" for name in ("rate_limits", "organization_rate_limits")
}
"""What is left of a limit is told and compared; but nobody is stopped by it."""

Pair = tuple[House, House]
Opener = Callable[[], AbstractAsyncContextManager[Pair]]


class Leak(AssertionError):
    """A member could tell one house from the other."""


async def build_both(urls: Sequence[str]) -> tuple[Caller, int]:
    """Build in two databases that were founded as one; returns the member, and what time it is."""
    clock, member = Clock(0), Caller(door="test")
    async with AsyncExitStack() as stack:
        built: list[Runtime] = []
        for url, amounts in zip(urls, (DEAR, CHEAP), strict=True):
            clock = Clock(FRIDAY_MORNING_US)
            opened = open_house(url, clock=clock, entropy=seeded(1))
            runtime, owner = await stack.enter_async_context(opened)
            member = await build(runtime, owner, clock, amounts)
            built.append(runtime)
        await same_but_for_amounts(*built)
    return member, clock.now_us


@asynccontextmanager
async def open_both(
    urls: Sequence[str], member: Caller, now_us: int, doors: tuple[str, ...]
) -> AsyncGenerator[Pair]:
    """Open the doors of two houses that were built, for the member of both."""
    async with AsyncExitStack() as stack:
        houses: list[House] = []
        for url in urls:
            clock = Clock(now_us)
            opened = open_house(url, clock=clock, entropy=seeded(2), **UNLIMITED)
            runtime, _ = await stack.enter_async_context(opened)
            house = await stack.enter_async_context(looking(runtime, member, clock, doors))
            houses.append(house)
        yield houses[0], houses[1]


def files_of_both(folder: Path) -> tuple[tuple[Path, Path], Caller, int]:
    """Build two houses on SQLite; returns their files, the member, and what time it is there."""
    founded, built = folder / "founded.db", (folder / "dear.db", folder / "cheap.db")

    async def prepare() -> tuple[Caller, int]:
        await found_at(_url(founded))
        for path in built:
            shutil.copy(founded, path)
        return await build_both([_url(path) for path in built])

    return built, *asyncio.run(prepare())


def on_sqlite(folder: Path, doors: tuple[str, ...]) -> Opener:
    """Build two houses on SQLite, and return what opens copies of them."""
    built, member, now_us = files_of_both(folder)
    places = (folder / "one.db", folder / "other.db")

    @asynccontextmanager
    async def open_copies() -> AsyncGenerator[Pair]:
        for path, place in zip(built, places, strict=True):
            shutil.copy(path, place)
        async with open_both([_url(place) for place in places], member, now_us, doors) as pair:
            yield pair

    return open_copies


def on_databases(urls: Sequence[str], doors: tuple[str, ...]) -> Opener:
    """Build in two databases that were founded as one, and return what opens these very ones."""
    member, now_us = asyncio.run(build_both(urls))

    def open_them() -> AbstractAsyncContextManager[Pair]:
        return open_both(urls, member, now_us, doors)

    return open_them


async def found_at(url: str) -> None:
    """Found a house."""
    async with open_house(url, clock=Clock(FRIDAY_MORNING_US), entropy=seeded(0)) as (runtime, _):
        await runtime.database()


def compare(
    opener: Opener, doors: tuple[str, ...], examples: int, topic: Topic = Topic.ANYTHING
) -> None:
    """Let a member do so many sequences of things in both houses; raises Leak."""
    with asyncio.Runner() as runner, _Kept(runner, opener) as kept:
        ids = runner.run(_ids(kept.pair[0]))
        catalogue = kept.pair[0].runtime.catalogue
        drawn = {
            door: (sequences_over_rest if door == "rest" else sequences)(catalogue, ids, topic)
            for door in doors
        }

        @settings(
            max_examples=examples,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
        )
        @given(st.sampled_from(doors).flatmap(lambda door: st.tuples(st.just(door), drawn[door])))
        def look_the_same(does: tuple[str, list[Action]]) -> None:
            runner.run(_look_the_same(kept.renewed(), *does))

        look_the_same()


async def _look_the_same(pair: Pair, door: str, sequence: list[Action]) -> None:
    for place, action in enumerate(sequence):
        action = await pair[0].resolved(door, action)
        one, other = [await house.do(door, action) for house in pair]
        if one != other:
            raise Leak(f"{door}: {sequence[: place + 1]}\n{one}\n{other}")


async def _ids(house: House) -> dict[str, list[str]]:
    """Return some ids of each kind of thing."""
    rows = await everything(house.runtime)
    found = {kind: [row["id"] for row in rows[kind]] for kind in KINDS}
    # The last ones may be in the first house only.
    ids = {kind: [*some[:6], *some[6:][-1:]] for kind, some in found.items()}
    things = [one for some in ids.values() for one in some[:3]]
    of_run = [row["id"] for row in rows["activity"] if row["run"] == RUN]
    return ids | {"about": things, "thing": things, "activity": of_run}


class _Kept:
    """Two open houses; a task of its own holds them, as doors are closed by who opened them."""

    def __init__(self, runner: asyncio.Runner, opener: Opener) -> None:
        self._runner = runner
        self._opener = opener
        self._used = 0

    def __enter__(self) -> _Kept:
        self._runner.run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._close())

    def renewed(self) -> Pair:
        self._used += 1
        if self._used % EXAMPLES_OF_A_HOUSE == 0:
            self._runner.run(self._close())
            self._runner.run(self._open())
        return self.pair

    async def _open(self) -> None:
        self._finished = asyncio.Event()
        opened: asyncio.Future[Pair] = asyncio.get_running_loop().create_future()

        async def hold() -> None:
            try:
                async with self._opener() as pair:
                    opened.set_result(pair)
                    await self._finished.wait()
            except Exception as error:
                if opened.done():
                    raise
                opened.set_exception(error)

        self._task = asyncio.create_task(hold())
        self.pair = await opened

    async def _close(self) -> None:
        self._finished.set()
        await self._task


def _url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path.as_posix()}"
