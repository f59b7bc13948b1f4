"""Who changed what, as callers see it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.schemas.base import Hidden, Public

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.activity import ActivityRow

NAMES = ("name", "number", "project")
"""Where what was changed has a name of its own, or that of what it belongs to."""

NEVER_SHOWN = frozenset({"updated_at", "created_at", "available_actions", "warnings"})
MOST_FIELDS = 20
MOST_CHARACTERS = 200


class FieldChange(Public):
    """What a field was, and what it became; the text of either, cut where it is long."""

    field: Hidden[str] | None = None
    before: Hidden[str] | None = None
    after: Hidden[str] | None = None


class ActivityOut(Public):
    """One change: who, when, what."""

    at: str
    member: str
    operation: str
    what: str
    subject_id: str
    name: str | None = None
    changes: list[FieldChange] = []
    door: str
    client: str | None = None
    run: str | None = None


class ActivityPage(Public):
    """Changes, the latest first."""

    activity: list[ActivityOut]
    more: bool


def activity_out(row: ActivityRow) -> ActivityOut:
    """Show a line of activity."""
    before, after = _read(row.before), _read(row.after)
    known = after if after is not None else before or {}
    return ActivityOut(
        at=instant_text(row.at),
        member=row.member_name,
        operation=row.operation,
        what=_what(before, after),
        subject_id=row.subject_id,
        name=next((str(known[name]) for name in NAMES if known.get(name)), None),
        changes=_changes(before, after) if before and after else [],
        door=row.door,
        client=row.client,
        run=row.run,
    )


def _read(text: str | None) -> dict[str, Any] | None:
    return None if text is None else json.loads(text)


def _what(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    if before is None:
        return "created"
    return "changed" if after is not None else "deleted"


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[FieldChange]:
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
