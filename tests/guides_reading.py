"""How guides are read by tests: their examples in order, and whether an answer is as it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hoursmith_mcp.schemas.json_values import is_array, is_object

FOLDER = Path(__file__).parent.parent / "resources" / "guides"
NAMES = sorted(path.stem for path in FOLDER.glob("*.md"))
CUT = "…"

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: what kind it is, and what it says."""

    kind: str
    text: str


@dataclass(frozen=True)
class Example:
    """A call, and what its answer or its refusal must hold; None where that is not said."""

    tool: str
    arguments: dict[str, Any]
    answer: Any = None
    refusal: Any = None


def read(name: str) -> str:
    """Return a guide's text."""
    return (FOLDER / f"{name}.md").read_text("utf-8")


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a text, in order."""
    return [Block(kind, body) for kind, body in _BLOCK.findall(text)]


def examples(text: str) -> Iterator[Example]:
    """Yield the calls of a text, each with what follows it."""
    found = [one for one in blocks(text) if one.kind in ("call", "answer", "refusal")]
    for place, block in enumerate(found):
        if block.kind == "call":
            tool, _, arguments = block.text.strip().partition(" ")
            after = found[place + 1] if place + 1 < len(found) else block
            said = {after.kind: json.loads(after.text)} if after.kind != "call" else {}
            yield Example(tool, json.loads(arguments), **said)


def filled(arguments: Any, seen: list[str]) -> Any:
    """Put the last id that was answered in the place of one that is cut short: "pp_…"."""
    if is_object(arguments):
        return {name: filled(value, seen) for name, value in arguments.items()}
    if is_array(arguments):
        return [filled(value, seen) for value in arguments]
    if isinstance(arguments, str) and arguments.endswith(CUT):
        return next(one for one in reversed(seen) if one.startswith(arguments[: -len(CUT)]))
    return arguments


def texts(data: Any) -> Iterator[str]:
    """Yield every text within an answer."""
    if is_object(data):
        for value in data.values():
            yield from texts(value)
    elif is_array(data):
        for value in data:
            yield from texts(value)
    elif isinstance(data, str):
        yield data


def holds(said: Any, data: Any) -> bool:
    """Tell whether an answer is as it is said; what is not said may be anything."""
    if is_object(said):
        return is_object(data) and all(holds(value, data.get(name)) for name, value in said.items())
    if is_array(said):
        return (
            is_array(data)
            and len(said) == len(data)
            and all(holds(one, other) for one, other in zip(said, data, strict=True))
        )
    if isinstance(said, str) and said.endswith(CUT):
        return isinstance(data, str) and data.startswith(said[: -len(CUT)])
    return bool(said == data)
