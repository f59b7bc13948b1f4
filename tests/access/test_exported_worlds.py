"""Exports of a dear and of a cheap house: for a member they are the same, byte for byte."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from api import Request
from comparing import on_sqlite
from looking import Action, House

from hoursmith_mcp import unit
from hoursmith_mcp.schemas.exports import EXPORTS, FORMATS, Export

pytestmark = pytest.mark.ci

DOORS = ("mcp-2026", "rest")
SEEN = {"time", "projects", "tasks", "report-time", "report-utilisation", "report-gaps"}


def differing(folder: Path) -> dict[str, bool]:
    """Read every export in both houses, and return which differ; members are refused the others."""

    async def look() -> dict[str, bool]:
        async with on_both() as pair:
            found: dict[str, bool] = {}
            for kind in EXPORTS:
                for form in FORMATS:
                    for door, action in looks(pair[0], kind, form):
                        one, other = [await house.do(door, action) for house in pair]
                        is_refused = "needs the role" in one
                        assert is_refused is (kind not in SEEN), one
                        found[f"{kind}.{form} by {door}"] = one != other
            return found

    on_both = on_sqlite(folder, DOORS)
    return asyncio.run(look())


def looks(house: House, kind: str, form: str) -> list[tuple[str, Action]]:
    """Return how an export is read through each door."""
    exported = EXPORTS[kind]
    one = house.runtime.catalogue.operations[exported.operation]
    path = (one.rest or "").partition(" ")[2].format(**exported.given)
    request = Request("GET", path, headers=(("Accept", FORMATS[form]),))
    return [
        ("mcp-2026", Action("read", Export(kind, form, {}).address)),
        ("rest", Action("send", given=request)),
    ]


def test_a_member_is_given_the_same_files(tmp_path: Path) -> None:
    found = differing(tmp_path)
    assert len(found) == len(EXPORTS) * len(FORMATS) * len(DOORS)
    assert [name for name, differs in found.items() if differs] == []


def as_it_is(data: Any, _model: Any) -> Any:
    """Hide nothing."""
    return data


def test_what_is_shown_by_mistake_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit, "without_money", as_it_is)
    differs = {name for name, differs in differing(tmp_path).items() if differs}
    assert {"projects.ndjson by mcp-2026", "projects.ndjson by rest"} <= differs
