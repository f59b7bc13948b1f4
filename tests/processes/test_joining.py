"""People join, are demoted and removed while servers run, over real connections."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from billing_scenes import confirmed
from houses import InProcess, Refused, open_house
from mcp import Client
from relays import Mode, client_of_relay, relayed
from rows import add_member
from served import served as over_http
from serving import environment, served

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

ROUNDS = 8


def run(database_url: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "hoursmith_mcp", *arguments],
        env={**environment(database_url), **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def serving(database_url: str) -> Generator[str]:
    """Run `hoursmith-mcp serve`; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-m", "hoursmith_mcp", "serve", "--port", str(port)],
        env=environment(database_url),
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stderr is not None
            assert "Serving MCP" in server.stderr.readline()
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(30)


async def test_two_people_join_a_server_by_their_codes_and_one_of_them_leaves(
    database_url: str,
) -> None:
    with serving(database_url) as url:
        codes = [
            run(database_url, "member", "invite", f"{name}@example.com", "--name", name)
            for name in ("Ada", "Ben")
        ]
        joined = [run("", "join", one.stdout.strip(), "--url", url) for one in codes]
        assert [one.returncode for one in joined] == [0, 0], joined
        tokens = [one.stdout.strip() for one in joined]
        assert all(re.fullmatch(r"hsk_live_\w{12}_\w{32}", token) for token in tokens)
        assert all(token not in one.stderr for token, one in zip(tokens, joined, strict=True))
        again = run("", "join", codes[0].stdout.strip(), "--url", url)
        assert again.returncode == 1
        assert "used or withdrawn" in again.stderr
        mistyped = run("", "join", codes[0].stdout.strip()[:-1], "--url", url)
        assert "cut short or mistyped" in mistyped.stderr
        there = [{"HOURSMITH_URL": url, "HOURSMITH_TOKEN": token} for token in tokens]
        seen = [run("", "call", "overview", **one) for one in there]
        assert ["member: Ada" in seen[0].stdout, "member: Ben" in seen[1].stdout] == [True, True]
        # Without a token nobody comes in any more, the owner neither.
        assert run("", "call", "overview", HOURSMITH_URL=url).returncode == 1
        listed = run(database_url, "member", "list").stdout
        assert [line.split()[1:3] for line in listed.splitlines()] == [
            ["active", "MEMBER"],
            ["active", "MEMBER"],
            ["active", "OWNER"],
        ]
        raised = run(database_url, "member", "role", "Ada", "admin")
        assert raised.stdout == "Ada is ADMIN.\n"
        # Over the server Ada removes Ben: the command confirms what a door for assistants asks.
        removed = run("", "member", "remove", "Ben", **there[0])
        assert removed.stdout.startswith("Ben is a member no more. Tokens that opened")
        assert "may have been revoked" in run("", "call", "overview", **there[1]).stderr
        erased = run(database_url, "member", "erase", "Ben")
        assert erased.stdout.startswith("Name and address are gone.")
    assert await diagnose(database_url) == []


async def test_who_is_invited_is_shown_what_accepts_it_and_nothing_else(sqlite_url: str) -> None:
    async with open_house(sqlite_url, toolsets="default") as (runtime, owner):
        door = InProcess(runtime, owner)
        invited = await confirmed(door, "invite_member", email="a@example.com", name="Ada")
        async with relayed(runtime, Caller(door="test", token=invited["code"])) as client:
            tools = (await client.list_tools()).tools
            assert [tool.name for tool in tools] == ["accept_invitation"]
            accepted = await client.call_tool("accept_invitation", {})
            assert accepted.structured_content is not None
            token = accepted.structured_content["token"]
        async with relayed(runtime, Caller(door="test", token=token)) as client:
            shown = {tool.name for tool in (await client.list_tools()).tools}
            assert "log_time" in shown
            assert "accept_invitation" not in shown


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_who_is_removed_or_demoted_is_so_on_the_next_call_of_an_open_connection(
    database_url: str, mode: Mode
) -> None:
    async with open_house(database_url, toolsets="all") as (runtime, caller):
        door = InProcess(runtime, caller)
        token = (await add_member(runtime, "Ben", role="MANAGER")).token
        await issue_token(runtime, name="so that loopback needs one")

        async def call(client: Client, tool: str) -> Any:
            result = await client.call_tool(tool, {})
            return result.structured_content

        with over_http(database_url, toolsets="all") as url:
            async with client_of_relay(url, token=token, mode=mode) as client:
                assert (await call(client, "overview"))["role"] == "MANAGER"
                await door.call("update_member", member="Ben", role="MEMBER")
                assert (await call(client, "list_unbilled"))["code"] == "forbidden_scope"
                await confirmed(door, "remove_member", member="Ben")
                assert (await call(client, "overview"))["code"] == "unauthenticated"


