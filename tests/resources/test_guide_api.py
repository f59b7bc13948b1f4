"""What the guide "api" says beyond its examples: its refusals, its files and its numbers."""

from __future__ import annotations

import re
from pathlib import Path

from guides_reading import read

from hoursmith_mcp.adapters.requests import MOST_BODY_BYTES
from hoursmith_mcp.adapters.rest.openapi import ALWAYS, OF_BODIES
from hoursmith_mcp.adapters.rest.problems import problem_of
from hoursmith_mcp.errors import HoursmithError
from hoursmith_mcp.settings import Settings

ROOT = Path(__file__).parents[2]
TEXT = read("api")


def test_the_table_of_refusals_has_every_one() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", TEXT, re.M)
    listed = {(int(status), code) for status, code in rows}
    ours = [problem_of(kind("no")) for kind in HoursmithError.__subclasses__()]
    assert {(one.status, one.code) for one in ours} <= listed
    assert {*ALWAYS, *OF_BODIES} <= {status for status, _ in listed}
    assert len(rows) == len(listed)


def test_what_is_named_is_there_and_as_it_is_said() -> None:
    for name in re.findall(r"`(examples/[\w./]+)`", TEXT):
        assert (ROOT / name).is_file()
    settings = Settings()
    assert f"`{settings.rate_limits}` requests" in TEXT
    assert f"organisation `{settings.organization_rate_limits}`" in TEXT
    assert MOST_BODY_BYTES == 1024 * 1024
