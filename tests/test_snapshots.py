"""The surface as it was last agreed on: a change fails here until it is renewed on purpose.

Renew with `HOURSMITH_RENEW=1 uv run pytest tests/test_snapshots.py`, then read the
difference as a client would: whatever went away, or became required, breaks somebody's program.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from hoursmith_mcp.adapters.mcp.prompts import list_prompts
from hoursmith_mcp.adapters.mcp.resources import list_resources, list_templates
from hoursmith_mcp.adapters.mcp.tools import definitions
from hoursmith_mcp.adapters.rest.openapi import build_openapi
from hoursmith_mcp.catalogue import load

FOLDER = Path(__file__).parent / "snapshots"
RENEW = os.environ.get("HOURSMITH_RENEW") == "1"


def surface() -> dict[str, Any]:
    """Return all that callers see, by the name of its file."""
    catalogue = load()
    resources = [
        *list_resources(catalogue)["resources"],
        *list_templates(catalogue)["resourceTemplates"],
    ]
    tools = definitions(catalogue.tools("all", forbidden_too=True))
    return {
        **{f"tools/{tool['name']}.json": tool for tool in tools},
        **{
            f"prompts/{prompt['name']}.json": {
                **prompt,
                "text": catalogue.prompts[prompt["name"]].text.splitlines(),
            }
            for prompt in list_prompts(catalogue)["prompts"]
        },
        **{f"resources/{resource['name']}.json": resource for resource in resources},
        "openapi.json": build_openapi(catalogue, server_url="https://hours.example"),
    }


SURFACE = {
    name: json.dumps(part, indent=2, ensure_ascii=False) + "\n" for name, part in surface().items()
}


def recorded() -> set[str]:
    return {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}


@pytest.fixture(autouse=True, scope="module")
def renewed() -> None:
    """Renew the snapshots first, where that is asked for."""
    if not RENEW:
        return
    for name in recorded() - set(SURFACE):
        (FOLDER / name).unlink()
    for name, text in SURFACE.items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(text, "utf-8", newline="\n")


@pytest.mark.parametrize("name", SURFACE)
def test_what_callers_see_is_as_it_was(name: str) -> None:
    path = FOLDER / name
    assert path.exists(), f"{name} is new: renew the snapshots, as this file says"
    assert json.loads(SURFACE[name]) == json.loads(path.read_text("utf-8")), "see this file's top"
    assert SURFACE[name] == path.read_text("utf-8"), "the order or the form has changed"


def test_nothing_is_left_of_what_went_away() -> None:
    assert recorded() == set(SURFACE)
