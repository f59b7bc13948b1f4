"""Prompts: ready conversations, listed and written out with what a person gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.authentication import permit
from hoursmith_mcp.adapters.mcp.context import Context
from hoursmith_mcp.adapters.mcp.results import COMPLETE, told
from hoursmith_mcp.adapters.mcp.showing import anything, asking_actor, may_use
from hoursmith_mcp.catalogue import Catalogue
from hoursmith_mcp.core.instants import local_day
from hoursmith_mcp.errors import Forbidden, InvalidInput
from hoursmith_mcp.prompting import Prompt
from hoursmith_mcp.runtime import Runtime


def list_prompts(catalogue: Catalogue, may: Callable[[Prompt], bool] = anything) -> dict[str, Any]:
    """Return the result of prompts/list: those that may be used."""
    shown = [_described(one) for one in catalogue.prompts.values() if may(one)]
    return {**COMPLETE, "prompts": shown}


async def get_prompt(
    runtime: Runtime, caller: Caller, context: Context, name: str, given: Mapping[str, str]
) -> dict[str, Any]:
    """Return the result of prompts/get; raises MCPError that says what to give, or what lacks."""
    with told():
        prompt = await _named(runtime, caller, context, name)
        text = prompt.write(given)
        if prompt.names_days(given):
            actor = await runtime.identify(caller)
            today = local_day(runtime.clock(), actor.zone)
            prompt.refuse_no_days(given, today, actor.fiscal_year_start)
    message = {"role": "user", "content": {"type": "text", "text": text}}
    return {**COMPLETE, "description": prompt.description, "messages": [message]}


async def _named(runtime: Runtime, caller: Caller, context: Context, name: str) -> Prompt:
    may = await may_use(runtime, caller, context)
    prompts = runtime.catalogue.prompts
    prompt = prompts.get(name)
    if prompt is None:
        names = ", ".join(one.name for one in prompts.values() if may(one)) or "none"
        raise InvalidInput(f"There is no prompt of that name; there are {names}.")
    if not may(prompt):
        actor = await asking_actor(runtime, caller, context)
        if actor is not None:
            permit(actor, prompt)
        raise Forbidden(f"{name} is for changing data, and this connection only reads.")
    return prompt


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
