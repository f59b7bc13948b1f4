"""Who is let in, what each may decide about others, and what becomes of those who leave."""

from __future__ import annotations

import json
from typing import Any

import pytest
from billing_scenes import confirmed
from houses import Clock, Door, InProcess, Refused
from rows import activities, add_member, events, everything
from scenes import House, refused, set_the_scene

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = pytest.mark.anyio

BEN = {"email": "ben@example.com", "name": "Ben Babbage"}
ROLES = ("MEMBER", "MANAGER", "ADMIN", "OWNER")


async def tell(door: Door, operation: str, /, **given: Any) -> Any:
    """Do an act, and say yes if it asks."""
    answer = await door.call(operation, **given)
    if answer.keys() == {"would", "confirm"}:
        return await door.call(operation, **given, confirm=answer["confirm"])
    return answer


def as_(house: House, token: str) -> InProcess:
    """Return the door of whoever has that token."""
    return InProcess(house[0], Caller(door="test", token=token))


async def join(house: House, door: Door, **given: Any) -> tuple[str, InProcess]:
    """Invite somebody who accepts; return their id and their door."""
    invited = await confirmed(door, "invite_member", **{**BEN, **given})
    accepted = await as_(house, invited["code"]).call("accept_invitation")
    return invited["id"], as_(house, accepted["token"])


