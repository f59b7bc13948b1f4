"""The command `hoursmith-mcp`, also as `python -m hoursmith_mcp`."""

from __future__ import annotations

import gc
import os
import sys

LOOKS_FOR_GARBAGE_AFTER = 50_000
"""So many objects more than before."""

HELP = """\
hoursmith-mcp speaks MCP on stdin and stdout: a client such as Claude or Cursor starts it.
Try it:      hoursmith-mcp demo
By hand:     hoursmith-mcp call overview        (and `hoursmith-mcp tools` for all there are)
Over HTTP:   hoursmith-mcp serve                (more: hoursmith-mcp --help)
"""


def main() -> None:
    """Serve stdio where no command is given, else run the command."""
    if len(sys.argv) > 1:
        # What is loaded stays: looking through it for garbage would make a call a tenth longer.
        gc.set_threshold(LOOKS_FOR_GARBAGE_AFTER)
        # Typer and rich are loaded for commands only; a client that starts us waits for neither.
        from hoursmith_mcp.cli.app import app

        app()
    elif sys.stdin is not None and sys.stdin.isatty():
        sys.stderr.write(HELP)
    else:
        _serve_stdio()


def _serve_stdio() -> None:
    # What is loaded stays: looking through it for garbage would make the start a tenth longer.
    gc.disable()
    import asyncio

    from hoursmith_mcp.errors import HoursmithError

    try:
        asyncio.run(_local_or_relay())
    except HoursmithError as error:
        sys.exit(f"hoursmith-mcp: {error.message}")
    except KeyboardInterrupt:
        sys.exit(130)


async def _local_or_relay() -> None:
    """Serve the database, or pass everything on to the server that HOURSMITH_URL names."""
    from hoursmith_mcp.settings import read_settings

    settings = read_settings(os.environ)
    if settings.url:
        from hoursmith_mcp.adapters.mcp.address import server_of
        from hoursmith_mcp.adapters.mcp.relay import relay_stdio

        _collect_garbage()
        await relay_stdio(server_of(settings))
        return
    from hoursmith_mcp.adapters.mcp.stdio import serve_stdio
    from hoursmith_mcp.local import local_server

    _collect_garbage()
    await local_server(os.environ, serve_stdio)


def _collect_garbage() -> None:
    gc.freeze()
    gc.enable()


if __name__ == "__main__":
    main()
