"""Answers as Markdown, for people and models that read: one renderer for all of them.

What people wrote stays data. In a line it is escaped, so that no mark of it acts; where it has
several lines it stands in a fence that is longer than any within, so that a note can neither end
its place nor pass for text of ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from hoursmith_mcp.schemas.json_values import is_array, is_object

TOP = 2
"""The level of headings below the page's own."""

ACTIONS = "available_actions"
WARNINGS = "warnings"
MORE = "more"

CALL = {"tool", "arguments", "needs"}
"""The fields of a call that is offered with what is known of its arguments."""

LEFT_OUT = frozenset({"created_at", "updated_at", "duration_seconds", "running_seconds"})
"""For programs only: an answer says the same in words beside them."""

WORDS = {"id": "ID", "po": "PO", "url": "URL"}
# An underscore within a word marks nothing, and would only be in the way.
_MARKS = re.compile(r"([\\`*\[\]<>|~#&]|(?<!\w)_|_(?!\w))")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_FENCE = re.compile("`{3,}")
# A number begins a list only where nothing follows its point: a price does not.
_BEGINS_BLOCK = re.compile(r"^(\s*)([-+=])|^(\s*[0-9]+)([.)])(?=\s|$)")


def as_markdown(title: str, data: Mapping[str, Any], *, named_by: tuple[str, ...] = ()) -> str:
    """Return an answer as a page: a heading, its facts, its lists, and what can be done next.

    The heading names what is read by the first of the fields `named_by` that it has.
    """
    named = next((data[name] for name in named_by if data.get(name)), None)
    heading = title if named is None else f"{title} {escaped(str(named))}"
    parts = [f"# {heading}", *_body(data, level=TOP)]
    warnings = data.get(WARNINGS)
    if is_array(warnings) and warnings:
        parts.insert(1, "\n".join(f"> **Note:** {escaped(str(one))}" for one in warnings))
    return "\n\n".join([*parts, *next_calls(data)]) + "\n"


def next_calls(data: Mapping[str, Any]) -> list[str]:
    """Return the line that says what can be done next, if there is anything."""
    actions = data.get(ACTIONS)
    if not is_array(actions) or not actions:
        return []
    return ["Next: " + ", ".join(f"`{one}`" for one in actions)]


def escaped(text: str) -> str:
    """Return text in one line in which no character acts as a mark."""
    line = " ⏎ ".join(text.splitlines())
    return _BEGINS_BLOCK.sub(_unmarked, _MARKS.sub(r"\\\1", line))


def _unmarked(found: re.Match[str]) -> str:
    return f"{found[1] or found[3] or ''}\\{found[2] or found[4]}"


def fenced(text: str) -> str:
    """Return text of several lines in a fence that nothing within it can close."""
    longest = max((len(found[0]) for found in _FENCE.finditer(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def label(name: str) -> str:
    """Return the name of a field as people read it: "unit_price" is "Unit price"."""
    first, *rest = (WORDS.get(word, word) for word in name.split("_"))
    return " ".join([first if first.isupper() else first.capitalize(), *rest])


def _body(data: Mapping[str, Any], *, level: int) -> list[str]:
    shown = {
        name: value
        for name, value in data.items()
        if _is_shown(name) and (name, value) != (MORE, False) and (level == TOP or value != [])
    }
    facts = {name: value for name, value in shown.items() if _is_fact(value)}
    parts = [table(("", ""), [[label(n), as_cell(v)] for n, v in facts.items()])] if facts else []
    for name, value in shown.items():
        if name not in facts:
            parts += [f"{'#' * min(level, 6)} {label(name)}", *_section(value, level=level + 1)]
    return parts


def _section(value: Any, *, level: int) -> list[str]:
    if is_object(value):
        return _body(value, level=level)
    if not is_array(value):
        return [fenced(str(value))]
    if not value:
        return ["None."]
    if all(is_object(item) for item in value):
        return [_rows(value)]
    return ["\n".join(f"- {as_cell(item)}" for item in value)]


def _rows(items: Iterable[Mapping[str, Any]]) -> str:
    rows = list(items)
    names = names_of_columns(rows)
    cells = [[as_cell(row.get(name)) for name in names] for row in rows]
    return table([label(name) for name in names], cells)


def names_of_columns(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return which fields of rows a person reads, in their order."""
    filled = dict.fromkeys(name for row in rows for name, value in row.items() if value != [])
    names = [name for name in filled if _is_shown(name)]
    # Last, as the least of what a person reads.
    return sorted(names, key=lambda name: name == "id")


def table(head: Iterable[str], rows: list[list[str]]) -> str:
    """Return rows of cells as a table; columns of nothing but numbers stand on the right."""
    columns = list(head)
    figures = [
        all(_NUMBER.fullmatch(row[place]) for row in rows if row[place]) and bool(columns[place])
        for place in range(len(columns))
    ]
    rules = ["---:" if is_figure else "---" for is_figure in figures]
    lines = [columns, rules, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def as_cell(value: Any) -> str:
    """Return a value as what stands in a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if is_object(value):
        if {"tool", "arguments"} <= value.keys() <= CALL:
            return escaped(_call(value))
        return "; ".join(
            f"{label(name)}: {as_cell(inner)}" for name, inner in value.items() if _is_shown(name)
        )
    if is_array(value):
        between = " / " if any(is_object(inner) for inner in value) else ", "
        return between.join(as_cell(inner) for inner in value)
    text = str(value)
    return text if _NUMBER.fullmatch(text) else escaped(text)


def _call(value: Mapping[str, Any]) -> str:
    """Return a call that is offered: log_time(date="2026-11-19", duration=…)."""
    arguments = value["arguments"].items()
    given = [f"{name}={json.dumps(inner, ensure_ascii=False)}" for name, inner in arguments]
    needed = [f"{name}=…" for name in value.get("needs", ())]
    return f"{value['tool']}({', '.join([*given, *needed])})"


def _is_shown(name: str) -> bool:
    return name not in LEFT_OUT | {ACTIONS, WARNINGS} and not name.endswith(("_id", "_ids"))


def _is_fact(value: Any) -> bool:
    if is_object(value) or (is_array(value) and any(is_object(item) for item in value)):
        return False
    if is_array(value):
        return bool(value)
    return "\n" not in str(value)
