"""The API against its own document, by schemathesis: every check, every phase, everybody's eyes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from billing_scenes import issued, logged, work_at_acme
from houses import InProcess, open_house
from rows import add_member
from served import served

from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.access.organizations import found_organization
from hoursmith_mcp.adapters import guessing

pytestmark = pytest.mark.anyio

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
HOOKS = Path(__file__).with_name("schemathesis_hooks.py")
UNLIMITED = {"rate_limits": "off", "organization_rate_limits": "off"}
BAD_TOKENS = 1_000_000
"""Every operation is called with bad ones, which are otherwise turned away unread before long."""

NAME = "\N{CUNEIFORM SIGN A}\N{CUNEIFORM SIGN KI}"
"""A name of people and tokens that nothing begins like, which is made up."""

OWNER, MEMBER, STRANGER = "owner", "member", "stranger"
OTHERS = {OWNER: (STRANGER, MEMBER), MEMBER: (STRANGER, None)}
"""Who is kept from what somebody reaches: a stranger, and whoever may do less."""

LEAVES = "leave_organization"
"""An owner alone cannot; after a MEMBER has, there is nothing left to try."""

LEAST_KEPT_OUT = {OWNER: 20, MEMBER: 3}
"""Of how many operations it must have been seen at least that they are for nobody else."""


@pytest.mark.parametrize("who", [OWNER, MEMBER])
@pytest.mark.parametrize(
    ("seed", "examples", "journeys"),
    [
        pytest.param(1, 2, 24, marks=pytest.mark.ci),
        *(pytest.param(seed, 500, 500, marks=pytest.mark.long) for seed in (1, 2, 3)),
    ],
)
async def test_what_is_answered_is_what_the_document_says(
    sqlite_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    who: str,
    seed: int,
    examples: int,
    journeys: int,
) -> None:
    monkeypatch.setattr(guessing, "MOST_AT_ONCE", BAD_TOKENS)
    tokens = await people(sqlite_url)
    configure(tmp_path, examples, journeys)
    with served(sqlite_url, **UNLIMITED) as url:
        address = url.removesuffix("mcp") + "api/"
        kept = [one for token in tokens.values() for one in ids_of(address, token)]
        done = run(address, tokens, who, kept, tmp_path, f"--seed={seed}")
        # Whoever called can still do so: what was refused was refused to them.
        assert {ids_of(address, token)[0] for token in tokens.values()} < {*kept}
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    kept_out = json.loads((tmp_path / "kept-out.json").read_text())
    print(done.stdout[-2_000:], *kept_out, sep="\n")
    assert len(kept_out) >= LEAST_KEPT_OUT[who]


@pytest.mark.ci
async def test_a_stranger_who_reaches_something_would_be_seen(
    sqlite_url: str, tmp_path: Path
) -> None:
    tokens = await people(sqlite_url)
    tokens[STRANGER] = tokens[OWNER]
    configure(tmp_path, examples=10, journeys=10)
    only = [f"--include-path={path}" for path in ("/clients", "/clients/{client}")]
    with served(sqlite_url, **UNLIMITED) as url:
        done = run(url.removesuffix("mcp") + "api/", tokens, OWNER, [], tmp_path, *only)
    assert done.returncode == 1, done.stdout[-20_000:] + done.stderr
    assert "stranger was answered 200" in done.stdout


def configure(folder: Path, examples: int, journeys: int) -> None:
    """Write how schemathesis is to run: with so many examples of a call, and so many journeys."""
    (folder / "schemathesis.toml").write_text(
        CONFIGURATION.read_text()
        + f"[phases.fuzzing.generation]\nmax-examples = {examples}\n"
        + f"[phases.stateful.generation]\nmax-examples = {journeys}\n"
    )


async def people(database_url: str) -> dict[str, str]:
    """Let people into a house that has everything, and return their tokens."""
    async with open_house(database_url) as (runtime, owner):
        door = InProcess(runtime, owner)
        await work_at_acme(door, "2h", "1h")
        await issued(door)
        await logged(door, "3h")
        member = await add_member(runtime, NAME)
        await door.call("add_project_member", project="redesign", member=NAME)
        await InProcess(runtime, member).call("log_time", project="redesign", duration="1h")
        own = await issue_token(runtime, name=NAME)
        email = "ada@other.example"
        await found_organization(runtime, name="Other", owner_email=email, owner_name=NAME)
        other = await issue_token(runtime, name=NAME, email=email)
    return {OWNER: own.token, MEMBER: member.token or "", STRANGER: other.token}


def ids_of(address: str, token: str) -> list[str]:
    """Return the ids of somebody and of their tokens."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx2.Client(base_url=f"{address}v1/", headers=headers) as client:
        me, tokens = (client.get(path).raise_for_status().json() for path in ("me", "tokens"))
    return [me["data"]["userId"], *(one["id"] for one in tokens["data"])]


def run(
    address: str, tokens: dict[str, str], who: str, kept: list[str], folder: Path, *more: str
) -> subprocess.CompletedProcess[str]:
    """Run schemathesis as somebody; what it keeps of a run stays in the folder."""
    document = {
        "auth": [
            {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}]}
            for name, token in (("caller", tokens[who]), (STRANGER, tokens[STRANGER]))
        ]
    }
    (folder / "people.json").write_text(json.dumps(document))
    stranger, lower = OTHERS[who]
    known: dict[str, Any] = {
        "kept": kept,
        "stranger": tokens[stranger],
        "lower": tokens[lower] if lower else None,
    }
    return subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli"),
            *(f"--config-file={folder / 'schemathesis.toml'}", "run", f"{address}openapi.json"),
            *("--checks=all", "--continue-on-failure", "--no-color", *more),
            *([f"--exclude-operation-id={LEAVES}"] if who == MEMBER else []),
        ],
        cwd=folder,
        env={
            **os.environ,
            "HOURSMITH_TEST_PEOPLE": str(folder / "people.json"),
            "HOURSMITH_TEST_KNOWN": json.dumps(known),
            "HOURSMITH_TEST_SEEN": str(folder / "kept-out.json"),
            "HOURSMITH_TEST_HOOKS": str(HOOKS),
        },
        capture_output=True,
        text=True,
        check=False,
    )
