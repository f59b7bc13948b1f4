"""What all commands share: a runtime from the environment, and how refusals are shown."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from hoursmith_mcp.errors import HoursmithError
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import read_settings

Result = TypeVar("Result")


def run_in_house(work: Callable[[Runtime], Awaitable[Result]]) -> Result:
    """Run work in a house that is opened for it; a refusal is printed and ends with status 1."""

    async def run() -> Result:
        runtime = Runtime(read_settings(os.environ))
        try:
            return await work(runtime)
        finally:
            await runtime.close()

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        return asyncio.run(run())
    except HoursmithError as error:
        refuse(error)
        raise typer.Exit(1) from None


def refuse(error: HoursmithError) -> None:
    """Print what was refused and why to stderr."""
    typer.echo(error.message, err=True)
    for candidate in error.candidates or []:
        typer.echo(f"  {candidate['id']}  {candidate['name']}", err=True)
