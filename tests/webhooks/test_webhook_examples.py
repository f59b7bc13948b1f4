"""Each example receives what the dispatcher sends, and refuses what it did not send."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from dispatching import SETTINGS
from houses import Door, InProcess, open_house
from receivers import receiving, saying

from hoursmith_mcp.webhooks.running import dispatching
from hoursmith_mcp.webhooks.signatures import mint_secret, signature_headers

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "webhooks"
PATIENCE_SECONDS = 60
BODY = b'{"id":"ev_1","type":"client.created","data":{"client":{"id":"cl_1","name":"Acme"}}}'


@dataclass
class Example:
    """An example that runs, and the house that sends to it."""

    url: str
    secret: str
    door: Door
    webhook_id: str
    process: asyncio.subprocess.Process

    async def post(self, body: bytes, headers: dict[str, str]) -> int:
        """Send it something; returns the status that it answers."""
        async with httpx2.AsyncClient() as client:
            return (await client.post(self.url, content=body, headers=headers)).status_code

    def signed(self, *, id: str = "ev_1", age_seconds: int = 0) -> dict[str, str]:
        """Return the headers of a message that was signed so long ago."""
        at_seconds = int(time.time()) - age_seconds
        return signature_headers([self.secret], message_id=id, at_seconds=at_seconds, body=BODY)

    async def printed(self) -> str:
        """Return the next line that it prints."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            return (await self.process.stdout.readline()).decode()


@asynccontextmanager
async def running(
    database_url: str, command: Sequence[str], *arguments: str, **settings: str
) -> AsyncGenerator[Example]:
    """Run an example as a user would, beside a house whose dispatcher sends to it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    async with open_house(database_url, **SETTINGS) as (runtime, caller):
        door = InProcess(runtime, caller)
        given: dict[str, Any] = {"url": url, "events": ["*"]}
        asked = await door.call("create_webhook", **given)
        webhook = await door.call("create_webhook", **given, confirm=asked["confirm"])
        own = {"HOURSMITH_WEBHOOK_SECRET": webhook["secret"], **settings}
        process = await asyncio.create_subprocess_exec(
            *command,
            str(port),
            *arguments,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **own},
        )
        try:
            await _until_it_runs(process)
            async with dispatching(runtime):
                yield Example(url, webhook["secret"], door, webhook["id"], process)
        finally:
            process.terminate()
            await process.communicate()


async def _until_it_runs(process: asyncio.subprocess.Process) -> None:
    assert process.stderr is not None
    said = ""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while "unning on http" not in said:
            line = await process.stderr.readline()
            assert line, said
            said += line.decode()


def python(name: str) -> list[str]:
    return [sys.executable, str(EXAMPLES / name)]


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return how the receiver in Node is started, with the library where Node looks for it."""
    if not shutil.which("bash"):
        pytest.skip("Node is installed by a script for bash, which is not here.")
    installing = subprocess.run(
        [str(ROOT / ".ci" / "node")], capture_output=True, text=True, check=False
    )
    if installing.returncode:
        pytest.skip(f"Node and its packages could not be installed: {installing.stderr[-300:]}")
    commands = Path(installing.stdout.strip())
    folder = tmp_path_factory.mktemp("node")
    (folder / "node_modules").symlink_to(commands.parent)
    shutil.copy(EXAMPLES / "receiver.mjs", folder)
    return [str(commands / "node"), str(folder / "receiver.mjs")]


async def receives_and_refuses(example: Example) -> None:
    """See that a receiver prints what is sent to it once, and nothing that is not."""
    client = await example.door.call("create_client", name="Größe & Co")
    type, _, data = (await example.printed()).partition(" ")
    assert (type, json.loads(data)["client"]["id"]) == ("client.created", client["id"])
    changed = BODY.replace(b"Acme", b"Borg")
    good, stranger = example.signed(), mint_secret(os.urandom)
    foreign = signature_headers(
        [stranger], message_id="ev_1", at_seconds=int(time.time()), body=BODY
    )
    refused: list[tuple[bytes, dict[str, str]]] = [
        (changed, good),
        (BODY, example.signed(age_seconds=600)),
        (BODY, example.signed(age_seconds=-600)),
        (BODY, foreign),
        (BODY, {**good, "webhook-signature": foreign["webhook-signature"]}),
        (BODY, {**good, "Hoursmith-Signature": foreign["Hoursmith-Signature"]}),
        (BODY, {**good, "webhook-id": "ev_2"}),
        (BODY, {**good, "webhook-timestamp": "9" * 5_000}),
        (BODY, {}),
    ]
    for body, headers in refused:
        assert await example.post(body, headers) == 400
    assert await example.post(BODY, good) == 204
    # The same id again is acknowledged, so that it is not sent once more, and not handled.
    assert [await example.post(BODY, one) for one in (good, example.signed())] == [208, 208]
    assert '"cl_1"' in await example.printed()
    # While the secret is rotated, messages are signed by the one of before as well.
    rotated = {"webhook": example.webhook_id}
    asked = await example.door.call("rotate_webhook_secret", **rotated)
    await example.door.call("rotate_webhook_secret", **rotated, confirm=asked["confirm"])
    await example.door.call("create_client", name="The next")
    assert "The next" in await example.printed()


async def test_the_receiver_takes_what_is_ours_once(sqlite_url: str) -> None:
    async with running(sqlite_url, python("receiver.py")) as example:
        await receives_and_refuses(example)


async def test_the_receiver_in_node_takes_what_is_ours_once(
    sqlite_url: str, node: list[str]
) -> None:
    async with running(sqlite_url, node) as example:
        await receives_and_refuses(example)


async def test_slack_is_told_of_an_invoice_that_is_paid(sqlite_url: str) -> None:
    said = [saying("503 Busy"), saying("200 OK", body=b"ok")]
    told = asyncio.Event()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said.pop(0))
        if not said:
            told.set()

    async with receiving(answer) as slack:
        address = str(slack.url())
        async with running(sqlite_url, python("slack_relay.py"), SLACK_URL=address) as example:
            await example.door.call("create_client", name="Nobody has to know")
            await example.door.call("send_test_event", webhook=example.webhook_id)
            # It is sent again, as Slack was busy.
            await asyncio.wait_for(told.wait(), PATIENCE_SECONDS)
    texts = [json.loads(request.body)["text"] for request in slack.requests]
    assert texts == ["Acme paid 5529.45 EUR: INV-2026-0001 is settled (only a test)."] * 2


async def test_the_queue_holds_every_event_once(sqlite_url: str, tmp_path: Path) -> None:
    queue = tmp_path / "queue.db"
    async with running(sqlite_url, python("queue_writer.py"), str(queue)) as example:
        for name in ("Acme", "Borg", "Cord"):
            await example.door.call("create_client", name=name)
        await _all_delivered(example)
        await example.door.call("replay_deliveries", webhook=example.webhook_id)
        await _all_delivered(example)
        assert await example.post(BODY, example.signed()) == 204
        assert await example.post(BODY, example.signed()) == 208
    with closing(sqlite3.connect(queue)) as connection:
        rows = connection.execute("SELECT id, body FROM event ORDER BY place").fetchall()
    assert len(rows) == len({id for id, _ in rows})
    names = [json.loads(body)["data"]["client"]["name"] for _, body in rows]
    assert sorted(names) == ["Acme", "Acme", "Borg", "Cord"]


async def _all_delivered(example: Example) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            listed = (await example.door.call("list_deliveries"))["deliveries"]
            if len(listed) == 3 and all(one["status"] == "delivered" for one in listed):
                return
            await asyncio.sleep(0.01)
