"""The command `export`: a whole list as a file, written while it is read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import aclosing, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from hoursmith_mcp.access.actor import Caller, Trust
from hoursmith_mcp.catalogue import named
from hoursmith_mcp.cli.acting import DOOR
from hoursmith_mcp.cli.calling import read_pairs
from hoursmith_mcp.cli.house import house, run_to_its_end, settings_of_house
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schemas.exports import EXPORTS, FORMATS, Export, read_export
from hoursmith_mcp.tables.lists import row_form, written
from hoursmith_mcp.whole_files import replaced_file

STDOUT = "-"
IN_WORDS = ("period", "client", "project")
"""What is wanted in people's words, as the tool takes it; all else are filters of the list."""


def export(
    kind: Annotated[str, typer.Argument(help=f"What: {', '.join(EXPORTS)}.")],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="The file; - is stdout.")
    ],
    filters: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY=VALUE]...",
            help="Which: period, client, project, or any filter of the list.",
        ),
    ] = None,
    format: Annotated[
        str, typer.Option(help="csv, ndjson or xlsx; else as the file's name ends.")
    ] = "",
    bom: Annotated[
        bool, typer.Option("--bom", help="Begin CSV with a byte order mark, for old spreadsheets.")
    ] = False,
) -> None:
    """Write all of a list to a file: hoursmith-mcp export time period=october -o october.csv."""

    async def work() -> int:
        wanted = _wanted(kind, format, output)
        async with house(settings_of_house()) as runtime:
            whole = await _resolved(runtime, wanted, filters or [])
            return await _write(runtime, whole, output, marked=bom)

    count = run_to_its_end(work())
    if output != STDOUT:
        typer.echo(f"{count:,} rows in {output}.", err=True)


def _wanted(kind: str, format: str, output: str) -> Export:
    """Return what is wanted, by its words; raises InvalidInput."""
    form = format.lower() or Path(output).suffix.removeprefix(".").lower()
    if form not in FORMATS:
        form = "csv" if not format and output == STDOUT else form
    if form not in FORMATS:
        raise InvalidInput(f"Name a format with --format: {', '.join(FORMATS)}.")
    if kind not in EXPORTS:
        raise InvalidInput(f"There is no such list; there are {', '.join(EXPORTS)}.")
    if form == "xlsx" and output == STDOUT:
        raise InvalidInput("A workbook is no text for stdout: name a file with -o.")
    return Export(kind, form, {})


async def _resolved(runtime: Runtime, wanted: Export, pairs: Sequence[str]) -> Export:
    """Return what is wanted with its filters, ids and days in the place of words."""
    words = [pair for pair in pairs if pair.partition("=")[0] in IN_WORDS]
    others = [pair for pair in pairs if pair not in words]
    one = named(runtime.catalogue.operations, "export_data")
    given = {**read_pairs(words, {}), "kind": wanted.kind, "format": wanted.format}
    link = (await runtime.invoke(one, _caller(runtime), given)).data
    found = read_export(link["uri"])
    listing = named(runtime.catalogue.operations, wanted.exported.operation)
    filters = read_pairs(others, listing.arguments.schema)
    return Export(wanted.kind, wanted.format, {**found.given, **filters})


async def _write(runtime: Runtime, wanted: Export, output: str, *, marked: bool) -> int:
    one = named(runtime.catalogue.operations, wanted.exported.operation)
    caller = _caller(runtime)
    blind = (await runtime.identify(caller)).blind

    async def read(given: dict[str, Any]) -> dict[str, Any]:
        return (await runtime.invoke(one, caller, given)).data

    form_of = partial(row_form, FORMATS[wanted.format], one, blind=blind, marked=marked)
    count = 0
    with _opened(output) as file, _progress(wanted.kind, quiet=output == STDOUT) as show:
        async with aclosing(written(one, wanted.arguments, read, form_of)) as parts:
            async for part, count in parts:
                file.write(part)
                show(count)
    return count


def _caller(runtime: Runtime) -> Caller:
    return Caller(
        door=DOOR,
        token=runtime.settings.token,
        trust=Trust.OWNER_OF_FILE,
        organization_id=runtime.settings.organization,
        client="hoursmith-mcp",
    )


@contextmanager
def _opened(output: str) -> Generator[BinaryIO]:
    if output != STDOUT:
        with replaced_file(Path(output)) as file:
            yield file
        return
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever read has enough; at its end Python would flush once more, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from None


@contextmanager
def _progress(kind: str, *, quiet: bool) -> Generator[Callable[[int], None]]:
    """Yield what shows how many rows there are by now, on a terminal alone."""
    if quiet or not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    # How many there will be is known when the last page is read.
    columns = (TextColumn(kind), BarColumn(), TextColumn("{task.completed:,} rows"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task(kind, total=None)
        yield lambda count: progress.update(task, completed=count)
        progress.update(task, total=progress.tasks[0].completed)
