"""The command `worker`: a process that does what is to be done by itself, and serves nobody."""

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
    """Send webhooks and run schedules until it is stopped, and serve nobody."""
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
            "HOURSMITH_READ_ONLY is set, and a worker writes down what it does: run it "
            "without that."
        )
    try:
        runtime.outbound.rule  # noqa: B018  # A slip in the setting stops the start.
        await runtime.database()
        with suppress(KeyLost):  # There may be no webhook yet; of one that is, the log tells.
            runtime.outbound.sealer()
        await _work_until_stopped(runtime)
    finally:
        await runtime.close()


async def _work_until_stopped(runtime: Runtime) -> None:
    from hoursmith_mcp.schedules.running import running_schedules
    from hoursmith_mcp.webhooks.running import dispatching

    with _told_to_stop() as stopped:
        async with dispatching(runtime) as dispatcher, running_schedules(runtime) as runner:
            typer.echo("Sending webhooks and running schedules (stop with Ctrl-C).", err=True)
            waiting = asyncio.ensure_future(stopped.wait())
            ends = [one for one in (waiting, dispatcher, runner) if one is not None]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
    if not stopped.is_set():
        raise Unavailable("The work does not go on: the log says why. Start it again.")
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
