"""Time as a bookkeeper reads it: in decimal hours, and with what its invoice charges for it."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import url_of
from houses import InProcess, open_house

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

CHARGED = {"invoice_id", "invoice_number", "billed_hours", "billed_rate", "billed_amount"}
Sums = defaultdict[tuple[str, str, str], Decimal]


async def test_what_is_charged_for_entries_adds_up_to_the_lines_of_their_invoices(
    billed_file: Path,
) -> None:
    async with open_house(url_of(billed_file)) as (runtime, owner):
        door = InProcess(runtime, owner)
        listed = await door.call("filter_time_entries", limit=200)
        assert "next_cursor" not in listed
        charged, lines = Sums(Decimal), Sums(Decimal)
        for entry in listed["time_entries"]:
            exact = Decimal(entry["duration_seconds"]) / 3600
            assert abs(Decimal(entry["hours"]) - exact) <= Decimal("0.00005")
            if "locked" not in entry:
                assert not CHARGED & entry.keys()
                continue
            key = (entry["invoice_id"], entry["currency"], entry["billed_rate"])
            charged[key] += Decimal(entry["billed_amount"])
        for line in (await door.call("filter_invoice_lines", limit=200))["invoice_lines"]:
            if line["kind"] == "time":
                key = (line["invoice_id"], line["currency"], line["unit_price"])
                lines[key] += Decimal(line["amount"])
        assert len(charged) > 1
        # What is cancelled keeps its lines, and charges for nothing.
        assert charged == {key: lines[key] for key in charged}
        first = listed["time_entries"][0]
        assert await door.call("get_time_entry", time_entry=first["id"]) == first
