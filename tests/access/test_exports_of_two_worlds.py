"""`hoursmith-mcp export` with a member's token writes the same files in both houses."""

from __future__ import annotations

from pathlib import Path

import pytest
from comparing import files_of_both
from matrix import LEAST
from typer.testing import CliRunner

from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.cli.app import app
from hoursmith_mcp.core.reports.kinds import KINDS
from hoursmith_mcp.schemas.exports import EXPORTS, FORMATS

pytestmark = pytest.mark.ci

NOVEMBER = "period=2026-11"
"""The command reads the clock of the machine, so the month is named."""


def is_for_members(kind: str) -> bool:
    """Say whether a member may have what is exported under a name."""
    report = EXPORTS[kind].given.get("kind")
    if report is not None:
        return not KINDS[report].of_money
    return LEAST[EXPORTS[kind].operation] is Role.MEMBER


def exported(house: Path, kind: str, form: str, token: str) -> tuple[bytes | None, str]:
    """Export by the command; returns the file, None where there is none, and what was said."""
    file = house.with_name(f"{kind}.{form}")
    file.unlink(missing_ok=True)
    report = EXPORTS[kind].given.get("kind")
    days = [NOVEMBER] if report is not None and KINDS[report].takes_period else []
    said = CliRunner().invoke(
        app,
        ["export", kind, *days, "-o", str(file)],
        env={
            "HOURSMITH_DATABASE_URL": f"sqlite+aiosqlite:///{house.as_posix()}",
            "HOURSMITH_TOKEN": token,
        },
    )
    assert said.exit_code in (0, 1), said.output
    return file.read_bytes() if file.exists() else None, said.output


def test_a_member_is_written_the_same_files(tmp_path: Path) -> None:
    houses, member, _ = files_of_both(tmp_path)
    for kind in EXPORTS:
        # What is refused is refused whatever the form.
        for form in FORMATS if is_for_members(kind) else ("csv",):
            dear, cheap = (exported(house, kind, form, member.token) for house in houses)
            assert dear == cheap, (kind, form)
            assert (dear[0] is not None) is is_for_members(kind), dear[1]
    # Who opens the file itself sees all of it.
    dear, cheap = (exported(house, "projects", "csv", "") for house in houses)
    assert dear[0] is not None
    assert dear != cheap
