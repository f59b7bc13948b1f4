"""Members over REST: what they are not shown shows in no answer, tag, list or refusal."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest
from houses import Clock, open_house
from rest_calls import key, refused, rest_client
from rows import add_member, limit_scopes

from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.adapters.guessing import MOST_AT_ONCE
from hoursmith_mcp.runtime import Runtime

pytestmark = pytest.mark.anyio

HIDDEN = ("rate", "Rate", "amount", "currency", "EUR", "90.00", "91.00")
"""Money, as it is written to those who see it."""


class Two:
    """The API of a house as its owner calls it, and as Ben does, who sees no money."""

    def __init__(
        self, runtime: Runtime, owner: httpx2.AsyncClient, ben: httpx2.AsyncClient
    ) -> None:
        """Take the house, and a client of each."""
        self.runtime = runtime
        self.owner = owner
        self.ben = ben


@pytest.fixture
async def two(database_url: str, clock: Clock) -> AsyncGenerator[Two]:
    """Yield a house with a project of Ben's and one that is not."""
    async with open_house(database_url, clock=clock) as (runtime, _):
        token = (await add_member(runtime, "Ben")).token
        owners = (await issue_token(runtime, name="Owner")).token
        async with (
            rest_client(runtime, owners) as owner,
            rest_client(runtime, token) as ben,
        ):
            for path, given in (
                ("clients", {"name": "Acme", "currency": "EUR"}),
                ("projects", {"clientId": "Acme", "name": "Site", "hourlyRate": "90.00"}),
                ("projects", {"clientId": "Acme", "name": "Secret", "hourlyRate": "90.00"}),
                ("projects/Site/members", {"memberId": "Ben"}),
                ("time-entries", {"projectId": "Secret", "duration": "1h"}),
            ):
                answer = await owner.post(path, json=given, headers=key(str(given)))
                assert answer.status_code in (200, 201), answer.text
            yield Two(runtime, owner, ben)


async def test_a_tag_tells_of_nothing_that_its_reader_is_not_shown(two: Two) -> None:
    seen, owners = await two.ben.get("projects/Site"), await two.owner.get("projects/Site")
    assert "90.00" in owners.text
    assert not [word for word in HIDDEN if word in seen.text]
    assert seen.headers["etag"] != owners.headers["etag"]
    dearer = {"hourlyRate": "91.00"}
    assert (await two.owner.patch("projects/Site", json=dearer)).status_code == 200
    # The owner's view of it is another now; Ben's is what it was.
    if_owner = {"If-None-Match": owners.headers["etag"]}
    assert (await two.owner.get("projects/Site", headers=if_owner)).status_code == 200
    if_seen = {"If-None-Match": seen.headers["etag"]}
    assert (await two.ben.get("projects/Site", headers=if_seen)).status_code == 304


@pytest.mark.ci
async def test_a_change_rests_on_what_its_maker_was_shown(two: Two) -> None:
    given = {"projectId": "Site", "name": "Menu", "assigneeIds": ["Ben"]}
    assert (await two.owner.post("tasks", json=given, headers=key("t"))).status_code == 201
    if_match = {"If-Match": (await two.ben.get("tasks/Menu")).headers["etag"]}
    changed = await two.ben.patch("tasks/Menu", json={"status": "DONE"}, headers=if_match)
    assert changed.status_code == 200, changed.text
    late = await two.ben.patch("tasks/Menu", json={"status": "TODO"}, headers=if_match)
    problem = refused(late, 412, "conflict")
    assert not [word for word in HIDDEN if word in str(problem)]


@pytest.mark.ci
async def test_a_list_holds_what_is_there_for_its_reader(two: Two) -> None:
    given = {"projectId": "Site", "duration": "2h"}
    await two.ben.post("time-entries", json=given, headers=key("b"))
    for path in ("time-entries", "tasks", "activity", "overview", "find?query=Acme"):
        answer = await two.ben.get(path)
        assert answer.status_code == 200, answer.text
        assert not [word for word in (*HIDDEN, "Secret") if word in answer.text], path
    entries = (await two.ben.get("time-entries")).json()
    assert [one["durationSeconds"] for one in entries["data"]] == [7200]
    assert len((await two.owner.get("time-entries")).json()["data"]) == 2


@pytest.mark.ci
async def test_what_is_not_there_for_them_is_refused_as_what_is_nowhere(two: Two) -> None:
    secret, nowhere = await two.ben.get("projects/Secret"), await two.ben.get("projects/Nowhere")
    problems = [refused(answer, 404, "not_found") for answer in (secret, nowhere)]
    assert problems[0]["detail"].replace("Secret", "Nowhere") == problems[1]["detail"]
    # Arguments about money are none of theirs, and no hint names them.
    sent: dict[str, Any] = {"name": "x", "hourlyRat": "90"}
    answer = await two.ben.patch("projects/Site", json=sent)
    assert answer.status_code in (403, 422)
    assert "hourlyRate" not in answer.text
    assert refused(await two.ben.get("invoices"), 403, "forbidden_scope")["error"].keys() == {
        *("code", "message")
    }


@pytest.mark.ci
async def test_a_scope_that_is_missing_is_asked_for(two: Two) -> None:
    await limit_scopes(two.runtime, "Ben", without="time:write")
    given = {"projectId": "Site", "duration": "1h"}
    answer = await two.ben.post("time-entries", json=given, headers=key("b"))
    refused(answer, 403, "forbidden_scope")
    challenge = answer.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="time:write"' in challenge
    # It is for want of that, whatever was sent.
    for wrong in ({}, {**given, "nonsense": 1}):
        answer = await two.ben.post("time-entries", json=wrong, headers=key("w"))
        assert answer.headers["www-authenticate"] == challenge
    # Where a role is missing, no scope would help, and none is named.
    assert "www-authenticate" not in (await two.ben.get("invoices")).headers


@pytest.mark.ci
async def test_guessing_is_slowed_at_every_door_together(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock, rate_limits="off") as (runtime, _):
        token = (await issue_token(runtime, name="script")).token
        async with rest_client(runtime, token) as client:
            assert (await client.get("overview")).status_code == 200
            for number in range(MOST_AT_ONCE):
                wrong = {"Authorization": f"Bearer hs_{number}"}
                answer = await client.get("overview", headers=wrong)
                refused(answer, 401, "unauthenticated")
                assert 'error="invalid_token"' in answer.headers["www-authenticate"]
            answer = await client.get("overview", headers={"Authorization": "Bearer hs_x"})
            refused(answer, 429, "rate_limited")
            assert int(answer.headers["retry-after"]) > 0
            mcp = "http://127.0.0.1:8484/mcp"
            answer = await client.post(mcp, headers={"Authorization": "Bearer hs_x"})
            assert answer.status_code == 429
            # Who was let in before still is.
            assert (await client.get("overview")).status_code == 200
