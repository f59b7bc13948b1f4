"""The samples of the catalogue are what operations emit, and every type that they emit has one.

Renew with `HOURSMITH_RENEW=1 uv run pytest -m ci tests/store/test_event_samples.py`.
"""

from __future__ import annotations

import json
import os
import re
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from houses import Clock, InProcess, open_house
from rows import events
from traffic import run_a_day

from hoursmith_mcp.core.receivers import Notice
from hoursmith_mcp.schemas.event_types import EVENT_TYPES
from hoursmith_mcp.schemas.json_values import is_array, is_object
from hoursmith_mcp.webhooks.samples import read_sample

FOLDER = Path(__file__).parent.parent.parent / "hoursmith_mcp" / "webhooks" / "samples"
RENEW = os.environ.get("HOURSMITH_RENEW") == "1"
FORMS = {
    "id of {}": re.compile(r"[a-z]+_[0-9a-z]{26}"),
    "instant": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    "day": re.compile(r"\d{4}-\d\d-\d\d"),
    "number": re.compile(r"-?\d+(\.\d+)?"),
}


@pytest.mark.ci
@pytest.mark.anyio
async def test_the_samples_are_what_operations_emit(tmp_path: Path, clock: Clock) -> None:
    numbers = count()
    url = f"sqlite+aiosqlite:///{tmp_path / 'house.db'}"

    def chance(size: int) -> bytes:
        return next(numbers).to_bytes(size)

    async with open_house(url, clock=clock, entropy=chance) as (runtime, caller):
        door = InProcess(runtime, caller)
        day = await run_a_day(runtime, caller, clock)
        invoice = await door.call("get_invoice", invoice=day.ids["invoice"])
        rest = {"invoice": invoice["id"], "amount": invoice["amount_due"]}
        await door.call("record_payment", **rest)
        rate = await door.call("set_rate", client=day.ids["client"], rate="88")
        assert rate
        await door.call("undo")
        for name in ("project", "task"):
            parts = {"client": day.ids["client"]} if name == "project" else {}
            parts = parts or {"project": day.ids["project"]}
            await door.call(f"create_{name}", name="A slip", **parts)
            clock.advance(seconds=1)
            await door.call("undo")
        found = {row["type"]: row["data"] for row in reversed(await events(runtime))}
    found["invoice.payment_failed"] = found["invoice.sent"]
    for notice in Notice:  # What dispatching emits is the webhook, too.
        found[f"webhook.{notice}"] = found["webhook.updated"]
    assert set(found) == set(EVENT_TYPES)
    if RENEW:
        for type, data in found.items():
            text = json.dumps(data, indent=2, ensure_ascii=False)
            (FOLDER / f"{type}.json").write_text(f"{text}\n", "utf-8", newline="\n")
    for type, data in found.items():
        assert shape(read_sample(type)) == shape(data), type


def shape(value: Any) -> Any:
    """Return what a value is made of: its names and forms, not what it says."""
    if is_object(value):
        return {name: shape(part) for name, part in sorted(value.items())}
    if is_array(value):
        return sorted({json.dumps(shape(part)) for part in value})
    if isinstance(value, str):
        written = next((name for name, form in FORMS.items() if form.fullmatch(value)), "text")
        return written.format(value.partition("_")[0])
    return type(value).__name__
