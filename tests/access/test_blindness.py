"""What who sees no money is handed out: answers, schemas, arguments, events, activity, errors."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from houses import Clock, InProcess, Refused, open_house
from pydantic import BaseModel, Field
from rows import add_member, events
from scenes import set_the_scene
from worlds import demote, enrol

from hoursmith_mcp.access.blindness import hide_in, seen_by, without_money
from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.adapters.mcp.resources import find_place, read_place
from hoursmith_mcp.call import Call
from hoursmith_mcp.errors import Conflict, InvalidInput
from hoursmith_mcp.operation import MARK, Operation, operation
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schemas.activity import ActivityPage
from hoursmith_mcp.schemas.arguments import Price
from hoursmith_mcp.schemas.base import AmountText, Hidden, OfMoney, Public
from hoursmith_mcp.schemas.projects import ProjectOut
from hoursmith_mcp.toolkit import Toolkit


class Bill(OfMoney):
    """Money altogether."""

    number: str


class Part(Public):
    """A part."""

    name: str
    price: AmountText | None = None


class Whole(Public):
    """Fields of every kind."""

    id: str
    parts: tuple[Part, ...] = ()
    fee: AmountText | None = None
    kind: Hidden[str] | None = None
    either: Part | Bill | None = None
    bills: tuple[Bill, ...] = ()
    anything: Any = None
    table: dict[str, str] | None = None
    share: float = 0.0


WHOLE: dict[str, Any] = {
    "id": "x",
    "fee": "1.00",
    "kind": "FIXED",
    "parts": [{"name": "a", "price": "2.00", "cost": "3.00"}],
    "either": {"number": "4"},
    "bills": [{"number": "5"}],
    "anything": "6.00",
    "table": {"total": "7.00"},
    "share": 8.0,
    "total": "9.00",
}


def test_what_is_not_known_for_harmless_is_not_there() -> None:
    assert without_money(WHOLE, Whole) == {"id": "x", "parts": [{"name": "a"}]}
    assert without_money({"number": "1"}, Bill) == {}
    # What claims to be text, and is more, is not handed out either.
    assert without_money({"id": {"total": "1.00"}, "parts": ["2.00"]}, Whole) == {"parts": ["2.00"]}


def priced(part: type[BaseModel]) -> Operation:
    """Return an operation that a member may call, and that takes and answers money."""

    @operation(
        toolset="test",
        scope=None,
        least=Role.MEMBER,
        read_only=True,
        destructive=False,
        idempotent=True,
        open_world=False,
    )
    async def price(
        call: Call,
        name: Annotated[str, Field(description="Name.")],
        amount: Annotated[Price, Field(description="Amount.")] | None = None,
        kind: Annotated[Hidden[str], Field(description="Kind.")] | None = None,
        parts: Annotated[list[Any], Field(description="Parts.")] | None = None,
    ) -> Whole:
        """Price something."""
        return Whole(id=name)

    price.__annotations__["parts"] = Annotated[list[part], Field(description="Parts.")] | None  # type: ignore[valid-type]  # made here
    found: Operation = getattr(price, MARK)
    return found


class PricedPart(BaseModel):
    """A part of an argument."""

    name: str
    price: Price = "0"


def test_an_argument_about_money_does_not_exist_for_who_sees_none() -> None:
    one = priced(PricedPart)
    assert one.arguments.names == ("name", "amount", "kind", "parts")
    blind = one.seen(blind=True)
    assert blind.definition["inputSchema"]["properties"].keys() == {"name"}
    texts: list[str] = []
    for unknown in ("amount", "amounx"):
        with pytest.raises(InvalidInput) as caught:
            blind.arguments.read({"name": "x", unknown: "1"})
        texts.append(caught.value.message.replace(unknown, "…"))
    assert texts[0] == texts[1] == "price takes no argument …. It takes: name."
    assert blind.seen(blind=True) is blind
    assert blind.seen(blind=False) is one


def test_a_schema_names_nothing_that_is_not_seen() -> None:
    listed = priced(PricedPart).seen(blind=True).definition["outputSchema"]
    assert listed["properties"].keys() == {"id", "parts"}
    assert listed["$defs"].keys() == {"Part"}
    assert listed["$defs"]["Part"]["properties"].keys() == {"name"}


def test_an_error_tells_of_things_and_of_no_amounts() -> None:
    error = Conflict(
        "Something else.",
        candidates=[{"id": "x", "name": "X", "total": "1.00"}],
        difference=[{"what": "total", "was": "1.00", "now": "2.00"}],
    )
    hide_in(error)
    assert error.document() == {
        "code": "conflict",
        "message": "Something else.",
        "candidates": [{"id": "x", "name": "X"}],
    }


def test_activity_tells_of_a_change_what_its_thing_shows() -> None:
    def line(subject: str, *fields: str) -> dict[str, Any]:
        changes = [{"field": one, "before": "1", "after": "2"} for one in fields]
        return {"subject_id": subject, "name": "N", "changes": changes}

    lines = [
        line("pr_1", "description", "hourly_rate", "warnings", "no_such_field"),
        line("inv_1", "number", "total"),
        line("new_1", "name"),
    ]
    page = without_money({"activity": lines, "more": False}, ActivityPage)["activity"]
    assert [[change["field"] for change in one["changes"]] for one in page] == [
        ["description"],
        [],
        [],
    ]
    assert ["name" in one for one in page] == [True, False, False]


@pytest.mark.anyio
async def test_an_event_is_seen_as_what_it_is_about(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, owner):
        await set_the_scene(InProcess(runtime, owner))
        actor = await runtime.identify(owner)
        blind = await runtime.identify(await add_member(runtime, "Ben"))
        for event in await events(runtime):
            kind, data = event["type"], event["data"]
            assert seen_by(actor, kind, data) == data
            shown = seen_by(blind, kind, data)
            if kind == "rate.created":
                assert shown is None
            if kind == "project.created":
                assert shown is not None
                assert "hourly_rate" in data
                assert shown == without_money(data, ProjectOut)
        assert seen_by(blind, "no_such.thing", {"id": "x"}) is None


@pytest.mark.anyio
async def test_a_stored_answer_shows_what_may_be_seen_by_then(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, owner):
        house = InProcess(runtime, owner)
        await set_the_scene(house)
        ben = InProcess(runtime, await add_member(runtime, "Ben", role="MANAGER"))
        same: dict[str, Any] = {"project": "redesign", "duration": "1h"}
        logged = await ben.call("log_time", key="k", **same)
        created = await ben.call("create_project", key="p", client="Acme", name="Logo")
        assert created["rate_type"] == "HOURLY"
        await enrol(runtime, "Ben", ("Website redesign",))
        await demote(runtime, "Ben")
        assert await ben.call("log_time", key="k", **same) == logged
        with pytest.raises(Refused) as caught:
            await ben.call("create_project", key="p", client="Acme", name="Logo")
        assert caught.value.code == "forbidden_scope"
        # And the other way: what a member was answered is stored whole.
        own = await ben.call("get_project", project="redesign")
        assert "hourly_rate" not in own
        await demote(runtime, "Ben", "MANAGER")
        assert await ben.call("create_project", key="p", client="Acme", name="Logo") == created
        assert (await ben.call("get_project", project="redesign"))["hourly_rate"] == "90.00"


@pytest.mark.anyio
async def test_a_page_reads_the_same_to_a_member_whatever_it_costs(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, owner):
        house = InProcess(runtime, owner)
        _, project = await set_the_scene(house)
        ben = await add_member(runtime, "Ben")
        await enrol(runtime, "Ben", ("Website redesign",))
        address = f"hoursmith://projects/{project['id']}"
        pages = [await _read(runtime, ben, address), await _read(runtime, owner, address)]
        clock.advance(minutes=1)
        await house.call("update_project", project="redesign", hourly_rate="91", budget_hours="9h")
        assert await _read(runtime, ben, address) == pages[0]
        assert await _read(runtime, owner, address) != pages[1]
        assert "Website redesign" in pages[0][0]


async def _read(runtime: Runtime, caller: Any, address: str) -> list[str]:
    places = [find_place(runtime.catalogue, address + ending) for ending in ("", ".json")]
    return [await read_place(runtime, caller, place) for place in places]


@pytest.mark.anyio
async def test_a_toolkit_of_a_member_has_their_tools_only(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, _):
        ben = await add_member(runtime, "Ben")
    path = sqlite_url.removeprefix("sqlite+aiosqlite:///")
    async with Toolkit.open(path, token=ben.token) as kit:
        shown = {one["name"]: one for one in kit.schemas("mcp")}
    assert "log_time" in shown
    assert not {"create_invoice", "set_rate"} & shown.keys()
    assert "owed" not in shown["overview"]["outputSchema"]["properties"]
