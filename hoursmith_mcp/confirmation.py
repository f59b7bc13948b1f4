"""Asking before an act that leaves the house or cannot be taken back.

What the act would do is shown, and kept as a row that is bound to the member, the operation, the
arguments and what was shown; it is good once, and for fifteen minutes.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from hoursmith_mcp.errors import Conflict

if TYPE_CHECKING:
    from pydantic import BaseModel

    from hoursmith_mcp.call import Call
    from hoursmith_mcp.unit import Unit

GOOD_FOR_US = 15 * 60 * 1_000_000
"""How long a confirmation is good, in microseconds."""

AGAIN = "Call again without confirm, look at what it would do, and confirm that."


async def ask(unit: Unit, call: Call, would: BaseModel | None) -> dict[str, Any] | None:
    """Return the question to be answered, or None where the act may go on.

    Raises Conflict for a confirmation that is unknown, used, expired, or of something else than
    what would happen now.
    """
    shown = would.model_dump(mode="json", exclude_none=True) if would is not None else None
    if unit.confirm is not None:
        await _use(unit, call, unit.confirm, shown)
        return None
    if shown is None:
        return None
    confirmation_id = call.new_id("cn")
    await call.store.confirmations.add(
        id=confirmation_id,
        member_id=call.actor.member_id,
        operation=unit.operation.name,
        arguments_hash=unit.arguments_hash,
        shown_hash=_hash(shown),
        expires_at=call.now_us + GOOD_FOR_US,
    )
    return {**shown, "confirm": confirmation_id}


async def _use(unit: Unit, call: Call, confirm: str, shown: dict[str, Any] | None) -> None:
    row = await call.store.confirmations.get(confirm, call.actor.member_id)
    if row is None or row.operation != unit.operation.name:
        raise Conflict(f"That confirm belongs to nothing of yours. {AGAIN}")
    if row.arguments_hash != unit.arguments_hash:
        raise Conflict(f"That confirm was for other arguments. {AGAIN}")
    if row.used_at is not None:
        raise Conflict(f"That confirm was used already. {AGAIN}")
    if row.expires_at <= call.now_us:
        raise Conflict(f"That confirm has expired. {AGAIN}")
    if shown is not None and row.shown_hash != _hash(shown):
        raise Conflict(
            f"Something has changed since that was confirmed. {AGAIN}",
            difference=[{"what": "would", "was": "what was confirmed", "now": str(shown["would"])}],
        )
    await call.store.confirmations.use(row.id)


def _hash(shown: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()