async def test_two_owners_who_demote_each_other_leave_one(
    database_url: str, tmp_path: Path
) -> None:
    async with open_house(database_url) as (runtime, caller):
        door = InProcess(runtime, caller)
        (owner,) = (await door.call("list_members"))["members"]
        mine = (await issue_token(runtime, name="mine")).token
        theirs = (await add_member(runtime, "Ben", role="OWNER")).token
        async with (
            served(database_url, tmp_path, token=mine, command=ALL_TOOLS) as first,
            served(database_url, tmp_path, token=theirs, command=ALL_TOOLS) as second,
        ):
            for _ in range(ROUNDS):
                outcomes = await asyncio.gather(
                    demote(first, "Ben"), demote(second, owner["id"]), return_exceptions=True
                )
                done = [one for one in outcomes if one is True]
                assert len(done) == 1, outcomes
                left = [
                    one
                    for one in (await door.call("list_members"))["members"]
                    if one["role"] == "OWNER"
                ]
                assert len(left) == 1
                winner = mine if left[0]["id"] == owner["id"] else theirs
                other = "Ben" if left[0]["id"] == owner["id"] else owner["id"]
                door = InProcess(runtime, Caller(door="test", token=winner))
                await confirmed(door, "update_member", member=other, role="OWNER")
    assert await diagnose(database_url) == []


ALL_TOOLS = (
    "-c",
    "import os; os.environ['HOURSMITH_TOOLSETS'] = 'all'; "
    "from hoursmith_mcp.__main__ import main; main()",
)


async def demote(server: Any, member: str) -> bool:
    """Say whether a demotion was done; it may be refused, and nothing else."""
    arguments = {"member": member, "role": "ADMIN"}
    result = await server.ask("tools/call", {"name": "update_member", "arguments": arguments})
    if result["isError"]:
        assert result["structuredContent"]["code"] in ("conflict", "forbidden_scope")
        return False
    return True


async def test_of_two_who_accept_one_invitation_at_once_one_joins(database_url: str) -> None:
    async with open_house(database_url) as (runtime, caller):
        door = InProcess(runtime, caller)
        invited = await confirmed(door, "invite_member", email="a@example.com", name="Ada")
        guest = InProcess(runtime, Caller(door="test", token=invited["code"]))
        answers = await asyncio.gather(
            *(guest.call("accept_invitation") for _ in range(6)), return_exceptions=True
        )
        assert sum(isinstance(one, dict) for one in answers) == 1
        assert all(one.code == "unauthenticated" for one in answers if isinstance(one, Refused))


async def test_several_organisations_are_each_behind_their_own_tokens(database_url: str) -> None:
    made = run(database_url, "org", "create", "Second", "--owner-email", "eve@example.com")
    organization = made.stdout.strip()
    assert organization.startswith("org_")
    listed = run(database_url, "org", "list").stdout
    assert [line.split(None, 3)[3] for line in listed.splitlines()] == [
        "My business  (1 member)",
        "Second  (1 member)",
    ]
    again = run(database_url, "org", "create", "Second", "--owner-email", "eve@example.com")
    assert "There is an organisation Second already" in again.stderr
    unsaid = run(database_url, "member", "list")
    assert unsaid.returncode == 1
    assert "set HOURSMITH_ORGANIZATION" in unsaid.stderr
    within = {"HOURSMITH_ORGANIZATION": organization}
    assert "eve@example.com" in run(database_url, "member", "list", **within).stdout
    unknown = run(database_url, "member", "list", HOURSMITH_ORGANIZATION="org_nowhere")
    assert "There is no organisation with the id" in unknown.stderr
    token = run(database_url, "token", "create", "--name", "eve", **within).stdout.strip()
    seen = run(database_url, "call", "overview", HOURSMITH_TOKEN=token).stdout
    assert "organization: Second" in seen
    code = run(database_url, "member", "invite", "f@example.com", "--name", "Flo", **within)
    joined = run(database_url, "join", code.stdout.strip())
    assert "Welcome to Second, Flo (MEMBER)." in joined.stderr
    assert await diagnose(database_url) == []
