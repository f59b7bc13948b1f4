"""The table of who may do and see what, as matrix.toml says it, and what the product declares."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.catalogue import load
from hoursmith_mcp.schemas.json_values import is_array, is_object
from hoursmith_mcp.schemas.seen import seen_fields
from hoursmith_mcp.schemas.things import OF_EVENTS, OF_IDS

TABLE: dict[str, Any] = tomllib.loads((Path(__file__).parent / "matrix.toml").read_text())
CATALOGUE = load()

INVITED = set(TABLE["may_call"].pop("INVITED"))
"""What is for those alone who were invited and have not joined yet."""

LEAST = {name: Role[role] for role, names in TABLE["may_call"].items() for name in names}
"""The least role that may call an operation."""


def models() -> dict[str, type[BaseModel]]:
    """Return every model that is handed out: of results, and of events and activity."""
    found: dict[str, type[BaseModel]] = {}
    results = (one.result for one in CATALOGUE.operations.values())
    for model in (*results, *OF_EVENTS.values(), *OF_IDS.values()):
        _reach(model, found)
    return found


def hidden_fields(model: type[BaseModel]) -> set[str]:
    """Return the fields that a model hides, and those within it, where none of them is seen."""
    found: dict[str, type[BaseModel]] = {}
    _reach(model, found)
    hidden: set[str] = set()
    seen: set[str] = set()
    for one in found.values():
        hidden |= one.model_fields.keys() - seen_fields(one).keys()
        seen |= seen_fields(one).keys()
    return hidden - seen


def unseen(data: Any, model: type[BaseModel], place: str = "") -> list[str]:
    """Return the places in an answer that the table does not show to a member."""
    name = model.__name__
    if name in TABLE["of_money"]["models"]:
        return [f"{place}: {name}"]
    found: list[str] = []
    for key, value in data.items():
        if key not in TABLE["fields"][name]["seen"]:
            found.append(f"{place}.{key} of {name}")
            continue
        for inner in seen_fields(model)[key]:
            for item in value if is_array(value) else [value]:
                # What a line of activity may tell is decided line by line.
                if is_object(item) and inner.__name__ != "FieldChange":
                    found += unseen(item, inner, f"{place}.{key}")
    return found


def _reach(hint: Any, found: dict[str, type[BaseModel]]) -> None:
    if isinstance(hint, type) and issubclass(hint, BaseModel) and hint.__name__ not in found:
        found[hint.__name__] = hint
        for field in hint.model_fields.values():
            _reach(field.annotation, found)
    for part in get_args(hint):
        _reach(part, found)
