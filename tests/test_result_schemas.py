"""What a list of tools says of results: what matters there, while programs are told all."""

from __future__ import annotations

from hoursmith_mcp.schemas.base import AmountText, Public, Unlisted
from hoursmith_mcp.schemas.json_schema import result_schema
from hoursmith_mcp.schemas.named import hidden_fields, named_schemas


class Part(Public):
    """A part."""

    size: int


class Whole(Public):
    """A whole."""

    id: str
    seldom: Unlisted[AmountText] | None = None
    parts: Unlisted[list[Part]] | None = None


def test_what_is_unlisted_is_in_the_document_and_not_in_the_list() -> None:
    listed = result_schema(Whole)
    assert listed["properties"].keys() == {"id"}
    assert "$defs" not in listed
    _, documented = named_schemas([Whole], "{model}")["Whole"]
    assert documented["properties"].keys() == {"id", "seldom", "parts"}
    assert "unlisted" not in str(documented)


def test_what_is_unlisted_is_hidden_all_the_same() -> None:
    assert hidden_fields(Whole) == {"seldom"}
