"""Whatever a member does, through whichever door: amounts make not one byte of difference."""

from __future__ import annotations

from pathlib import Path

import pytest
from comparing import EVERY_DOOR, compare, on_sqlite

EVERY_DAY = ("in-process", "mcp-2026")


def test_a_member_cannot_tell_a_dear_house_from_a_cheap_one(tmp_path: Path) -> None:
    compare(on_sqlite(tmp_path, EVERY_DAY), EVERY_DAY, examples=25)


@pytest.mark.ci
def test_a_member_cannot_tell_them_through_any_door(tmp_path: Path) -> None:
    compare(on_sqlite(tmp_path, EVERY_DOOR), EVERY_DOOR, examples=2_000)


@pytest.mark.long
def test_a_member_cannot_tell_them_however_long_they_try(tmp_path: Path) -> None:
    compare(on_sqlite(tmp_path, EVERY_DOOR), EVERY_DOOR, examples=20_000)
