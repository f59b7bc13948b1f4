"""The commands that run the house: `serve` and `doctor`."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from hoursmith_mcp.cli.house import refuse, run_in_house, settings_of_house
from hoursmith_mcp.errors import Forbidden, HoursmithError, Unavailable
from hoursmith_mcp.runtime import Runtime

if TYPE_CHECKING:
    import uvicorn

DEFAULT_PORT = 8484


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = DEFAULT_PORT,
) -> None:
    """Serve MCP at /mcp and the REST API at /api/v1, over HTTP."""
    try:
        asyncio.run(_serve(host, port))
    except HoursmithError as error:
        refuse(error)
        raise typer.Exit(1) from None


def doctor() -> None:
    """Examine the database: schema, integrity and every invariant; status 1 where one is broken."""

    async def work(runtime: Runtime) -> int:
        from hoursmith_mcp.store.diagnosis import diagnose

        breaches = await diagnose(
            runtime.database_url, now_us=runtime.clock(), opens=runtime.outbound.can_open
        )
        for breach in breaches:
            typer.echo(f"{breach.code}: {breach.message}\n    {breach.way_out}")
        return len(breaches)

    found = run_in_house(work)
    if found:
        typer.echo(f"{found} found.", err=True)
        raise typer.Exit(1)
    typer.echo("All is well.")


async def _serve(host: str, port: int) -> None:
    from hoursmith_mcp.adapters.application import build_application
    from hoursmith_mcp.adapters.http_server import server_config
    from hoursmith_mcp.adapters.logs import write_log
    from hoursmith_mcp.schedules.running import running_schedules
    from hoursmith_mcp.webhooks.running import dispatching

    runtime = Runtime(settings_of_house())
    write_log(runtime.settings.log)
    try:
        runtime.outbound.rule  # noqa: B018  # A slip in the setting stops the start.
        await _refuse_open_house(runtime, host)
        application = build_application(runtime, host=host, port=port)
        config = server_config(application)
        with _listening(host, port) as bound:
            typer.echo(
                f"Serving MCP at http://{_shown(host)}:{port}/mcp and REST at /api/v1, "
                "which /api/docs explains (stop with Ctrl-C).",
                err=True,
            )
            with _ended_in_order():
                try:
                    async with dispatching(runtime), running_schedules(runtime):
                        await _server(config, runtime).serve(sockets=[bound])
                finally:
                    # Here, as the signal that ended it leaves no time for more.
                    await runtime.close()
    finally:
        await runtime.close()


@contextmanager
def _ended_in_order() -> Generator[None]:
    """Let a signal end the process only after what is within has ended by itself.

    uvicorn stops serving for it, and then raises it once more, at once.
    """
    heard: list[int] = []
    ends = (signal.SIGINT, signal.SIGTERM)
    before = {one: signal.signal(one, lambda number, _: heard.append(number)) for one in ends}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    for number in heard[:1]:
        signal.raise_signal(number)


def _server(config: uvicorn.Config, runtime: Runtime) -> uvicorn.Server:
    """Return a server that lets those go who only wait for news, before it waits for the rest."""
    import uvicorn

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            runtime.announcements.end()
            await super().shutdown(sockets)

    return Server(config)


async def _refuse_open_house(runtime: Runtime, host: str) -> None:
    """Open the house; raises Forbidden where others could reach it and nobody has locked it yet."""
    from hoursmith_mcp.adapters.bearer import is_published
    from hoursmith_mcp.store.queries.tokens import count_tokens

    tokens = await (await runtime.database()).read(count_tokens)
    if _is_loopback(host) and not is_published(runtime.settings.public_url):
        return
    if tokens == 0 and not runtime.settings.auth_issuer:
        raise Forbidden(
            "This server could be reached by others, and no token was made yet: make one first "
            "with `hoursmith-mcp token create --name NAME`, or serve on 127.0.0.1 without "
            "HOURSMITH_PUBLIC_URL."
        )


@contextmanager
def _listening(host: str, port: int) -> Generator[socket.socket]:
    """Listen on an address; raises Unavailable where that cannot be."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        # A name may stand for both kinds of address: more clients know the older one.
        family, kind, protocol, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
        # The protocol is named, as asyncio switches Nagle's delay off for such sockets only.
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise Unavailable(f"There is no address {host} to listen on: choose another.") from error
    with bound:
        if os.name == "posix":  # Elsewhere this would let two programs share a port.
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(address)
            bound.listen()
        except OSError as error:
            raise Unavailable(
                f"Nothing can be served on {_shown(host)}:{port}: another program listens there, "
                "or the address is not this machine's. Choose others with --host and --port."
            ) from error
        yield bound


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
