"""What a member can do through a door, and all the bytes that come back of it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from api import LEAVES, NEXT, Api, Request, open_api, request_of
from houses import Clock, InProcess, OverMcp, Refused, open_door
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import PromptReference, ResourceTemplateReference

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.errors import HoursmithError
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.toolkit import Toolkit
from hoursmith_mcp.unit import compact_json

LISTS = ("tools", "resources", "templates", "prompts")
VENDORS = ("mcp", "openai", "anthropic")


@dataclass(frozen=True)
class Action:
    """One thing to do: call, send, read, complete, get a prompt, list, or let minutes pass."""

    kind: str
    name: str = ""
    given: Any = None
    key: str | None = None


LAST_USED = re.compile(r'(last_?used_?at[\\]*":[\\]*")[^"\\]*', re.IGNORECASE)


@dataclass
class House:
    """A house with its doors open to one member."""

    runtime: Runtime
    clock: Clock
    doors: Mapping[str, InProcess | OverMcp | Toolkit | Api]
    runtimes: tuple[Runtime, ...] = ()
    """Those of other processes on the same house."""
    cursor: str = "none yet"

    async def do(self, door: str, action: Action) -> str:
        """Do something, and return all that is answered.

        When a token was last used is written behind the answer; it is waited for. Which of several
        uses at one time is written is chance, so the time itself is left out.
        """
        try:
            return LAST_USED.sub(r"\1…", await self._done(door, action))
        finally:
            for runtime in (self.runtime, *self.runtimes):
                await runtime.token_uses.settled()

    async def _done(self, door: str, action: Action) -> str:
        if action.kind == "wait":
            self.clock.advance(minutes=action.given)
            return ""
        if action.name == "leave_organization" and door == "toolkit":
            # A program is not asked, and who has left can look at nothing more.
            return ""
        opened = self.doors[door]
        if isinstance(opened, Api):
            return await self._over_rest(opened, action)
        try:
            return await self._answer(opened, action)
        except Refused as refused:
            return compact_json(dict(refused.error))
        except HoursmithError as error:
            return compact_json(error.document())
        except MCPError as error:
            return error.error.model_dump_json()

    async def _over_rest(self, api: Api, action: Action) -> str:
        if action.kind == "send":
            return await api.ask(action.given)
        one = self.runtime.catalogue.operations.get(action.name)
        if action.kind != "call" or one is None or one.rest is None or one.name == LEAVES:
            return ""
        return await api.ask(request_of(one, action.given, action.key))

    async def resolved(self, door: str, action: Action) -> Action:
        """Return an action as it is to be done in other houses, too."""
        opened = self.doors[door]
        if not isinstance(opened, Api) or not isinstance(action.given, Request):
            return action
        return replace(action, given=await opened.resolved(action.given))

    async def _answer(self, door: Any, action: Action) -> str:
        if action.kind == "call":
            given = {
                name: self.cursor if value == NEXT else value
                for name, value in action.given.items()
            }
            if isinstance(door, OverMcp):
                meta: Any = {"hoursmith/key": action.key} if action.key is not None else None
                result = await door.client.call_tool(action.name, given, meta=meta)
                self._note(result.structured_content or {})
                return result.model_dump_json()
            data = await door.call(action.name, key=action.key, **given)
            self._note(data)
            return compact_json(data)
        if isinstance(door, Toolkit):
            return json.dumps([door.schemas(one) for one in VENDORS])  # type: ignore[arg-type]  # they are such names
        if isinstance(door, InProcess):
            door = self.doors["mcp-2026"]
        return await _look(door.client, action)

    def _note(self, data: Mapping[str, Any]) -> None:
        self.cursor = data.get("next_cursor", self.cursor)


async def _look(client: Client, action: Action) -> str:
    if action.kind == "read":
        return (await client.read_resource(action.name)).model_dump_json()
    if action.kind == "prompt":
        return (await client.get_prompt(action.name, action.given)).model_dump_json()
    if action.kind == "complete":
        reference: PromptReference | ResourceTemplateReference = (
            PromptReference(name=action.name)
            if action.key == "prompt"
            else ResourceTemplateReference(uri=action.name)
        )
        return (await client.complete(reference, action.given)).model_dump_json()
    ask = {
        "tools": client.list_tools,
        "resources": client.list_resources,
        "templates": client.list_resource_templates,
        "prompts": client.list_prompts,
    }[action.name]
    # What a client may have kept is no answer.
    return (await ask(cache_mode="bypass")).model_dump_json()


@asynccontextmanager
async def looking(
    runtime: Runtime, member: Caller, clock: Clock, doors: tuple[str, ...]
) -> AsyncGenerator[House]:
    """Open doors of a house to a member; "toolkit" and "rest" are such."""
    async with AsyncExitStack() as stack:
        opened: dict[str, Any] = {}
        others: list[Runtime] = []
        for name in doors:
            if name == "toolkit":
                settings = replace(runtime.settings, token=member.token)
                own = Runtime(settings, clock=clock, entropy=runtime.entropy)
                stack.push_async_callback(own.close)
                others.append(own)
                actor = await own.identify(own.local_caller("toolkit"))
                opened[name] = Toolkit(own, actor=actor)
            elif name == "rest":
                api = open_api(runtime, member, clock)
                opened[name] = await stack.enter_async_context(api)
            else:
                opened[name] = await stack.enter_async_context(open_door(name, runtime, member))
        yield House(runtime, clock, opened, tuple(others))
