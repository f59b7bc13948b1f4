"""What all commands share: a runtime from the environment, and how refusals are shown."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import typer

from hoursmith_mcp.cli.stopping import stopped_in_order
from hoursmith_mcp.errors import HoursmithError, InvalidInput
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings, read_settings

Result = TypeVar("Result")


def run_in_house(work: Callable[[Runtime], Awaitable[Result]]) -> Result:
    """Run work in a house that is opened for it; a refusal is printed and ends with status 1."""

    async def run() -> Result:
        async with house(settings_of_house()) as runtime:
            return await work(runtime)

    return run_to_its_end(run())


def run_to_its_end(work: Coroutine[Any, Any, Result]) -> Result:
    """Run what a command does; a refusal is printed and ends with status 1."""
    with refusing():
        return asyncio.run(work)


@contextmanager
def refusing() -> Generator[None]:
    """Print a refusal, and end with status 1; a signal to end leaves nothing half-made."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        with stopped_in_order():
            yield
    except HoursmithError as error:
        refuse(error)
        raise typer.Exit(1) from None


def settings_of_house() -> Settings:
    """Read the settings of a command that works on a database; raises InvalidInput."""
    settings = read_settings(os.environ)
    if settings.url:
        raise InvalidInput(
            "This works on a database, and HOURSMITH_URL names a server: run it there, or "
            "without HOURSMITH_URL."
        )
    return settings


@asynccontextmanager
async def house(settings: Settings) -> AsyncGenerator[Runtime]:
    """Open a house, and close it at the end."""
    runtime = Runtime(settings)
    try:
        yield runtime
    finally:
        await runtime.close()


def refuse(error: HoursmithError) -> None:
    """Print what was refused and why to stderr."""
    typer.echo(error.message, err=True)
    for candidate in error.candidates or []:
        typer.echo(f"  {candidate['id']}  {candidate['name']}", err=True)
