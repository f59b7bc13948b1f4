"""What a list of tools says of results: what matters there, while programs are told all."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pydantic import BaseModel

from hoursmith_mcp.catalogue import load
from hoursmith_mcp.schemas.base import AmountText, Public, Unlisted
from hoursmith_mcp.schemas.named import hidden_fields, named_schemas
from hoursmith_mcp.schemas.result_schema import result_schema


class Part(Public):
    """A part."""

    size: int


class Whole(Public):
    """A whole."""

    id: str
    seldom: Unlisted[AmountText] | None = None
    parts: Unlisted[list[Part]] | None = None


class Odd(Public):
    """An answer of a type that none has yet."""

    share: float


def test_what_is_unlisted_is_in_the_document_and_not_in_the_list() -> None:
    listed = result_schema(Whole)
    assert listed["properties"].keys() == {"id"}
    assert "$defs" not in listed
    _, documented = named_schemas([Whole], "{model}")["Whole"]
    assert documented["properties"].keys() == {"id", "seldom", "parts"}
    assert "unlisted" not in str(documented)


def test_what_is_unlisted_is_hidden_all_the_same() -> None:
    assert hidden_fields(Whole) == {"seldom"}


def test_what_is_listed_of_every_answer_is_as_pydantic_describes_it() -> None:
    operations = load().operations.values()
    documents = named_schemas([one.result for one in operations], "#/$defs/{model}")
    for one in operations:
        schema = one.result_schema
        named = schema.get("$defs", {})
        for name, part in {one.result.__name__: schema, **named}.items():
            model, document = documents[name]
            listed = document["properties"].keys() - unlisted(model)
            assert part["properties"] == {
                field: without_prose(document["properties"][field]) for field in listed
            }, name
            assert part.get("required") == document.get("required"), name
        assert set(re.findall(r"#/\$defs/(\w+)", json.dumps(schema))) == named.keys()


def without_prose(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: part for key, part in schema.items() if key not in ("description", "default")}


def unlisted(model: type[BaseModel]) -> set[str]:
    """Return the fields that are marked, as they are written."""
    return {
        name
        for base in model.__mro__
        for name, written in vars(base).get("__annotations__", {}).items()
        if written.startswith("Unlisted[")
    }


def test_a_type_that_no_answer_has_stops_whoever_adds_it() -> None:
    with pytest.raises(TypeError, match="float"):
        result_schema(Odd)
