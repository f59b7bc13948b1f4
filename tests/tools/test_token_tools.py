"""Making, listing and revoking tokens: no more than their maker may do, and shown once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from billing_scenes import ONE_DOOR, confirmed
from houses import Clock, Door, InProcess, Refused
from rows import add_member, everything
from scenes import House, refused, set_the_scene

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.grants import PRESETS
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.access.roles import ALL_SCOPES, LIMITED_SCOPES
from hoursmith_mcp.access.tokens import ALPHABET, SECRET_LENGTH, make_token
from hoursmith_mcp.errors import InvalidInput, Unauthenticated
from hoursmith_mcp.runtime import Runtime

pytestmark = pytest.mark.anyio


def door_of(runtime: Runtime, token: str) -> InProcess:
    return InProcess(runtime, Caller(door="test", token=token))


async def made(door: Door, name: str, **given: Any) -> Any:
    return await confirmed(door, "create_token", name=name, **given)


async def test_a_token_is_made_once_confirmed_and_lets_its_maker_in(
    house: House, door: Door
) -> None:
    runtime, _ = house
    asked = await door.call("create_token", name="phone", preset="time-only", expires="in 90 days")
    assert asked["would"] == (
        'A new token "phone" with the scopes projects:read time:read time:write, good until the '
        "end of Thursday 2027-02-18. Whoever holds it can do so in your name. It is shown once."
    )
    assert not [row for row in (await everything(runtime))["token"] if row["name"] == "phone"]
    token = await door.call(
        "create_token",
        name="phone",
        preset="time-only",
        expires="in 90 days",
        confirm=asked["confirm"],
    )
    assert token["scopes"] == ["projects:read", "time:read", "time:write"]
    assert token.keys().isdisjoint({"projects", "project_ids"}), "it is not limited"
    phone = door_of(runtime, token["token"])
    me = await door.call("overview")
    assert (await phone.call("overview"))["user_id"] == me["user_id"] == token["user_id"]
    with pytest.raises(Refused, match="clients:write") as caught:
        await phone.call("create_client", name="Acme")
    assert caught.value.code == "forbidden_scope"


async def test_programs_are_told_the_scopes_that_their_role_lets_them_use(house: House) -> None:
    runtime, owner = house
    mine = await InProcess(runtime, owner).call("get_me")
    assert mine["scopes"] == sorted(ALL_SCOPES)
    assert "project_ids" not in mine
    theirs = await InProcess(runtime, await add_member(runtime, "Ben")).call("get_me")
    assert {"time:write", "projects:write", "tokens:write"} <= {*theirs["scopes"]} < ALL_SCOPES
    assert not {"invoices:send", "clients:write", "organization:write"} & {*theirs["scopes"]}
    assert theirs["project_ids"] == []


async def test_what_opens_the_house_is_in_one_answer_and_nowhere_else(
    house: House, door: Door
) -> None:
    runtime, _ = house
    asked = await door.call("create_token", name="phone", key="once")
    confirm = asked["confirm"]
    token = await door.call("create_token", name="phone", key="once", confirm=confirm)
    again = await door.call("create_token", name="phone", key="once", confirm=confirm)
    assert again == {name: value for name, value in token.items() if name != "token"}
    assert "kept nowhere" in again["note"]
    kept = json.dumps(await everything(runtime), default=str)
    assert token["id"] in kept
    assert token["token"][-32:] not in kept
    shown = json.dumps(await door.call("list_tokens"))
    assert token["id"] in shown
    assert token["token"][-32:] not in shown
    assert [row["name"] for row in (await everything(runtime))["token"]].count("phone") == 1


@ONE_DOOR
async def test_a_token_never_has_more_than_its_makers(house: House, door: Door) -> None:
    runtime, _ = house
    scopes = ["tokens:write", "time:read", "time:write"]
    narrow = await made(door, "narrow", scopes=scopes, expires="in 10 days")
    child = door_of(runtime, narrow["token"])
    for wanted in (["clients:read"], ["time:read", "invoices:send"]):
        with pytest.raises(Refused, match="yours lacks") as caught:
            await child.call("create_token", name="more", scopes=wanted)
        assert caught.value.code == "forbidden_scope"
    with pytest.raises(Refused, match="no longer than its maker's"):
        await child.call("create_token", name="longer", expires="in 11 days")
    assert (await made(child, "same"))["scopes"] == sorted(scopes)
    reader = await made(child, "reader", preset="read-only", expires="tomorrow")
    assert reader["scopes"] == ["time:read"]
    assert (await made(child, "heir"))["expires_at"] == narrow["expires_at"]
    with pytest.raises(Refused, match="tokens:write"):
        await door_of(runtime, reader["token"]).call("create_token", name="grandchild")


@ONE_DOOR
async def test_presets_are_what_they_are_called(door: Door) -> None:
    for preset, scopes in PRESETS.items():
        assert (await made(door, preset, preset=preset))["scopes"] == sorted(scopes)
    assert not any(scope.writes for scope in PRESETS["read-only"])
    assert PRESETS["full"] == ALL_SCOPES
    assert "invoices:send" not in PRESETS["draft-only"] > PRESETS["read-only"]


@ONE_DOOR
async def test_a_token_for_projects_holds_what_is_of_projects_only(
    house: House, door: Door
) -> None:
    runtime, _ = house
    _, project = await set_the_scene(door)
    token = await made(door, "site", projects=["Website redesign"])
    assert token["project_ids"] == [project["id"]]
    assert token["projects"] == ["Website redesign"]
    assert token["scopes"] == sorted(LIMITED_SCOPES)
    (row,) = (await everything(runtime))["token_project"]
    assert (row["token_id"], row["project_id"]) == (token["id"], project["id"])
    refusal = await refused(
        house, door, "create_token", name="x", projects=[project["id"]], scopes=["invoices:read"]
    )
    assert "cannot be limited to projects" in refusal.message
    missing = await refused(house, door, "create_token", name="x", projects=["Nothing"])
    assert missing.code == "not_found"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"scopes": ["time:wriet"]}, "Did you mean time:write"),
        ({"scopes": ["time:read"], "preset": "full"}, "not both"),
        ({"preset": "everything"}, "preset must be one of"),
        ({"expires": "2026-11-19"}, "Thursday 2026-11-19 is over"),
        ({"expires": "soon"}, "is not a day"),
        ({"toolsets": "nonsense"}, "There is no toolset nonsense"),
        ({"projects": []}, "at least 1"),
        ({"name": " "}, "name"),
        ({"secret": "x"}, "takes no argument"),
    ],
)
@ONE_DOOR
async def test_what_cannot_be_read_makes_no_token(
    house: House, door: Door, given: dict[str, Any], sentence: str
) -> None:
    refusal = await refused(house, door, "create_token", **{"name": "phone", **given})
    assert refusal.code == "validation_error"
    assert sentence in refusal.message


@ONE_DOOR
async def test_a_token_is_good_to_the_end_of_its_last_day_there(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await door.call("set_up", time_zone="America/New_York")
    token = await made(door, "today", expires="today")
    assert token["expires_at"] == "2026-11-21T05:00:00.000000Z"
    today = door_of(runtime, token["token"])
    clock.advance(hours=19, minutes=29, seconds=59)
    await today.call("overview")
    clock.advance(seconds=1)
    with pytest.raises(Refused, match="expired"):
        await today.call("overview")
    listed = await door.call("list_tokens", ended=True)
    (shown,) = [one for one in listed["tokens"] if one["name"] == "today"]
    assert (shown["status"], shown["available_actions"]) == ("expired", [])
    assert token["id"] not in json.dumps(await door.call("list_tokens"))


async def test_everybody_sees_and_revokes_their_own_and_owners_everybodys(
    house: House, door: Door
) -> None:
    runtime, _ = house
    max_, mia = [await add_member(runtime, name) for name in ("Max", "Mia")]
    member, other = InProcess(runtime, max_), InProcess(runtime, mia)
    own = await made(member, "phone")
    assert {one["name"] for one in (await member.call("list_tokens"))["tokens"]} == {
        "Max",
        "phone",
    }
    everybodys = (await door.call("list_tokens"))["tokens"]
    assert {"Max", "Mia", "phone"} <= {one["name"] for one in everybodys}
    foreign = await refused(house, other, "revoke_token", token=own["id"])
    missing = await refused(house, other, "revoke_token", token="tok_00000000000000000000000000")
    assert (foreign.code, foreign.message) == (missing.code, missing.message)
    phone = door_of(runtime, own["token"])
    await phone.call("overview")
    revoked = await door.call("revoke_token", token="phone")
    assert (revoked["status"], revoked["user_id"]) == ("revoked", own["user_id"])
    with pytest.raises(Refused, match="revoked"):
        await phone.call("overview")
    assert "no such token" in (await refused(house, member, "revoke_token", token="phone")).message


@ONE_DOOR
async def test_a_token_that_may_make_none_sees_itself_alone(house: House, door: Door) -> None:
    runtime, _ = house
    reader = await made(door, "reader", preset="read-only")
    listed = await door_of(runtime, reader["token"]).call("list_tokens")
    assert [one["id"] for one in listed["tokens"]] == [reader["id"]]


@ONE_DOOR
async def test_tokens_are_listed_by_page_the_newest_first(door: Door, clock: Clock) -> None:
    for number in range(3):
        clock.advance(minutes=1)
        await made(door, f"t{number}")
    first = await door.call("list_tokens", limit=2)
    assert [one["name"] for one in first["tokens"]] == ["t2", "t1"]
    rest = await door.call("list_tokens", limit=2, cursor=first["next_cursor"])
    assert rest["tokens"][0]["name"] == "t0"


async def test_the_command_line_makes_the_same_tokens(house: House) -> None:
    runtime, caller = house
    await set_the_scene(InProcess(runtime, caller))
    issued = await issue_token(
        runtime,
        name="site",
        preset="time-only",
        projects=["Website redesign"],
        expires="in 90 days",
    )
    assert "good until the end of Thursday 2027-02-18" in issued.sentence
    limited = (await door_of(runtime, issued.token).call("list_tokens"))["tokens"]
    assert limited[0]["projects"] == ["Website redesign"]
    with pytest.raises(InvalidInput, match="choose one of full"):
        await issue_token(runtime, name="x", preset="all")
    with pytest.raises(InvalidInput, match="no scope x"):
        await issue_token(runtime, name="x", scopes=["x"])
    with pytest.raises(InvalidInput, match="name: "):
        await issue_token(runtime, name="\n")


async def test_only_who_holds_the_secret_is_told_what_became_of_it(house: House) -> None:
    runtime, caller = house
    door = InProcess(runtime, caller)
    token = await made(door, "phone")
    await door.call("revoke_token", token=token["id"])
    holder = Caller(door="test", token=token["token"])
    with pytest.raises(Unauthenticated, match="was revoked"):
        await runtime.identify(holder)
    guess = Caller(door="test", token=with_other_secret(token["token"]))
    with pytest.raises(Unauthenticated, match="opens nothing here"):
        await runtime.identify(guess)


def with_other_secret(token: str) -> str:
    """Make a well-formed token of the same public prefix."""
    _, kind, prefix, _ = token.split("_")
    parts = iter([bytes(map(ALPHABET.index, prefix)), bytes(SECRET_LENGTH)])
    return make_token(live=kind == "live", random_bytes=lambda count: next(parts)[:count])
