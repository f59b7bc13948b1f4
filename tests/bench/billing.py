"""What billing costs with a million entries, nearly all of them billed, to ten thousand."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path
from typing import Any

from billed_volume import OPEN_OF_FIRST_CLIENT, fill_billed
from measure import Row, interleaved, percentile
from places import PLACES, Place
from servers import Served
from volume import FEW, MANY, folder

from hoursmith_mcp.toolkit import Toolkit

CLIENT = "Client 000"
CALLS, INVOICES = 30, 10
OWN = frozenset(
    {"client_id", "project_id", "organization_id", "user_id", "arguments", "next_cursor"}
)
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "unbilled": ("list_unbilled", {}),
    "unbilled-client": ("list_unbilled", {"client": CLIENT, "lines": True}),
    "invoice-list": ("list_invoices", {}),
    "unpaid-list": ("list_unpaid_invoices", {}),
    "report-unbilled": ("report", {"kind": "unbilled"}),
    "overview": ("overview", {}),
}


def rows(_: Served) -> list[Row]:
    """Return the rows of this group."""
    return [
        *(
            _question(place, name, tool, given)
            for place in PLACES
            for name, (tool, given) in QUESTIONS.items()
        ),
        _invoice("invoice-create", "create_invoice", with_preview=False),
        _invoice("invoice-preview-create", "preview_invoice + create_invoice", with_preview=True),
    ]


def _question(place: Place, name: str, tool: str, given: dict[str, Any]) -> Row:
    return Row(
        name=f"{name}{place.ending}",
        what=f"{tool}({', '.join(given)}) at {MANY:,} entries, all but 1,000 billed, to {FEW:,}",
        unit="ms",
        bar=1.3,
        round=interleaved(
            partial(_asked, place, FEW, tool, given), partial(_asked, place, MANY, tool, given)
        ),
    )


def _invoice(name: str, what: str, *, with_preview: bool) -> Row:
    return Row(
        name=name,
        what=f"{what} of {OPEN_OF_FIRST_CLIENT} entries among {MANY:,}, to among {FEW:,}",
        unit="ms",
        bar=1.3,
        round=interleaved(
            lambda: _billed(FEW, with_preview=with_preview),
            lambda: _billed(MANY, with_preview=with_preview),
        ),
    )


async def _asked(place: Place, entries: int, tool: str, given: dict[str, Any]) -> float:
    house = await _house(entries)
    async with place.opened(house) as kit:
        for _ in range(place.warm_up):
            _same(f"{tool} {json.dumps(given)}{place.ending}", await kit.call(tool, **given))
        taken: list[float] = []
        for _ in range(CALLS):
            begun = time.perf_counter()
            await kit.call(tool, **given)
            taken.append(time.perf_counter() - begun)
    return percentile(taken, 50) * 1000


async def _billed(entries: int, *, with_preview: bool) -> float:
    """Make a draft over and over; between two of them it is deleted, which frees its entries."""
    database = await _house(entries)
    async with Toolkit.open(database) as kit:
        taken: list[float] = []
        for number in range(1 + INVOICES):
            before = time.perf_counter()
            proposed = await kit.call("preview_invoice", client=CLIENT)
            between = time.perf_counter()
            draft = await kit.call("create_invoice", proposal=proposed["proposal"])
            if number:  # The first one warms up.
                taken.append(time.perf_counter() - (before if with_preview else between))
            billed = sum(line["entries"] for line in draft["lines"])
            assert billed == OPEN_OF_FIRST_CLIENT, f"the draft bills {billed} entries"
            await kit.call("delete_invoice", invoice=draft["id"])
    return percentile(taken, 50) * 1000


_houses: dict[int, Path] = {}
_answers: dict[str, Any] = {}


async def _house(entries: int) -> Path:
    if entries not in _houses:
        _houses[entries] = folder() / f"billed-{entries}.db"
        await fill_billed(_houses[entries], entries)
    return _houses[entries]


def _same(question: str, answer: dict[str, Any]) -> None:
    """Compare an answer with the other house's, but for what is each house's own."""
    shown = json.loads(json.dumps(answer), object_hook=_without_own)
    assert any(shown.values()), "the question finds nothing"
    assert _answers.setdefault(question, shown) == shown, "the houses answer with other rows"


def _without_own(thing: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in thing.items() if name not in OWN}
