"""An agent in your own program: the tools in the same process, a model of one of three vendors.

    export OPENAI_API_KEY=…  # or ANTHROPIC_API_KEY, or GEMINI_API_KEY
    uv run --no-dev python examples/agent_in_process.py hoursmith.db openai MODEL \\
        "Log 2h to the Acme redesign"

The loop is the same for all of them; where they differ is in vendors.py beside this file.
"""

from __future__ import annotations

import asyncio
import json
import sys

from vendors import VENDORS, Outcome, ToolCall, Vendor

from hoursmith_mcp.errors import HoursmithError
from hoursmith_mcp.toolkit import Toolkit


async def converse(kit: Toolkit, vendor: Vendor, model: str, request: str) -> str:
    """Let the model call tools until it wants no more of them, and return what it says then."""
    tools = kit.schemas(vendor.format)
    messages = [vendor.request(request)]
    while True:
        reply = await asyncio.to_thread(vendor.ask, model, messages, tools)
        messages.append(reply)
        calls = vendor.calls(reply)
        if not calls:
            return vendor.said(reply)
        messages += vendor.results([await carry_out(kit, call) for call in calls])


async def carry_out(kit: Toolkit, call: ToolCall) -> Outcome:
    """Make a call; why one is refused is told to the model, which then knows better."""
    print(f"{call.name} {json.dumps(call.arguments, ensure_ascii=False)}")
    try:
        return Outcome(call, await kit.call(call.name, **call.arguments), refused=False)
    except HoursmithError as error:
        print(f"  refused: {error.message}")
        return Outcome(call, error.document(), refused=True)


async def main(database: str, vendor: str, model: str, request: str) -> None:
    """Show what the agent does, and what it says in the end."""
    async with Toolkit.open(database, toolsets="default", run="agent") as kit:
        print(await converse(kit, VENDORS[vendor], model, request))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
