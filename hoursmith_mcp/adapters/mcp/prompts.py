"""Prompts: ready conversations, listed and written out with what a person gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS

from hoursmith_mcp.adapters.mcp.results import COMPLETE
from hoursmith_mcp.catalogue import Catalogue
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.prompting import Prompt


def list_prompts(catalogue: Catalogue) -> dict[str, Any]:
    """Return the result of prompts/list."""
    return {**COMPLETE, "prompts": [_described(one) for one in catalogue.prompts.values()]}


def get_prompt(catalogue: Catalogue, name: str, given: Mapping[str, str]) -> dict[str, Any]:
    """Return the result of prompts/get; raises MCPError (-32602) that says what to give."""
    prompt = catalogue.prompts.get(name)
    if prompt is None:
        names = ", ".join(catalogue.prompts)
        raise MCPError(
            code=INVALID_PARAMS, message=f"There is no prompt of that name; there are {names}."
        )
    try:
        text = prompt.write(given)
    except InvalidInput as error:
        raise MCPError(code=INVALID_PARAMS, message=error.message) from None
    message = {"role": "user", "content": {"type": "text", "text": text}}
    return {**COMPLETE, "description": prompt.description, "messages": [message]}


def _described(prompt: Prompt) -> dict[str, Any]:
    return {
        "name": prompt.name,
        "title": prompt.title,
        "description": prompt.description,
        "arguments": [
            {"name": one.name, "description": one.description, "required": one.required}
            for one in prompt.arguments
        ],
    }
