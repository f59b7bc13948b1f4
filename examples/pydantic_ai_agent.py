"""An agent of Pydantic AI that keeps your books: `pip install "pydantic-ai-slim[mcp,openai]"`.

    export OPENAI_API_KEY=…  # or what the provider of another model wants
    python examples/pydantic_ai_agent.py openai:MODEL "Log two hours to the Acme redesign"

It starts a server of its own, on the database that HOURSMITH_DATABASE_URL names. With the address
of one that runs already as a third argument, http://127.0.0.1:8484/mcp, it goes there instead.
"""

from __future__ import annotations

import asyncio
import os
import sys

from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset

INSTRUCTIONS = "You keep a freelancer's books. Do what is asked with the tools; say what you did."


def over_stdio() -> MCPToolset:
    """Start a server for this agent alone; it is told the settings, and nothing else of ours."""
    settings = {name: text for name, text in os.environ.items() if name.startswith("HOURSMITH_")}
    return MCPToolset(StdioTransport(sys.executable, ["-m", "hoursmith_mcp"], env=settings))


def over_http(address: str) -> MCPToolset:
    """Go to a server that runs already, with the token from HOURSMITH_TOKEN."""
    token = os.environ.get("HOURSMITH_TOKEN")
    return MCPToolset(address, headers={"Authorization": f"Bearer {token}"} if token else None)


async def main(model: str, request: str, address: str = "") -> None:
    """Have the request done, and print what the agent says of it."""
    toolset = over_http(address) if address else over_stdio()
    agent = Agent(model, instructions=INSTRUCTIONS, toolsets=[toolset])
    async with agent:
        print((await agent.run(request)).output)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
