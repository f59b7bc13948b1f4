"""Who changed what, as callers see it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import ConfigDict

from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.schemas.base import Public

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.activity import LineRow

NAMES = ("name", "number", "description", "project")
"""Where what was changed has a name of its own, or that of what it belongs to."""

NEVER_SHOWN = frozenset({"updated_at", "created_at", "available_actions", "warnings"})
MOST_FIELDS = 20
MOST_CHARACTERS = 200

Data: TypeAlias = dict[str, Any]


class FieldChange(Public):
    """What a field was, and what it became; the text of either, cut where it is long.

    Which fields a caller may see is decided by the model of the thing, as the answer leaves.
    """

    field: str
    before: str | None = None
    after: str | None = None


class ActivityOut(Public):
    """One change: who, when, what; `unit` is of all that one call changed.

    `undone_by` is the unit that took it back, `undoes` the one that it takes back itself.
    """

    id: str
    unit: str
    at: str
    member: str
    operation: str
    what: str
    subject_id: str
    name: str | None = None
    changes: list[FieldChange] = []
    door: str
    client: str | None = None
    token_id: str | None = None
    run: str | None = None
    undoes: str | None = None
    undone_by: str | None = None


class ActivityPage(Public):
    """Changes, the latest first."""

    listed = "activity"

    activity: list[ActivityOut]
    more: bool
    next_cursor: str | None = None


class Told(Public):
    """A thing as it was told of once, whatever its kind."""

    model_config = ConfigDict(frozen=True, extra="allow")


class UndoneChange(Public):
    """A change that was taken back, by its id in the activity."""

    id: str
    at: str
    operation: str
    what: str
    subject_id: str
    name: str | None = None


class Undone(Public):
    """What was taken back; undo of its own id brings that back."""

    id: str
    message: str
    undone: list[UndoneChange]


def activity_out(row: LineRow, *, reached: bool, undone_by: str | None = None) -> ActivityOut:
    """Show a line of activity; of a thing that is not reached, that it was changed and no more.

    `reached` is whether the caller may see the thing, as they are now.
    """
    before, after = read_sides(row)
    return ActivityOut(
        id=row.id,
        unit=row.unit_id,
        at=instant_text(row.at),
        member=row.member_name,
        operation=row.operation,
        what=_what(before, after),
        subject_id=row.subject_id,
        name=_name(before, after) if reached else None,
        changes=_changes(before, after) if reached and before and after else [],
        door=row.door,
        client=row.client,
        token_id=row.token_id,
        run=row.run,
        undoes=row.undoes,
        undone_by=undone_by,
    )


def undone_change(row: LineRow) -> UndoneChange:
    """Show a line of activity that was taken back."""
    before, after = read_sides(row)
    return UndoneChange(
        id=row.id,
        at=instant_text(row.at),
        operation=row.operation,
        what=_what(before, after),
        subject_id=row.subject_id,
        name=_name(before, after),
    )


def read_sides(row: LineRow) -> tuple[Data | None, Data | None]:
    """Return what a thing was before a change, and what after it."""
    return _read(row.before), _read(row.after)


def _read(text: str | None) -> Data | None:
    return None if text is None else json.loads(text)


def _name(before: Data | None, after: Data | None) -> str | None:
    known = after if after is not None else before or {}
    return next((str(known[name]) for name in NAMES if known.get(name)), None)


def _what(before: Data | None, after: Data | None) -> str:
    if before is None:
        return "created"
    return "changed" if after is not None else "deleted"


def _changes(before: Data, after: Data) -> list[FieldChange]:
    names = [
        name
        for name in dict.fromkeys([*before, *after])
        if name not in NEVER_SHOWN and before.get(name) != after.get(name)
    ]
    return [
        FieldChange(field=name, before=_text(before.get(name)), after=_text(after.get(name)))
        for name in names[:MOST_FIELDS]
    ]


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + "…"
