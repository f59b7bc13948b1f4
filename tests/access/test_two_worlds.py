"""Whatever a member does, through whichever door: amounts make not one byte of difference."""

from __future__ import annotations

from pathlib import Path

import pytest
from comparing import EVERY_DOOR, Leak, compare, on_sqlite
from hypothesis.errors import Flaky
from planted_leaks import PLANTS, Plant

EVERY_DAY = ("in-process", "mcp-2026")


def test_a_member_cannot_tell_a_dear_house_from_a_cheap_one(tmp_path: Path) -> None:
    compare(on_sqlite(tmp_path, EVERY_DAY), EVERY_DAY, examples=25)


@pytest.mark.ci
def test_a_member_cannot_tell_them_through_any_door(tmp_path: Path) -> None:
    compare(on_sqlite(tmp_path, EVERY_DOOR), EVERY_DOOR, examples=2_000)


@pytest.mark.long
def test_a_member_cannot_tell_them_however_long_they_try(tmp_path: Path) -> None:
    compare(on_sqlite(tmp_path, EVERY_DOOR), EVERY_DOOR, examples=20_000)


@pytest.mark.ci
@pytest.mark.parametrize("plant", PLANTS)
def test_a_leak_that_is_planted_is_found(
    plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opener = on_sqlite(tmp_path, EVERY_DAY)
    plant(monkeypatch)
    # What a shrunken house cannot show again is a leak all the same.
    with pytest.raises((Leak, Flaky)):
        compare(opener, EVERY_DAY, examples=500)
