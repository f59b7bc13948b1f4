"""Asking before an act that leaves the house or cannot be taken back.

What the act would do is shown, and kept as a row that is bound to the member, the operation, the
arguments, what was shown and what that rests on; it is good once, and for fifteen minutes.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.questions import CONFIRM, Option, Question

if TYPE_CHECKING:
    from hoursmith_mcp.call import Call
    from hoursmith_mcp.schemas.base import Would
    from hoursmith_mcp.unit import Unit

GOOD_FOR_US = 15 * 60 * 1_000_000
"""How long a confirmation is good, in microseconds."""

AGAIN = "Call again without confirm, look at what it would do, and confirm that."


async def ask(unit: Unit, call: Call, would: Would | None) -> Question | None:
    """Return the question to be answered, or None where the act may go on.

    Raises Conflict for a confirmation that is unknown, used, expired, or of something else than
    what would happen now.
    """
    if unit.confirm is not None:
        await _use(unit, call, unit.confirm, would)
        return None
    if would is None:
        return None
    confirmation_id = call.new_id("cn")
    await call.store.confirmations.add(
        id=confirmation_id,
        member_id=call.actor.member_id,
        operation=unit.operation.name,
        arguments_hash=unit.taken_hash,
        shown_hash=_hash(would),
        expires_at=call.now_us + GOOD_FOR_US,
    )
    return Question(would.would, CONFIRM, (Option(confirmation_id, "Yes"),))


async def _use(unit: Unit, call: Call, confirm: str, would: Would | None) -> None:
    row = await call.store.confirmations.get(confirm, call.actor.member_id)
    if row is None or row.operation != unit.operation.name:
        raise Conflict(f"That confirm belongs to nothing of yours. {AGAIN}")
    if row.arguments_hash != unit.taken_hash:
        raise Conflict(f"That confirm was for other arguments. {AGAIN}")
    if row.used_at is not None:
        raise Conflict(f"That confirm was used already. {AGAIN}")
    if row.expires_at <= call.now_us:
        raise Conflict(f"That confirm has expired. {AGAIN}")
    if would is not None and row.shown_hash != _hash(would):
        raise Conflict(
            f"Something has changed since that was confirmed. {AGAIN}",
            difference=[{"what": "would", "was": "what was confirmed", "now": would.would}],
        )
    await call.store.confirmations.use(row.id)


def _hash(would: Would) -> str:
    text = json.dumps([would.would, would.basis])
    return hashlib.sha256(text.encode()).hexdigest()
