"""Every example in a guide runs as it stands, and every name in one exists.

In a guide, a fence `call` is a tool and its arguments, `answer` or `refusal` what is answered (what
is not said may be anything), `http` a request and `json`, `ndjson` or `csv` its answer, `sh`
commands, `python` a program, `event` what a webhook is sent. "pp_…" is the last such id.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from guides_reading import NAMES, Block, blocks, examples, filled, holds, read, texts
from houses import Clock, Door, OverMcp, Refused, daily, open_door, open_house
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no types

from hoursmith_mcp.adapters.rest.problems import CODES
from hoursmith_mcp.catalogue import load
from hoursmith_mcp.core.instants import SECOND_US, instant_text
from hoursmith_mcp.schemas.event_types import EVENT_TYPES
from hoursmith_mcp.schemas.named import named_schemas
from hoursmith_mcp.settings import PREFIX, Settings
from hoursmith_mcp.webhooks.envelope import envelope_schema
from hoursmith_mcp.webhooks.sender import Fault

CATALOGUE = load()
KINDS = set("call answer refusal sh python http json ndjson csv event console".split())
"""`console` needs a server elsewhere, or goes on until it is stopped; other tests run such."""
SERVES_UNTIL_STOPPED = "hoursmith-mcp serve"

every = pytest.mark.parametrize("name", NAMES)


@every
@pytest.mark.parametrize("way", daily("mcp-2026"))
@pytest.mark.anyio
async def test_the_calls_of_a_guide_are_answered_as_it_says(
    name: str, way: str, sqlite_url: str, clock: Clock
) -> None:
    async with (
        open_house(sqlite_url, clock=clock) as (runtime, caller),
        open_door(way, runtime, caller) as door,
    ):
        seen: list[str] = []
        for one in examples(read(name)):
            clock.now_us += 1_000  # what was last is known by its instant
            given = filled(one.arguments, seen)
            if way == "rest" and one.answer is not None and one.answer.get("repeated"):
                continue  # Every POST has a key there: nothing is a repeat without one.
            if one.refusal is not None:
                with pytest.raises(Refused) as refused:
                    await door.call(one.tool, **given)
                assert holds(one.refusal, refused.value.error), (one, refused.value.error)
            else:
                answer = await door.call(one.tool, **given)
                assert one.answer is None or holds(one.answer, answer), (one, answer)
                seen += texts(answer)


@pytest.mark.ci
@every
def test_the_commands_and_programs_of_a_guide_run(name: str, tmp_path: Path) -> None:
    for block in blocks(read(name)):
        for settings, command in commands(block):
            done = subprocess.run(
                command,
                cwd=tmp_path,
                env={**os.environ, **environment(tmp_path), **settings},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, (command, done.stdout, done.stderr)


def commands(block: Block) -> list[tuple[dict[str, str], list[str]]]:
    """Return the commands of a block, each with the settings that stand before it."""
    if block.kind == "python":
        return [({}, [sys.executable, "-c", block.text])]
    if block.kind != "sh":
        return []
    found: list[tuple[dict[str, str], list[str]]] = []
    for line in block.text.splitlines():
        settings, name, arguments = line.partition("hoursmith-mcp ")
        assert name, line
        if name + arguments == SERVES_UNTIL_STOPPED:
            arguments += " --help"
        given = dict(setting.split("=", 1) for setting in shlex.split(settings))
        found.append((given, [sys.executable, "-m", "hoursmith_mcp", *shlex.split(arguments)]))
    return found


def environment(folder: Path) -> dict[str, str]:
    return {"HOURSMITH_DATABASE_URL": f"sqlite+aiosqlite:///{(folder / 'guide.db').as_posix()}"}


@every
def test_an_event_in_a_guide_is_as_its_schema_says(name: str) -> None:
    for block in blocks(read(name)):
        if block.kind == "event":
            event = json.loads(block.text)
            schema = envelope_schema(EVENT_TYPES[event["type"]])
            validator: Any = Draft202012Validator(schema)
            validator.validate(event)
            assert instant_text(event["created"] * SECOND_US) == event["timestamp"]


@every
def test_a_guide_names_only_what_there_is(name: str) -> None:
    text = read(name)
    models = named_schemas([one.result for one in CATALOGUE.operations.values()], "{model}")
    known = {
        *CATALOGUE.operations,
        *(argument for one in CATALOGUE.operations.values() for argument in one.arguments.names),
        *(field for model, _ in models.values() for field in model.model_fields),
        *(PREFIX + setting.name.upper() for setting in fields(Settings)),
        *CODES,
        *Fault,
        "confirm",
        "time_entry",
        "FORWARDED_ALLOW_IPS",  # What uvicorn reads; see `deploy/test_behind_proxies.py`.
    }
    named = set(re.findall(r"`([A-Za-z]+(?:_[A-Za-z]+)+)`", text))
    assert named <= known
    addresses = set(re.findall(r"`(hoursmith://[^`]*)`", text))
    assert all(re.match(r"hoursmith://[a-z]+(/|\.json|$)", one) for one in addresses)
    first_words = {address.split("{")[0] for address in CATALOGUE.resources}
    for one in addresses:
        assert any(one.removesuffix(".json").startswith(first) for first in first_words), one
    assert {block.kind for block in blocks(text)} <= KINDS
    assert text.count("```") == 2 * len(blocks(text))


@every
def test_a_guide_begins_with_its_title_and_one_sentence(name: str) -> None:
    heading, sentence, *rest = read(name).split("\n\n")
    assert re.fullmatch(r"# [A-Z][\w ]+", heading)
    assert re.fullmatch(r"[A-Z][^.?!`*]*\.", sentence)
    assert rest


@pytest.mark.anyio
async def test_guides_are_listed_and_read_in_both_forms(door: Door) -> None:
    if not isinstance(door, OverMcp):
        listed = (await door.call("list_guides"))["guides"]
        assert sorted(one["name"] for one in listed) == NAMES
        assert (await door.call("get_guide", guide="api"))["text"] == read("api")
        return
    (content,) = (await door.client.read_resource("hoursmith://guides/invoicing")).contents
    assert getattr(content, "text", "") == read("invoicing")
    (content,) = (await door.client.read_resource("hoursmith://guides")).contents
    assert all(f"| {name} |" in getattr(content, "text", "") for name in NAMES)
