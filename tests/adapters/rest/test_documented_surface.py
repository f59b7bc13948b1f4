"""Every row of the documented surface, over the real door."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from documented_house import KEYS, Documented, build
from houses import Clock, open_house
from rest_calls import key, refused

TABLE: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "documented_surface.toml").read_text("utf-8")
)
MANY = {"limit": "200"}
Row = dict[str, Any]

pytestmark = [pytest.mark.anyio, pytest.mark.ci]


@pytest.fixture
async def house(sqlite_url: str, clock: Clock) -> AsyncGenerator[Documented]:
    """Yield a house with some of everything, whose callers ask as often as they like."""
    limits: Row = {"rate_limits": "off", "organization_rate_limits": "off"}
    async with (
        open_house(sqlite_url, clock=clock, **limits) as (runtime, caller),
        AsyncExitStack() as stack,
    ):
        yield await build(runtime, caller, clock, stack)


async def listed(house: Documented, path: str, **given: str) -> list[Row]:
    answer = await house.owner.get(path, params={**MANY, **given})
    assert answer.status_code == 200, (path, given, answer.text)
    rows: list[Row] = answer.json()["data"]
    return rows


async def narrowed(house: Documented, wanted: Row, expected: list[Row], **given: str) -> None:
    """See that a filter lets through these rows and no others."""
    rows = await listed(house, wanted["path"], **given)
    assert {row["id"] for row in rows} == {row["id"] for row in expected}, (wanted["path"], given)


@pytest.mark.parametrize("wanted", TABLE["lists"], ids=lambda wanted: wanted["path"])
async def test_a_list_is_filtered_sorted_searched_and_shown(house: Documented, wanted: Row) -> None:
    rows = await listed(house, wanted["path"])
    assert len(rows) >= 2
    assert {name for row in rows for name in row} >= set(wanted["fields"])
    assert not {name for row in rows for name in row} & set(wanted.get("left_out", ()))
    await _filter_by_values(house, wanted, rows)
    await _filter_by_ranges(house, wanted, rows)
    await _search(house, wanted, rows)
    for name in wanted["sorts"]:
        for sort in (name, f"-{name}"):
            await _sort(house, wanted, rows, sort)
    usual = await house.owner.get(wanted["path"])
    newest_first = sorted(rows, key=lambda row: (row["createdAt"], row["id"]), reverse=True)
    assert [row["id"] for row in usual.json()["data"]] == [row["id"] for row in newest_first]


def values(rows: list[Row], name: str) -> list[Any]:
    """Return the different values of a field, of which there must be some."""
    found = list(dict.fromkeys(row[name] for row in rows if row.get(name) is not None))
    assert found, f"no row has {name}"
    return found


async def _filter_by_values(house: Documented, wanted: Row, rows: list[Row]) -> None:
    for name in wanted.get("exact", ()):
        assert any(row.get(name) != values(rows, name)[0] for row in rows), name
        for value in values(rows, name):
            same = [row for row in rows if row.get(name) == value]
            for written in TABLE["booleans"].get(str(value).lower(), [str(value)]):
                await narrowed(house, wanted, same, **{name: written})
    for name, field in wanted.get("relations", {}).items():
        for value in values(rows, field):
            same = [row for row in rows if row[field] == value]
            await narrowed(house, wanted, same, **{name: value.upper()})
    for name, field in wanted.get("members", {}).items():
        for value in {one for row in rows for one in row[field]}:
            same = [row for row in rows if value in row[field]]
            await narrowed(house, wanted, same, **{name: value})


async def _filter_by_ranges(house: Documented, wanted: Row, rows: list[Row]) -> None:
    for name in wanted.get("days", ()):
        for instant in values(rows, name):
            day = instant[:10]
            later = [row for row in rows if row.get(name) and row[name][:10] >= day]
            earlier = [row for row in rows if row.get(name) and row[name][:10] <= day]
            await narrowed(house, wanted, later, **{f"{name}From": day})
            await narrowed(house, wanted, earlier, **{f"{name}To": day})
            both = [row for row in later if row in earlier]
            await narrowed(house, wanted, both, **{f"{name}From": day, f"{name}To": day})
    for name in wanted.get("numbers", ()):
        for value in values(rows, name):
            at_least = [row for row in rows if Decimal(row[name]) >= Decimal(value)]
            at_most = [row for row in rows if Decimal(row[name]) <= Decimal(value)]
            await narrowed(house, wanted, at_least, **{f"{name}Min": str(value)})
            await narrowed(house, wanted, at_most, **{f"{name}Max": str(value)})


async def _search(house: Documented, wanted: Row, rows: list[Row]) -> None:
    for name in wanted["searched"]:
        text = values(rows, name)[0][1:].swapcase()
        holding = [
            row
            for row in rows
            if any(text.lower() in (row.get(one) or "").lower() for one in wanted["searched"])
        ]
        await narrowed(house, wanted, holding, search=text)
    await narrowed(house, wanted, [], search="no such text")
    answer = await house.owner.get(wanted["path"], params={"search": "x" * 201})
    refused(answer, 422, "validation_error")


ORDERS = {
    "status": ["ACTIVE", "COMPLETED", "TODO", "IN_PROGRESS", "DRAFT", "SENT", "DONE", "PAID"],
    "priority": ["LOW", "MEDIUM", "HIGH"],
    "paymentStatus": ["unpaid", "partially_paid", "paid", "refunded"],
    "role": ["OWNER", "ADMIN", "MANAGER", "MEMBER"],
}
"""The smallest first, of words that have an order of their own."""


def place(row: Row, name: str) -> tuple[bool, Any, str]:
    """Return where a row stands by a field: what has none is smaller than all."""
    value: Any = row.get(name)
    if name in ORDERS:
        return True, ORDERS[name].index(value), row["id"]
    if name in ("amount", "total", "amountPaid"):
        return True, Decimal(value), row["id"]
    return value is not None, value.casefold() if isinstance(value, str) else value or 0, row["id"]


async def _sort(house: Documented, wanted: Row, rows: list[Row], sort: str) -> None:
    """See that rows are sorted, whole and page by page, and that a cursor keeps to its sort."""
    name = sort.removeprefix("-")
    expected = sorted(rows, key=lambda row: place(row, name), reverse=sort.startswith("-"))
    ids = [row["id"] for row in expected]
    assert [row["id"] for row in await listed(house, wanted["path"], sort=sort)] == ids, sort
    turned: list[str] = []
    given = {"sort": sort, "limit": "1"}
    while True:
        page = (await house.owner.get(wanted["path"], params=given)).json()
        assert page.keys() >= {"data", "pagination"}
        assert page["pagination"].keys() == {"nextCursor", "limit"}
        turned += [row["id"] for row in page["data"]]
        cursor = page["pagination"]["nextCursor"]
        if cursor is None:
            break
        given["cursor"] = cursor
    assert turned == ids, sort
    other = next(one for one in wanted["sorts"] if one != name)
    answer = await house.owner.get(wanted["path"], params={**given, "sort": other})
    refused(answer, 422, "validation_error")


async def test_single_things_have_the_documented_fields(house: Documented) -> None:
    for wanted in TABLE["single"]:
        answer = await house.owner.get(house.filled(wanted["path"]))
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        assert data.keys() >= set(wanted["fields"]), wanted["path"]
        assert not data.keys() & set(wanted.get("left_out", ()))
    for wanted in TABLE["lists"]:
        for row in (await listed(house, wanted["path"]))[:2]:
            answer = await house.owner.get(f"{wanted['path']}/{row['id']}")
            assert answer.json()["data"].items() >= _same_everywhere(row).items()
            assert answer.headers["etag"]


def _same_everywhere(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "availableActions"}


async def sent(house: Documented, wanted: Row, body: Row | None = None, who: str = "owner") -> Any:
    """Send a request of the table, a POST with a new key."""
    method, address = house.filled(wanted["request"]).split(" ")
    caller = getattr(house, wanted.get("who", who))
    given: Row = {}
    if "text" in wanted:
        given = {"content": wanted["text"], "headers": {"Content-Type": "application/json"}}
    elif method in ("POST", "PATCH"):
        given = {"json": house.filled(wanted.get("body", {}) if body is None else body)}
    if method == "POST":
        name = wanted.get("key", f"table {next(KEYS)}")
        headers = key("k" * name if isinstance(name, int) else name) if name else {}
        given["headers"] = {**given.get("headers", {}), **headers}
    return await caller.request(method, address.removeprefix("/"), **given)


async def test_what_a_script_writes_is_taken_as_documented(house: Documented) -> None:
    for wanted in TABLE["writes"]:
        body: Row = wanted.get("body", {})
        for name in wanted.get("required", ()):
            without = {one: value for one, value in body.items() if one != name}
            answer = await sent(house, wanted, without)
            assert refused(answer, 422, "validation_error")["errors"], (wanted["request"], name)
        for name in wanted.get("optional", ()):
            without = {one: value for one, value in body.items() if one != name}
            assert (await sent(house, wanted, without)).status_code == 201, name
        house.clock.advance(minutes=3)
        answer = await sent(house, wanted)
        makes = wanted["request"].startswith("POST") and "required" in wanted
        assert answer.status_code == (201 if makes else 200), (wanted["request"], answer.text)
        expected = {**house.filled(body), **wanted.get("answer", {})}
        expected.pop("duration", None)
        data = answer.json()["data"]
        shown = {
            name: data.get(name) or "" if value == "" else data.get(name)
            for name, value in expected.items()
        }
        assert shown == expected, wanted["request"]


async def test_what_is_refused_has_the_documented_status_and_code(house: Documented) -> None:
    for wanted in TABLE["refusals"]:
        answer = await sent(house, wanted)
        assert answer.status_code == wanted["status"], (wanted["request"], answer.text)
        refused(answer, wanted["status"], wanted["code"])


async def test_a_member_may_do_what_is_documented(house: Documented) -> None:
    for wanted in TABLE["members"]:
        answer = await sent(house, wanted, who="member")
        assert answer.status_code == wanted["status"], (wanted["request"], answer.text)
        if wanted["status"] >= 400:
            refused(answer, wanted["status"], CODES[wanted["status"]])


CODES = {403: "forbidden_scope", 404: "not_found"}


async def test_a_duration_is_written_in_the_documented_ways(house: Documented) -> None:
    address = house.filled("time-entries/{entry}")
    for text, seconds in TABLE["durations"].items():
        answer = await house.owner.patch(address, json={"duration": text})
        assert answer.json()["data"]["durationSeconds"] == seconds, text
    both = {"duration": "1h", "durationSeconds": 60}
    for body in (both, dict(reversed(both.items())), {"durationSeconds": 60.0}):
        answer = await house.owner.patch(address, json=body)
        assert answer.json()["data"]["durationSeconds"] == 60
    for wrong in (0, -60, 1.5, True, "60"):
        answer = await house.owner.patch(address, json={"durationSeconds": wrong})
        refused(answer, 422, "validation_error")
    beside = {"duration": {"hours": 1}, "durationSeconds": 60}
    refused(await house.owner.patch(address, json=beside), 422, "validation_error")
    empty = await house.owner.patch(address, json={"durationSeconds": None})
    assert empty.json()["data"]["durationSeconds"] == 60


async def test_a_page_is_as_long_as_documented(house: Documented) -> None:
    usual = await house.owner.get("time-entries")
    assert usual.json()["pagination"] == {"nextCursor": None, "limit": TABLE["pagination"]["usual"]}
    most = TABLE["pagination"]["most"]
    page = await house.owner.get("time-entries", params={"limit": str(most)})
    assert page.json()["pagination"]["limit"] == most
    for limit in (0, most + 1):
        answer = await house.owner.get("time-entries", params={"limit": str(limit)})
        refused(answer, 422, "validation_error")


async def test_a_key_is_good_for_a_day(house: Documented) -> None:
    body = {"name": "Once"}
    first = await house.owner.post("clients", json=body, headers=key("k" * 255))
    again = await house.owner.post("clients", json=body, headers=key("k" * 255))
    assert (first.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    other = await house.owner.post("clients", json={"name": "Other"}, headers=key("k" * 255))
    refused(other, 409, "conflict")
    house.clock.advance(hours=24, seconds=1)
    late = await house.owner.post("clients", json={"name": "Other"}, headers=key("k" * 255))
    assert (late.status_code, "idempotent-replayed" in late.headers) == (201, False)


async def test_every_answer_says_where_one_stands(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller), AsyncExitStack() as stack:
        house = await build(runtime, caller, clock, stack)
        for address in ("me", "nothing", "clients?limit=0", "projects"):
            headers = (await house.owner.get(address)).headers
            assert all(name in headers for name in TABLE["headers"]["every"]), address
        answers = [await house.owner.get("me") for _ in range(200)]
        late = next(one for one in answers if one.status_code != 200)
        refused(late, 429, "rate_limited")
        assert int(late.headers["retry-after"]) >= 1


async def test_the_timer_that_runs_is_found_in_both_documented_ways(house: Documented) -> None:
    [listed_one] = await listed(house, "time-entries", running="true")
    single = (await house.owner.get("time-entries/running")).json()["data"]
    assert listed_one == single
    refused(await house.member.get("time-entries/running"), 404, "not_found")
