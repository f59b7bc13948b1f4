"""The command `export`: a whole list as a file, written while it is read."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Protocol

import typer

from hoursmith_mcp.arguments import OF_THAT_NAME, unknown_argument
from hoursmith_mcp.cli.calling import read_pairs
from hoursmith_mcp.cli.exporting_here import lists_here
from hoursmith_mcp.cli.house import run_to_its_end
from hoursmith_mcp.errors import InvalidInput, Unavailable
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.schemas.exports import EXPORTS, FORMATS, PAGING, Export, read_export
from hoursmith_mcp.settings import Settings, read_settings
from hoursmith_mcp.whole_files import replaced_file

STDOUT = "-"
IN_WORDS = ("period", "client", "project", "group_by")
"""What is wanted in people's words, as the tool takes it; all else are filters of the list."""
MOST_SHOWN = 40
"""How long a name may be that is repeated where nothing is called so."""


class Lists(Protocol):
    """The lists of a house, here or elsewhere."""

    unit: str
    """What the parts of a file are counted in while it is written."""
    rows: int | None
    """How many rows were written at the end, where that can be known."""

    def listing(self, wanted: Export) -> Operation:
        """Return the operation whose list is wanted."""
        ...

    async def link(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return what export_data answers."""
        ...

    def written(self, wanted: Export, *, marked: bool) -> AsyncGenerator[tuple[bytes, int]]:
        """Yield a list as a file, in parts, each with how much there is of it by then."""
        ...


def export(
    kind: Annotated[str, typer.Argument(help=f"What: {', '.join(EXPORTS)}.")],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="The file; - is stdout.")
    ],
    filters: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY=VALUE]...",
            help="Which: period, client, project, or any filter of the list; group_by of a report.",
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

    async def work() -> int | None:
        wanted = _wanted(kind, format, output)
        if bom and wanted.format != "csv":
            raise InvalidInput(
                f"A byte order mark is for CSV, and this is {wanted.format}: leave --bom out."
            )
        async with _lists(read_settings(os.environ)) as lists:
            return await _write(lists, wanted, filters or [], output, marked=bom)

    rows = run_to_its_end(work())
    if output != STDOUT:
        typer.echo(_said(rows, output), err=True)


def _lists(settings: Settings) -> AbstractAsyncContextManager[Lists]:
    """Open what the settings name: a server, or a database."""
    if settings.url:
        from hoursmith_mcp.cli.exporting_there import lists_there

        return lists_there(settings)
    return lists_here(settings)


def _wanted(kind: str, format: str, output: str) -> Export:
    """Return what is wanted, by its words; raises InvalidInput."""
    kind = kind.lower()
    ending = Path(output).suffix.removeprefix(".").lower()
    form = format.lower() or ("csv" if output == STDOUT else ending)
    if form not in FORMATS:
        raise InvalidInput(f"Name a format with --format: {', '.join(FORMATS)}.")
    if form != ending and ending in FORMATS:
        raise InvalidInput(
            f"{output} ends as {ending}, and --format says {form}: name one of them."
        )
    if kind not in EXPORTS:
        raise InvalidInput(f"There is no such list; there are {', '.join(EXPORTS)}.")
    if form == "xlsx" and output == STDOUT:
        raise InvalidInput("A workbook is no text for stdout: name a file with -o.")
    return Export(kind, form, {})


async def _write(
    lists: Lists, wanted: Export, pairs: Sequence[str], output: str, *, marked: bool
) -> int | None:
    whole = await _resolved(lists, wanted, pairs)
    progress = _progress(wanted.kind, lists.unit, quiet=output == STDOUT)
    with whole.refused_in_its_name(), _opened(output) as file, progress as show:
        async with aclosing(lists.written(whole, marked=marked)) as parts:
            async for part, done in parts:
                file.write(part)
                show(done)
    return lists.rows


async def _resolved(lists: Lists, wanted: Export, pairs: Sequence[str]) -> Export:
    """Return what is wanted with its filters, ids and days in the place of words."""
    words = [pair for pair in pairs if pair.partition("=")[0] in IN_WORDS]
    others = [pair for pair in pairs if pair not in words]
    _check_names(lists.listing(wanted), wanted, (pair.partition("=")[0] for pair in others))
    link = await lists.link({**read_pairs(words, {}), "kind": wanted.kind, "format": wanted.format})
    filters = read_pairs(others, lists.listing(wanted).arguments.schema)
    return Export(wanted.kind, wanted.format, {**read_export(link["uri"]).given, **filters})


def _check_names(listing: Operation, wanted: Export, names: Iterable[str]) -> None:
    """Refuse what the export does not take, with all that it takes: words as well as filters."""
    never = {*PAGING, *wanted.exported.given}
    filters = [one for one in listing.arguments.model.model_fields if one not in never]
    ways = {
        "period": wanted.exported.day is not None,
        "client": "client_id" in filters,
        "project": "project_id" in filters,
    }
    taken = dict.fromkeys([*(word for word, there in ways.items() if there), *filters])
    for name in names:
        if name not in taken and name not in never:
            shown = name if name.isprintable() and len(name) <= MOST_SHOWN else OF_THAT_NAME
            raise InvalidInput(unknown_argument(f"export {wanted.kind}", name, taken, shown=shown))


def _said(rows: int | None, output: str) -> str:
    if rows is None:
        return f"Wrote {output}."
    return f"{rows:,} {'row' if rows == 1 else 'rows'} in {output}."


@contextmanager
def _opened(output: str) -> Generator[BinaryIO]:
    if output != STDOUT:
        with replaced_file(Path(output)) as file:
            yield file
        return
    if not sys.stdout:
        raise InvalidInput("There is no stdout here: name a file with -o.")
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # Whoever read has enough.
        _forget_stdout()
        raise typer.Exit(1) from None
    except OSError as error:
        _forget_stdout()
        raise Unavailable(
            "What stands behind stdout takes no more (is its disk full?), so what it has is not "
            "whole. Make room and try again."
        ) from error


def _forget_stdout() -> None:
    """Let nothing be written any more: at its end Python would flush once again, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _progress(kind: str, unit: str, *, quiet: bool) -> Generator[Callable[[int], None]]:
    """Yield what shows how much there is by now, on a terminal alone."""
    if quiet or not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    # How much there will be is known when the last page is read.
    columns = (TextColumn(kind), BarColumn(), TextColumn(f"{{task.completed:,}} {unit}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task(kind, total=None)
        yield lambda count: progress.update(task, completed=count)
        progress.update(task, total=progress.tasks[0].completed)
