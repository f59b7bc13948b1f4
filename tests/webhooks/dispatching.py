"""Endpoints as rows, and a dispatcher that a test leads by the hand."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from houses import SECRET_KEY, Clock, InProcess
from receivers import THIS_MACHINE
from rows import everything

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.core.ids import new_id
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.session import Session
from hoursmith_mcp.store.tables import WebhookEndpoint
from hoursmith_mcp.webhooks.dispatcher import Dispatcher
from hoursmith_mcp.webhooks.sealing import load_sealer
from hoursmith_mcp.webhooks.sender import Patience, Sender
from hoursmith_mcp.webhooks.signatures import mint_secret

SECRET = mint_secret(bytes)
BRIEF = Patience(connect=2, tls=2, head=2, body=2)
"""For receivers that never answer: one that answers may take its time on a busy machine."""

SETTINGS: dict[str, Any] = {"webhook_allow": "127.0.0.0/8", "secret_key": SECRET_KEY}


async def add_endpoint(
    runtime: Runtime, caller: Caller, url: object, patterns: str = "*", **values: Any
) -> str:
    """Add an endpoint of whoever calls, from now on; returns its id."""
    me = await InProcess(runtime, caller).call("overview")
    endpoint_id = new_id("wh", runtime.clock(), runtime.entropy(10))
    sealer = load_sealer(SECRET_KEY, "")
    last = [row["last_sequence"] for row in (await everything(runtime))["event_counter"]]

    async def unit(session: Session) -> None:
        session.organization_id = me["organization_id"]
        row: dict[str, Any] = {
            "id": endpoint_id,
            "member_id": me["user_id"],
            "url": str(url),
            "patterns": patterns,
            "thin": False,
            "state": "active",
            "secret": sealer.seal(SECRET, of=endpoint_id, nonce=bytes(12)),
            "event_sequence": last[0],
            "last_sequence": 0,
            "failures": 0,
            "version": 1,
            "created_at": session.now_us,
            "updated_at": session.now_us,
        }
        await session.insert(WebhookEndpoint, {**row, **values})

    await (await runtime.database()).write(unit)
    return endpoint_id


@asynccontextmanager
async def dispatching(
    runtime: Runtime, patience: Patience | None = None
) -> AsyncGenerator[Dispatcher]:
    """Yield a dispatcher that looks for work when it is told to."""
    sender = Sender(THIS_MACHINE, patience=patience)
    try:
        yield Dispatcher(runtime, sender)
    finally:
        await sender.close()


async def round(dispatcher: Dispatcher) -> None:
    """Look for work, twice, as what was queued is then claimed; and wait for it."""
    for _ in range(2):
        await dispatcher.look()
        await dispatcher.settle()


async def deliveries(runtime: Runtime) -> list[dict[str, Any]]:
    """Return the deliveries in their order."""
    rows = (await everything(runtime))["delivery"]
    return sorted(rows, key=lambda row: int(row["sequence"]))


async def attempts(runtime: Runtime) -> list[dict[str, Any]]:
    """Return the attempts in their order."""
    rows = (await everything(runtime))["delivery_attempt"]
    return sorted(rows, key=lambda row: (row["delivery_id"], int(row["number"])))


async def endpoint(runtime: Runtime) -> dict[str, Any]:
    """Return the only endpoint."""
    [row] = (await everything(runtime))["webhook_endpoint"]
    return row


async def work(runtime: Runtime, caller: Caller, clock: Clock) -> Any:
    """Make a client, a project and an entry: three events."""
    door = InProcess(runtime, caller)
    await door.call("create_client", name="Acme", currency="EUR", default_rate="95")
    project = await door.call("create_project", client="Acme", name="Website")
    return await door.call("log_time", project=project["id"], duration="2h")
