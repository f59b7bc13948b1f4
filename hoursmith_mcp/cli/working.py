"""The command `worker`: a process that sends webhooks, and serves nobody."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Generator
from contextlib import contextmanager, suppress

import typer

from hoursmith_mcp.cli.house import refuse, settings_of_house
from hoursmith_mcp.errors import Forbidden, HoursmithError, Unavailable
from hoursmith_mcp.runtime import Runtime


def worker() -> None:
    """Send webhooks until it is stopped, and serve nobody."""
    try:
        asyncio.run(_work())
    except HoursmithError as error:
        refuse(error)
        raise typer.Exit(1) from None


async def _work() -> None:
    from hoursmith_mcp.adapters.logs import write_log
    from hoursmith_mcp.webhooks.sealing import KeyLost

    runtime = Runtime(settings_of_house())
    write_log(runtime.settings.log)
    if runtime.settings.read_only:
        raise Forbidden(
            "HOURSMITH_READ_ONLY is set, and a worker writes down how each message went: run it "
            "without that."
        )
    try:
        runtime.outbound.rule  # noqa: B018  # A slip in the setting stops the start.
        await runtime.database()
        with suppress(KeyLost):  # There may be no webhook yet; of one that is, the log tells.
            runtime.outbound.sealer()
        await _dispatch_until_stopped(runtime)
    finally:
        await runtime.close()


async def _dispatch_until_stopped(runtime: Runtime) -> None:
    from hoursmith_mcp.webhooks.running import dispatching

    with _told_to_stop() as stopped:
        async with dispatching(runtime) as dispatcher:
            typer.echo("Sending webhooks (stop with Ctrl-C).", err=True)
            waiting = asyncio.ensure_future(stopped.wait())
            both = [one for one in (waiting, dispatcher) if one is not None]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
    if not stopped.is_set():
        raise Unavailable("Webhooks are not sent any more: the log says why. Start it again.")
    typer.echo("Stopped.", err=True)


@contextmanager
def _told_to_stop() -> Generator[asyncio.Event]:
    """Yield what is set once the process is told to end; telling it twice changes nothing."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()

    def stop(*_: object) -> None:
        loop.call_soon_threadsafe(stopped.set)

    before = {one: signal.signal(one, stop) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
