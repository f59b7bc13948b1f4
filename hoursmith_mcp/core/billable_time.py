"""Time that can be billed: what it is grouped and sorted by, and what a line says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hoursmith_mcp.core.grouping import GroupKey
from hoursmith_mcp.core.rounding import RoundingPolicy

# Where an entry stands among others by one key: whether it has none, its word, its id.
Place = tuple[bool, str, str]


@dataclass(frozen=True)
class OpenTime:
    """An entry that is billable and on no live invoice; `seconds` are raw."""

    id: str
    project_id: str
    project: str
    task_id: str | None
    task: str | None
    member_id: str
    member: str
    day: date
    seconds: int
    note: str


@dataclass(frozen=True)
class BillableTime(OpenTime):
    """An entry that can be billed, with all that its price depends on.

    `rate` is in 1/10,000 of the currency's unit and `tax_rate` in 1/10,000 of a percent;
    `tax_category` is a code of EN 16931 (UNCL5305).
    """

    rate: int
    rate_id: str
    tax_rate: int
    tax_category: str
    policy: RoundingPolicy


def group_key(time: BillableTime, grouping: Sequence[GroupKey]) -> tuple[Place, ...]:
    """Return what is the same of all entries that are grouped together."""
    return tuple(_place(time, key) for key in grouping)


def order_key(time: BillableTime, grouping: Sequence[GroupKey]) -> tuple[Place, ...]:
    """Return what entries are sorted by: their group, then project, task, day and id.

    No two entries have the same one; what has no task or note comes last.
    """
    keys: list[GroupKey] = [key for key in grouping if key != "entry"]
    return group_key(time, [*keys, "project", "task", "date", "entry"])


def description_of(time: BillableTime, grouping: Sequence[GroupKey]) -> str:
    """Return what a line says of its entries, from one of them ("Website redesign · Design").

    A line of one entry says its day, project, task and note; one with nothing to say, "Time".
    """
    keys = ("date", "project", "task", "note") if "entry" in grouping else grouping
    words = {
        "project": time.project,
        "task": time.task,
        "member": time.member,
        "date": time.day.isoformat(),
        "note": _note(time),
    }
    return " · ".join(word for key in keys if (word := words[key])) or "Time"


def _place(time: BillableTime, key: GroupKey) -> Place:
    match key:
        case "project":
            return False, time.project.casefold(), time.project_id
        case "task":
            return time.task_id is None, (time.task or "").casefold(), time.task_id or ""
        case "member":
            return False, time.member.casefold(), time.member_id
        case "date":
            return False, time.day.isoformat(), ""
        case "note":
            return not _note(time), _note(time).casefold(), _note(time)
        case "entry":
            return False, "", time.id


def _note(time: BillableTime) -> str:
    return " ".join(time.note.split())
