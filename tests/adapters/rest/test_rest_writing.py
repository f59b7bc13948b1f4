"""What only scripts write: somebody else's time, a task's end, addresses in parts."""

from __future__ import annotations

from typing import Any

import pytest
from houses import InProcess, open_house
from rest_calls import key, refused, rest_client
from rows import add_member
from scenes import set_the_scene

pytestmark = [pytest.mark.anyio, pytest.mark.ci]


async def test_time_is_logged_for_others_and_given_to_others(sqlite_url: str) -> None:
    async with open_house(sqlite_url) as (runtime, owner):
        door = InProcess(runtime, owner)
        await set_the_scene(door)
        await add_member(runtime, "Ben")
        manager = await add_member(runtime, "Mia", role="MANAGER")
        boss = await add_member(runtime, "Ada", role="ADMIN")
        async with rest_client(runtime, manager.token) as api:
            given: dict[str, Any] = {"projectId": "redesign", "entryDate": "2026-11-02"}
            given |= {"duration": "20h", "userId": "Ben"}
            answer = await api.post("time-entries", json=given, headers=key("1"))
            assert "Ben is not on that project" in refused(answer, 409, "conflict")["detail"]
            await door.call("add_project_member", project="redesign", member="Ben")
            answer = await api.post("time-entries", json=given, headers=key("2"))
            assert (answer.status_code, answer.json()["data"]["member"]) == (201, "Ben")
            answer = await api.post("time-entries", json=given, headers=key("3"))
            assert "a day has 24h" in refused(answer, 422, "validation_error")["detail"]
            own = {**given, "userId": "Mia"}
            entry = (await api.post("time-entries", json=own, headers=key("4"))).json()["data"]
            same = await api.patch(f"time-entries/{entry['id']}", json={"userId": "Mia"})
            assert same.status_code == 200
            answer = await api.patch(f"time-entries/{entry['id']}", json={"userId": "Owner"})
            refused(answer, 403, "forbidden_scope")
        async with rest_client(runtime, boss.token) as api:
            await door.call("create_project", client="Acme", name="Logo")
            moved = {"userId": "Ben", "projectId": "Logo"}
            answer = await api.patch(f"time-entries/{entry['id']}", json=moved)
            assert "Ben is not on that project" in refused(answer, 409, "conflict")["detail"]
            answer = await api.patch(f"time-entries/{entry['id']}", json={"userId": "Ben"})
            assert "a day has 24h" in refused(answer, 422, "validation_error")["detail"]
            answer = await api.patch(f"time-entries/{entry['id']}", json={"userId": "Owner"})
            assert answer.json()["data"]["member"] == "Owner"
            assert (await api.post("undo", json={}, headers=key("u"))).status_code == 200
            back = await api.get(f"time-entries/{entry['id']}")
            assert back.json()["data"]["member"] == "Mia"


async def test_a_task_stays_in_its_project_and_ends_when_it_is_said_to(sqlite_url: str) -> None:
    async with open_house(sqlite_url) as (runtime, owner), rest_client(runtime) as api:
        door = InProcess(runtime, owner)
        await set_the_scene(door)
        await door.call("create_project", client="Acme", name="Logo")
        await door.call("create_task", project="Logo", name="Ink")
        answer = await api.patch("tasks/Ink", json={"projectId": "redesign"})
        assert "stays in Logo" in refused(answer, 409, "conflict")["detail"]
        given = {"projectId": "Logo", "status": "DONE", "endDate": "2026-11-02"}
        data = (await api.patch("tasks/Ink", json=given)).json()["data"]
        assert (data["status"], data["endDate"]) == ("DONE", "2026-11-02")
        assert "endDate" not in (await api.patch("tasks/Ink", json={"endDate": ""})).json()["data"]
        days = {"startDate": "2026-11-05", "endDate": "2026-11-04"}
        refusal = await api.patch("tasks/Ink", json=days)
        assert refusal.status_code == 422
        assert "2026-11-04 is before start_date, 2026-11-05" in refusal.text


async def test_an_address_is_made_of_its_parts_unless_it_is_given(sqlite_url: str) -> None:
    async with open_house(sqlite_url) as (runtime, _), rest_client(runtime) as api:
        given = {"name": "Acme", "billingLine1": "Street 1", "billingCity": "Bonn"}
        await api.post("clients", json=given, headers=key("1"))

        async def changed(**body: str) -> tuple[Any, Any]:
            data = (await api.patch("clients/Acme", json=body)).json()["data"]
            return data.get("billingAddress"), data.get("billingCity")

        assert await changed() == ("Street 1\nBonn", "Bonn")
        assert await changed(billingPostalCode="53111") == ("Street 1\n53111 Bonn", "Bonn")
        assert await changed(billingAddress="Elsewhere") == ("Elsewhere", "Bonn")
        assert await changed(billingCity="Ulm") == ("Street 1\n53111 Ulm", "Ulm")
        assert await changed(billingCity="", billingLine1="", billingPostalCode="") == (None, None)