async def test_somebody_is_invited_joins_with_the_code_and_leaves(
    house: House, door: Door, clock: Clock, database_url: str
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    asked = await door.call("invite_member", **BEN, role="MANAGER")
    assert asked["would"].startswith(
        "It would invite Ben Babbage <ben@example.com> to My business as MANAGER"
    )
    invited = await door.call("invite_member", **BEN, role="MANAGER", confirm=asked["confirm"])
    assert invited["status"] == "invited"
    assert invited["invited_until"] == "2026-11-27T09:30:00.000000Z"
    guest = as_(house, invited["code"])
    for operation in ("overview", "list_members", "list_guides"):
        with pytest.raises(Refused, match="This is an invitation: accept it first"):
            await guest.call(operation)
    accepted = await guest.call("accept_invitation", name="Ben", time_zone="Europe/Paris")
    assert accepted["token"] != invited["code"]
    with pytest.raises(Refused, match="used or withdrawn"):
        await guest.call("accept_invitation")
    ben = as_(house, accepted["token"])
    assert (await ben.call("overview"))["role"] == "MANAGER"
    with pytest.raises(Refused, match="You have joined already"):
        await ben.call("accept_invitation")
    listed = (await door.call("list_members"))["members"]
    assert [(one["name"], one["status"]) for one in listed] == [
        ("Ben", "active"),
        ("Owner", "active"),
    ]

    task = await door.call("create_task", project="redesign", name="Design", assignees=["Ben"])
    await ben.call("log_time", project="redesign", duration="1h")
    await ben.call("start_timer", project="redesign", task="design")
    clock.advance(hours=2)
    asked = await door.call("remove_member", member="Ben")
    assert asked["would"] == (
        "It would remove Ben <ben@example.com>, MANAGER: 1 token would stop at once; 1 task would "
        "lose them; the timer on Website redesign would be stopped and saved; the time that was "
        "logged stays."
    )
    gone = await door.call("remove_member", member="Ben", confirm=asked["confirm"])
    assert (gone["tokens_revoked"], gone["tasks_unassigned"]) == (1, 1)
    assert gone["timer"] == "Saved 2h on Website redesign."
    with pytest.raises(Refused) as stopped:
        await ben.call("overview")
    assert stopped.value.code == "unauthenticated"
    kept = await door.call("list_time_entries", period="today", member="Ben")
    assert (kept["total_hours"], kept["time_entries"][0]["member"]) == ("3", "Ben")
    rows = await everything(runtime)
    assert (rows["timer"], rows["task_assignee"], rows["project_member"]) == ([], [], [])
    told = [row["type"] for row in await events(runtime)]
    assert told[-4:] == ["time_entry.created", "timer.stopped", "task.updated", "member.removed"]
    assert {row["subject_id"] for row in await events(runtime)} >= {task["id"], gone["id"]}
    assert await diagnose(database_url) == []


@pytest.mark.ci
async def test_what_is_written_down_names_nobody_and_opens_nothing(
    house: House, door: Door
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    key = {"key": "invite ben"} if isinstance(door, InProcess) else {}
    asked = await door.call("invite_member", **BEN)
    invited = await door.call("invite_member", **BEN, confirm=asked["confirm"], **key)
    accepted = await as_(house, invited["code"]).call("accept_invitation", key="accept")
    ben = as_(house, accepted["token"])
    await door.call("create_task", project="redesign", name="Design", assignees=["Ben Babbage"])
    await tell(door, "update_member", member="Ben Babbage", role="MANAGER")
    await ben.call("log_time", project="redesign", duration="1h", key="an hour")
    await door.call("set_rate", member="Ben Babbage", rate="50", currency="EUR")
    await tell(door, "remove_member", member="Ben Babbage")
    erased = await tell(door, "erase_member", member="Ben Babbage")
    rows = await everything(runtime)
    written = json.dumps(rows, ensure_ascii=False, default=str)
    for secret in (invited["code"], accepted["token"]):
        assert secret not in written
        assert secret[-32:] not in written
    for personal in ("Babbage", "ben@example.com"):
        assert [name for name in rows if personal in json.dumps(rows[name], default=str)] == []
    assert erased["name"] == "Former member"
    told = [row["type"] for row in await events(runtime) if row["type"].startswith("member.")]
    ways = ("invited", "joined", "role_changed", "removed", "erased")
    assert told == [f"member.{way}" for way in ways]
    assert {line["operation"] for line in await activities(runtime)} >= {"erase_member"}
    kept = await door.call("list_time_entries", member=erased["id"])
    assert [one["member"] for one in kept["time_entries"]] == ["Former member"]
    assert (await door.call("list_members", removed=True))["members"] == []
    assert (await refused(house, door, "erase_member", member=erased["id"])).code == "not_found"


@pytest.mark.ci
async def test_erasing_leaves_issued_invoices_and_changes_drafts(
    house: House, door: Door, database_url: str
) -> None:
    runtime, _ = house
    await set_the_scene(door)
    _, ben = await join(house, door, role="MANAGER")

    async def drafted() -> Any:
        await ben.call("log_time", project="redesign", duration="1h", allow_duplicate=True)
        seen = await door.call("preview_invoice", client="Acme", group_by="member, project")
        return await door.call("create_invoice", proposal=seen["proposal"])

    issued = await confirmed(door, "send_invoice", invoice=(await drafted())["id"])
    draft = await drafted()
    await ben.call("log_time", project="redesign", duration="2h")
    pending = await door.call("preview_invoice", client="Acme", group_by="member")
    await tell(door, "remove_member", member="Ben Babbage")
    await tell(door, "erase_member", member="Ben Babbage")
    said = [
        (await door.call("get_invoice", invoice=one["id"]))["lines"][0]["description"]
        for one in (issued, draft)
    ]
    assert said == ["Ben Babbage · Website redesign", "Former member · Website redesign"]
    gone = await refused(house, door, "create_invoice", proposal=pending["proposal"])
    assert gone.code == "not_found"
    again = await door.call("preview_invoice", client="Acme", group_by="member")
    assert again["lines"][0]["description"] == "Former member"
    proposals = (await everything(runtime))["proposal"]
    assert "Babbage" not in json.dumps(proposals, ensure_ascii=False, default=str)
    assert await diagnose(database_url) == []


@pytest.mark.ci
async def test_inviting_an_address_twice_is_a_conflict_with_a_way_out(
    house: House, door: Door, clock: Clock
) -> None:
    first = await confirmed(door, "invite_member", **BEN)
    again = await refused(house, door, "invite_member", **{**BEN, "email": "BEN@example.com"})
    assert again.code == "conflict"
    assert "With renew=true they get a new code" in again.message
    second = await confirmed(door, "invite_member", **BEN, role="MANAGER", renew=True)
    assert (second["id"], second["role"]) == (first["id"], "MANAGER")
    with pytest.raises(Refused, match="used or withdrawn"):
        await as_(house, first["code"]).call("accept_invitation")
    clock.advance(hours=7 * 24)
    with pytest.raises(Refused, match="That invitation has expired") as late:
        await as_(house, second["code"]).call("accept_invitation")
    assert late.value.code == "unauthenticated"
    with pytest.raises(Refused, match="cut short or mistyped"):
        await as_(house, second["code"][:-1]).call("accept_invitation")
    third = await confirmed(door, "invite_member", **BEN, renew=True)
    await as_(house, third["code"]).call("accept_invitation")
    joined = await refused(house, door, "invite_member", **BEN, renew=True)
    assert "is a member already" in joined.message


@pytest.mark.ci
async def test_an_invitation_is_withdrawn_and_nothing_is_kept_of_who_never_came(
    house: House, door: Door
) -> None:
    runtime, _ = house
    invited = await confirmed(door, "invite_member", **BEN)
    gone = await confirmed(door, "remove_member", member="Ben Babbage")
    assert gone["message"] == "The invitation of Ben Babbage is withdrawn."
    with pytest.raises(Refused, match="opens nothing here"):
        await as_(house, invited["code"]).call("accept_invitation")
    row = next(one for one in (await everything(runtime))["member"] if one["id"] == invited["id"])
    assert (row["name"], row["email"]) == ("Former member", None)


@pytest.mark.ci
async def test_who_has_left_comes_back_as_who_they_were(house: House, door: Door) -> None:
    await set_the_scene(door)
    first_id, ben = await join(house, door)
    await add_entry(house, door, ben)
    await confirmed(ben, "leave_organization")
    again = await confirmed(door, "invite_member", **BEN)
    assert again["id"] == first_id
    # Withdrawn, they are once more who has left: their time keeps its name.
    await confirmed(door, "remove_member", member="Ben Babbage")
    kept = await door.call("list_time_entries", member=first_id)
    assert [one["member"] for one in kept["time_entries"]] == ["Ben Babbage"]
    second_id, back = await join(house, door)
    assert second_id == first_id
    assert (await back.call("overview"))["member"] == "Ben Babbage"


async def add_entry(house: House, door: Door, ben: InProcess) -> None:
    """Log an hour of Ben's, as somebody who sees every project."""
    await tell(door, "update_member", member="Ben Babbage", role="MANAGER")
    await ben.call("log_time", project="redesign", duration="1h")


async def test_the_last_owner_stays(house: House, door: Door) -> None:
    (owner,) = (await door.call("list_members"))["members"]
    # Who was only invited to be one is none yet.
    await confirmed(door, "invite_member", **BEN, role="OWNER")
    alone = await refused(house, door, "leave_organization")
    assert "You are the last owner: make somebody else an owner first" in alone.message
    demoted = await refused(house, door, "update_member", member=owner["id"], role="ADMIN")
    assert demoted.code == "conflict"
    oneself = await refused(house, door, "remove_member", member="Owner")
    assert oneself.message == "That is you: use leave_organization."
    assert await confirmed(door, "remove_member", member="Ben Babbage")
    _, ben = await join(house, door, role="OWNER", email="b@example.com")
    await confirmed(ben, "remove_member", member="Owner")
    assert "last owner" in (await refused(house, ben, "leave_organization")).message


@pytest.mark.ci
@pytest.mark.parametrize("actor", ROLES)
async def test_nobody_decides_about_an_owner_but_an_owner(
    house: tuple[Runtime, Caller], actor: str
) -> None:
    runtime, _ = house
    doors = {
        name: InProcess(runtime, await add_member(runtime, name, role=role))
        for name, role in (("Owen", "OWNER"), ("Ann", "ADMIN"), ("Max", actor))
    }
    leila = await add_member(runtime, "Leila", role="MEMBER")
    max_ = doors["Max"]
    wanted: dict[tuple[str, Any], str] = {
        ("update_member", ("member", "Owen", "role", "ADMIN")): "OWNER",
        ("update_member", ("member", "Owen", "name", "Owe")): "OWNER",
        ("update_member", ("member", "Ann", "role", "OWNER")): "OWNER",
        ("remove_member", ("member", "Owen")): "OWNER",
        ("invite_member", ("email", "o@example.com", "name", "O", "role", "OWNER")): "OWNER",
        ("invite_member", ("email", "a@example.com", "name", "A", "role", "ADMIN")): "ADMIN",
        ("update_member", ("member", "Leila", "role", "MANAGER")): "ADMIN",
        ("update_member", ("member", "Max", "email", "max@example.org")): "ADMIN",
        ("update_member", ("member", "Max", "name", "Maxine")): "MEMBER",
        ("update_member", ("member", "Maxine", "time_zone", "Asia/Tokyo")): "MEMBER",
    }
    for (operation, words), least in wanted.items():
        given = dict(zip(words[::2], words[1::2], strict=True))
        if ROLES.index(actor) >= ROLES.index(least) and operation != "remove_member":
            assert await max_.call(operation, **given), (operation, given)
        elif ROLES.index(actor) < ROLES.index(least):
            error = await refused(house, max_, operation, **given)
            assert error.code == "forbidden_scope", (operation, given)
    # Of others a MEMBER learns nothing, not even that they are there.
    listed = (await max_.call("list_members"))["members"]
    assert len(listed) == (1 if actor == "MEMBER" else 5)
    other = InProcess(runtime, leila)
    strangers = ("Owen", "Nobody at all", "mem_01arz3ndektsv4rrffq69g5fav")
    texts = {
        (await refused(house, other, "update_member", member=one, name="X")).message
        for one in strangers
    }
    assert len(texts) == 1


@pytest.mark.ci
async def test_an_address_that_is_taken_and_people_who_are_not_there_are_refused(
    house: House, door: Door
) -> None:
    await join(house, door)
    taken = await refused(house, door, "update_member", member="Owner", email="ben@example.com")
    assert taken.code == "conflict"
    for operation, given in (
        ("remove_member", {}),
        ("update_member", {"role": "ADMIN"}),
        ("erase_member", {}),
    ):
        stranger = await refused(house, door, operation, member="Nobody", **given)
        assert stranger.code == "not_found", operation
    # Who is still here is not erased, and a part of a name is not enough.
    assert (await refused(house, door, "erase_member", member="Ben Babbage")).code == "not_found"
    assert (await refused(house, door, "remove_member", member="Ben")).code == "not_found"
    empty = await refused(house, door, "invite_member", email="", name="No one")
    assert empty.code == "validation_error"
