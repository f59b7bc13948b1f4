"""Answers as a person reads them in a terminal: facts in lines, rows in aligned tables."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from hoursmith_mcp.markdown import label, names_of_columns
from hoursmith_mcp.report_page import TABULATED, is_report, lines_of_report
from hoursmith_mcp.schemas.json_values import is_array, is_object

if TYPE_CHECKING:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table

    Part = str | Padding

INDENT = "  "
WITHOUT_BOUNDS = 10_000
"""How many columns there are where no terminal bounds them: each row is one line then."""
GAP = 2
"""How far columns are from each other."""
LEAST_OF_A_TEXT = 16
"""How narrow a text may be folded."""

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")

Rows = Sequence[Mapping[str, Any]]
Cells = tuple[Sequence[str], Sequence[Sequence[str]]]
"""The names of columns, and what stands in each line of them."""


def print_answer(data: Mapping[str, Any]) -> None:
    """Print an answer to stdout, no wider than the terminal is."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else WITHOUT_BOUNDS
    console = Console(width=width, highlight=False)
    for part in _parts(data, "", console):
        if isinstance(part, str):
            typer.echo(part)
        else:
            console.print(part)


def _parts(data: Mapping[str, Any], indent: str, console: Console) -> Iterator[Part]:
    """Yield an answer: names with values in lines, and rows as tables."""
    report = None
    if is_report(data) and data["rows"]:
        report = _table(lines_of_report(data, plain), "", console)
    asked_for = {"rows", next(iter(data), "")}
    for name, value in data.items():
        head = f"{indent}{name.replace('_', ' ')}:"
        if report is not None and name in TABULATED:
            if name == "rows":
                yield report
        elif is_object(value):
            yield head
            yield from _parts(value, indent + INDENT, console)
        elif value == []:
            if name in asked_for:
                yield f"{head} none"
        elif is_array(value):
            yield from _list(head, value, indent, console)
        else:
            yield f"{head} {plain(value)}"


def _list(head: str, items: list[Any], indent: str, console: Console) -> Iterator[Part]:
    if not is_object(items[0]):
        yield from _texts(head, [str(item) for item in items], indent)
        return
    yield head
    names = names_of_columns(items)
    table = None
    if all(_is_flat(item.get(name)) for item in items for name in names):
        lines = [[plain(item.get(name)) for name in names] for item in items]
        table = _table(([label(name) for name in names], lines), indent, console)
    if table is not None:
        yield table
    else:
        yield from _nested(items, indent, console)


def _texts(head: str, texts: Sequence[str], indent: str) -> Iterator[str]:
    """Yield texts in one line behind their name; sentences and what has commas in one each."""
    if len(texts) == 1 or not any(text.endswith(".") or ", " in text for text in texts):
        yield f"{head} {', '.join(texts)}"
        return
    yield head
    yield from (f"{indent}{INDENT}- {text}" for text in texts)


def _nested(items: Rows, indent: str, console: Console) -> Iterator[Part]:
    """Yield rows one below the other, where they are no lines of a table."""
    for item in items:
        mark = f"{indent}{INDENT}- "
        for part in _parts(item, indent + INDENT * 2, console):
            yield mark + part.strip() if mark and isinstance(part, str) else part
            mark = ""


def _table(cells: Cells, indent: str, console: Console) -> Padding | None:
    """Return lines as a table; None where the terminal has no room for one."""
    from rich.padding import Padding

    room = console.width - len(indent)
    table = _fitting(cells, room, between=" ") or _fitting(cells, room, between="\n")
    return Padding(table, (0, 0, 0, len(indent)), expand=False) if table is not None else None


def _fitting(cells: Cells, room: int, *, between: str) -> Table | None:
    """Return a table that is no wider than there is room; None where that cannot be.

    The names of columns have `between` between their words.
    """
    from rich.table import Table
    from rich.text import Text

    names, lines = cells
    columns = [
        _column(name.replace(" ", between), [line[place] for line in lines])
        for place, name in enumerate(names)
    ]
    widths = _widths(columns, room - GAP * (len(columns) - 1))
    if widths is None:
        return None
    table = Table(box=None, pad_edge=False)
    for (head, *_), width in zip(columns, widths, strict=True):
        table.add_column(Text(head), width=width)
    for line in zip(*(column[1:] for column in columns), strict=True):
        table.add_row(*map(Text, line))
    return table


def _widths(columns: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Return how wide each column is, the widest folded as far as it is needed; None without room.

    Only texts of several words are: a number or an id that is broken is none any more.
    """
    widths = [max(map(_width, column)) for column in columns]
    folded = [any(" " in cell.strip() for cell in column[1:]) for column in columns]
    while sum(widths) > room:
        widest = max(range(len(widths)), key=lambda place: (folded[place], widths[place]))
        if not folded[widest] or widths[widest] <= LEAST_OF_A_TEXT:
            return None
        widths[widest] -= 1
    return widths


def _column(head: str, column: list[str]) -> list[str]:
    """Return a column below its name; of numbers the points stand below each other."""
    if not all(_NUMBER.fullmatch(cell) for cell in column if cell):
        return [head, *column]
    decimals = max((len(_decimals(cell)) for cell in column), default=0)
    aligned = [cell + " " * (decimals - len(_decimals(cell))) for cell in column]
    words = head.split("\n")
    width = max(map(len, (*words, *aligned)))
    return ["\n".join(word.rjust(width) for word in words), *(one.rjust(width) for one in aligned)]


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    from rich.cells import cell_len

    return max(map(cell_len, text.split("\n")))


def _decimals(cell: str) -> str:
    """Return the point of a number, and what is behind it."""
    return "".join(cell.partition(".")[1:])


def plain(value: Any) -> str:
    """Return a value as one text."""
    if value is None:
        return ""
    if is_array(value):
        texts = [plain(item) for item in value]
        return ("; " if any(", " in text for text in texts) else ", ").join(texts)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _is_flat(value: Any) -> bool:
    return not is_object(value) and not (is_array(value) and any(map(is_object, value)))
