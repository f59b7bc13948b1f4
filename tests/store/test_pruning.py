"""What is too old to be of use is deleted on the way, not kept for ever."""

from __future__ import annotations

import pytest
from billing_scenes import drafted, issued, logged, work_at_acme
from houses import Clock, InProcess
from raw_sql import count

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.unit import PRUNED_EVERY

pytestmark = pytest.mark.anyio


async def until_pruned(door: InProcess) -> None:
    """Log pairs of entries: the numbers of their events step over the multiple."""
    for number in range(PRUNED_EVERY // 2):
        pair = [{"project": "Website", "duration": "1m", "note": f"{number}.{n}"} for n in "ab"]
        await door.call("log_times", entries=pair)


async def test_old_answers_go_though_every_unit_has_two_events(
    house: tuple[Runtime, Caller], clock: Clock, database_url: str
) -> None:
    door = InProcess(*house)
    await door.call("create_client", name="Acme", currency="EUR")
    await door.call("create_project", client="Acme", name="Website")
    await door.call("log_time", project="Website", duration="1m")
    clock.advance(hours=25)
    old = f"created_at < {clock.now_us - 24 * 3_600 * 1_000_000}"
    assert await count(database_url, "stored_answer", old) == 3
    await until_pruned(door)
    assert await count(database_url, "event") == 3 + PRUNED_EVERY
    assert await count(database_url, "stored_answer", old) == 0


async def test_previews_and_questions_make_room_for_others(
    house: tuple[Runtime, Caller], clock: Clock, database_url: str
) -> None:
    door = InProcess(*house)
    await work_at_acme(door, "2h")
    sent = await issued(door)
    await logged(door, "1h")
    events = await count(database_url, "event")
    for _ in range(3):
        await door.call("preview_invoice", client="Acme")
        await door.call("cancel_invoice", invoice=sent["id"])
    assert await count(database_url, "proposal") == 4
    assert await count(database_url, "confirmation") == 4

    clock.advance(hours=47)  # An expired proposal is there for another day, to be told so.
    await door.call("cancel_invoice", invoice=sent["id"])
    proposed = await door.call("preview_invoice", client="Acme")
    assert await count(database_url, "confirmation") == 1
    assert await count(database_url, "proposal") == 5
    clock.advance(hours=2)
    again = await door.call("preview_invoice", client="Acme")
    kept = f"'{proposed['proposal']}', '{again['proposal']}'"
    assert await count(database_url, "proposal", f"id IN ({kept})") == 2
    # The third is what the invoice was made of.
    assert await count(database_url, "proposal") == 3
    # None of it was a change, and what is still good is as good as it was.
    assert await count(database_url, "event") == events
    made = await door.call("create_invoice", proposal=proposed["proposal"])
    assert made["status"] == "DRAFT"


async def test_changes_clear_away_whatever_expired(
    house: tuple[Runtime, Caller], clock: Clock, database_url: str
) -> None:
    door = InProcess(*house)
    await work_at_acme(door, "2h")
    draft = await drafted(door)
    await logged(door, "1h")
    for _ in range(3):
        await door.call("preview_invoice", client="Acme")
    await door.call("send_invoice", invoice=draft["id"])
    await door.call("create_project", client="Acme", name="Website")
    assert await count(database_url, "proposal") == 4
    clock.advance(hours=49)
    await until_pruned(door)
    assert await count(database_url, "confirmation") == 0
    assert await count(database_url, "proposal") == 1  # What the draft was made of.
