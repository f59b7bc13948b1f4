"""An agent of OpenAI's Agents SDK that keeps your books: `pip install openai-agents`.

    export OPENAI_API_KEY=…
    python examples/openai_agents.py "Log two hours to the Acme redesign and draft the invoice"

It starts a server of its own, on the database that HOURSMITH_DATABASE_URL names. With the address
of one that runs already as a second argument, http://127.0.0.1:8484/mcp, it goes there instead.
"""

from __future__ import annotations

import asyncio
import os
import sys

from agents import Agent, RunConfig, Runner
from agents.mcp import MCPServerStdio, MCPServerStreamableHttp

INSTRUCTIONS = "You keep a freelancer's books. Do what is asked with the tools; say what you did."


def over_stdio() -> MCPServerStdio:
    """Start a server for this agent alone; it is told the settings, and nothing else of ours."""
    settings = {name: text for name, text in os.environ.items() if name.startswith("HOURSMITH_")}
    return MCPServerStdio(
        {"command": sys.executable, "args": ["-m", "hoursmith_mcp"], "env": settings},
        client_session_timeout_seconds=60,
    )


def over_http(address: str) -> MCPServerStreamableHttp:
    """Go to a server that runs already, with the token from HOURSMITH_TOKEN."""
    token = os.environ.get("HOURSMITH_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return MCPServerStreamableHttp(
        {"url": address, "headers": headers}, client_session_timeout_seconds=60
    )


async def main(request: str, address: str = "") -> None:
    """Have the request done, and print what the agent says of it."""
    books: MCPServerStdio | MCPServerStreamableHttp
    books = over_http(address) if address else over_stdio()
    async with books:
        agent = Agent(name="Bookkeeper", instructions=INSTRUCTIONS, mcp_servers=[books])
        # Traces would copy what clients owe to OpenAI's dashboard.
        done = await Runner.run(agent, request, run_config=RunConfig(tracing_disabled=True))
        print(done.final_output)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
