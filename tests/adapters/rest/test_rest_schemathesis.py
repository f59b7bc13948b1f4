"""The API against its own document, by schemathesis: every check, every phase."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from houses import InProcess, open_house
from served import served

from hoursmith_mcp.access.issuing import issue_token

pytestmark = pytest.mark.anyio

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


@pytest.mark.parametrize(
    ("seed", "examples"),
    [
        pytest.param(1, 5, marks=pytest.mark.ci),
        *(pytest.param(seed, 500, marks=pytest.mark.long) for seed in (1, 2, 3)),
    ],
)
async def test_what_is_answered_is_what_the_document_says(
    sqlite_url: str, tmp_path: Path, seed: int, examples: int
) -> None:
    async with open_house(sqlite_url) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme", currency="EUR")
        await door.call("create_project", client="Acme", name="Site", hourly_rate="90")
        token = (await issue_token(runtime, name="schemathesis")).token
    unlimited = {"rate_limits": "off", "organization_rate_limits": "off"}
    with served(sqlite_url, **unlimited) as url:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", f"--config-file={CONFIGURATION}"),
                *("run", url.removesuffix("mcp") + "api/openapi.json", "--checks=all"),
                *(f"--header=Authorization: Bearer {token}", f"--seed={seed}", "--no-color"),
                *(f"--max-examples={examples}", "--continue-on-failure"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
