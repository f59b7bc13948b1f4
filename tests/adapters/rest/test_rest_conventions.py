"""The documented conventions: envelopes, names, keys, tags, headers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import httpx2
import pytest
from houses import open_house
from rest_calls import key, refused, rest_client

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.runtime import Runtime

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api(sqlite_url: str) -> AsyncGenerator[httpx2.AsyncClient]:
    """Yield the API of a house with a client and a project in it."""
    async with open_house(sqlite_url) as (runtime, _), rest_client(runtime) as client:
        given = {"name": "Acme", "currency": "EUR", "defaultRate": 87.5}
        assert (await client.post("clients", json=given, headers=key("c"))).status_code == 201
        given = {"name": "Site", "clientId": "Acme"}
        assert (await client.post("projects", json=given, headers=key("p"))).status_code == 201
        yield client


@pytest.mark.ci
async def test_what_was_made_is_data_at_an_address_of_its_own(api: httpx2.AsyncClient) -> None:
    answer = await api.post("clients", json={"name": "Bolt"}, headers=key("1"))
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert answer.headers["location"] == f"/api/v1/clients/{data['id']}"
    again = await api.get(answer.headers["location"].removeprefix("/api/v1/"))
    assert again.json()["data"]["name"] == "Bolt"
    assert {"createdAt", "updatedAt", "availableActions"} <= data.keys()


async def test_names_are_documented_ones_also_within_lists(api: httpx2.AsyncClient) -> None:
    entries = [{"duration": "1h", "entryDate": "2026-11-02", "projectId": "Site"}]
    answer = await api.post("time-entries/bulk", json={"entries": entries}, headers=key("b"))
    (entry,) = answer.json()["data"]["timeEntries"]
    assert (entry["entryDate"], entry["durationSeconds"]) == ("2026-11-02", 3600)
    entries[0]["date"] = "2026-11-02"
    answer = await api.post("time-entries/bulk", json={"entries": entries}, headers=key("d"))
    problem = refused(answer, 422, "validation_error")
    assert problem["errors"][0]["pointer"] == "/entries/0"
    assert "entryDate" in problem["detail"]


@pytest.mark.ci
async def test_a_refused_argument_has_a_pointer_in_the_names_of_the_api(
    api: httpx2.AsyncClient,
) -> None:
    entries = [{"duration": "1h", "entryDate": 5, "projectId": "Site"}]
    answer = await api.post("time-entries/bulk", json={"entries": entries}, headers=key("e"))
    problem = refused(answer, 422, "validation_error")
    assert [one["pointer"] for one in problem["errors"]] == ["/entries/0/entryDate"]
    assert problem["error"]["fields"] == {
        "entries.0.entryDate": "entries.0.entryDate must be text."
    }
    answer = await api.get("time-entries", params={"limit": "500"})
    problem = refused(answer, 422, "validation_error")
    assert [one["parameter"] for one in problem["errors"]] == ["limit"]


@pytest.mark.ci
async def test_a_list_is_paged_by_a_cursor(api: httpx2.AsyncClient) -> None:
    for day in ("2026-11-02", "2026-11-03", "2026-11-04"):
        given = {"projectId": "Site", "duration": "1h", "entryDate": day}
        await api.post("time-entries", json=given, headers=key(day))
    first = (await api.get("time-entries", params={"limit": 2})).json()
    assert [one["entryDate"] for one in first["data"]] == ["2026-11-04", "2026-11-03"]
    assert first["pagination"]["limit"] == 2
    cursor = first["pagination"]["nextCursor"]
    rest = (await api.get("time-entries", params={"limit": 2, "cursor": cursor})).json()
    assert [one["entryDate"] for one in rest["data"]] == ["2026-11-02"]
    assert rest["pagination"] == {"nextCursor": None, "limit": 2}
    whole = (await api.get("time-entries")).json()
    assert whole["pagination"]["limit"] == 50
    assert "meta" not in whole
    assert "meta" in (await api.get("invoices/unpaid")).json()
    other = await api.get("time-entries", params={"cursor": cursor, "billable": "no"})
    refused(other, 422, "validation_error")


async def test_a_key_repeats_an_answer_and_refuses_another_body(api: httpx2.AsyncClient) -> None:
    given = {"projectId": "Site", "duration": "1h"}
    refused(await api.post("time-entries", json=given), 422, "validation_error")
    first = await api.post("time-entries", json=given, headers=key("k"))
    assert "idempotent-replayed" not in first.headers
    for written in ("k", '"k"'):
        again = await api.post("time-entries", json=given, headers=key(written))
        assert (again.status_code, again.json()) == (201, first.json())
        assert again.headers["idempotent-replayed"] == "true"
    other = await api.post("time-entries", json={**given, "note": "x"}, headers=key("k"))
    refused(other, 409, "conflict")
    assert len((await api.get("time-entries")).json()["data"]) == 1


async def test_a_tag_tells_whether_what_was_read_has_changed(api: httpx2.AsyncClient) -> None:
    tag = (await api.get("clients/Acme")).headers["etag"]
    unchanged = await api.get("clients/Acme", headers={"If-None-Match": f'"x", W/{tag}'})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert (await api.get("clients/Acme", headers={"If-None-Match": '"x"'})).status_code == 200
    writes = [
        api.patch("clients/Acme", json={"notes": str(one)}, headers={"If-Match": tag})
        for one in range(2)
    ]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*writes))
    assert statuses == [200, 412]
    late = await api.patch("clients/Acme", json={"notes": "late"}, headers={"If-Match": tag})
    refused(late, 412, "conflict")
    weak = await api.patch("clients/Acme", json={}, headers={"If-Match": f"W/{tag}"})
    refused(weak, 412, "conflict")
    assert (await api.get("clients/Acme")).json()["data"]["notes"] != "late"
    assert (
        await api.patch("clients/Acme", json={"notes": "*"}, headers={"If-Match": "*"})
    ).status_code == 200


async def test_a_path_says_which_methods_it_takes(api: httpx2.AsyncClient) -> None:
    answer = await api.put("clients/Acme")
    refused(answer, 405, "bad_request")
    assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"
    options = await api.request("OPTIONS", "clients/Acme")
    assert (options.status_code, options.headers["allow"]) == (204, answer.headers["allow"])
    head, get = await api.head("clients/Acme"), await api.get("clients/Acme")
    assert (head.status_code, head.headers["etag"]) == (200, get.headers["etag"])
    for nothing in ("clients/", "nothing", "", "clients/Acme/", "clients//account"):
        refused(await api.get(nothing), 404, "not_found")


@pytest.mark.ci
async def test_every_answer_is_the_callers_own(api: httpx2.AsyncClient) -> None:
    for answer in (
        await api.get("overview"),
        await api.get("nothing"),
        await api.get("overview", headers={"Authorization": "Basic x"}),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["vary"] == "Authorization"
        assert answer.headers["request-id"].startswith("req_")
    ids = {(await api.get("overview")).headers["request-id"] for _ in range(3)}
    assert len(ids) == 3


async def test_who_is_not_known_is_challenged(sqlite_url: str) -> None:
    async with open_house(sqlite_url) as (runtime, _):
        issued = await issue_token(runtime, name="script")
        async with rest_client(runtime) as client:
            nobody = await client.get("overview")
            refused(nobody, 401, "unauthenticated")
            challenge = nobody.headers["www-authenticate"]
            assert challenge.startswith('Bearer realm="hoursmith", scope="')
            assert "error" not in challenge
            # Nothing of the surface is told to them, either.
            refused(await client.get("nothing"), 401, "unauthenticated")
        async with rest_client(runtime, issued.token) as client:
            assert (await client.get("overview")).status_code == 200


@pytest.mark.ci
async def test_what_a_call_belongs_to_is_kept(sqlite_url: str) -> None:
    async with open_house(sqlite_url) as (runtime, _), rest_client(runtime) as client:
        headers = {**key("1"), "X-Run-Id": "nightly", "User-Agent": "script/1.0 (linux)"}
        await client.post("clients", json={"name": "Acme"}, headers=headers)
        (line, *_) = (await client.get("activity")).json()["data"]
        assert (line["door"], line["client"], line["run"]) == ("rest", "script/1.0", "nightly")


async def test_many_posts_with_one_key_have_one_effect(house: tuple[Runtime, Caller]) -> None:
    runtime, caller = house
    async with rest_client(runtime, caller.token) as client:
        given = {"name": "Acme"}
        posts = [client.post("clients", json=given, headers=key("one")) for _ in range(23)]
        answers = await asyncio.gather(*posts)
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.text for answer in answers}) == 1
        replayed = [answer for answer in answers if "idempotent-replayed" in answer.headers]
        assert len(replayed) == 22
        found = (await client.get("find", params={"query": "Acme"})).json()["data"]["results"]
        assert len(found) == 1
