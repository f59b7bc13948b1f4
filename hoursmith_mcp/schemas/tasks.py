"""Tasks, as callers see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from hoursmith_mcp.core.durations import hours_text
from hoursmith_mcp.core.instants import instant_text
from hoursmith_mcp.schemas.base import (
    DateText,
    DecimalText,
    InstantText,
    OfTheCall,
    Personal,
    Public,
)

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.tasks import AssigneeRow, TaskRow

TaskStatus = Literal["TODO", "IN_PROGRESS", "DONE"]
TaskPriority = Literal["LOW", "MEDIUM", "HIGH"]


class TaskOut(Public):
    """A thing to do within a project."""

    id: str
    name: str
    project: str
    project_id: str
    client: str
    client_id: str
    status: str
    priority: str
    billable: bool | None = None
    estimated_hours: DecimalText | None = None
    assignees: Personal[list[str]] = []
    assignee_ids: list[str] = []
    tags: list[str] = []
    description: str | None = None
    start_date: DateText | None = None
    due_date: DateText | None = None
    end_date: DateText | None = None
    archived: bool
    created_at: InstantText
    updated_at: InstantText
    available_actions: list[str] = []
    repeated: OfTheCall[bool] | None = None


class TaskPage(Public):
    """Tasks, by name."""

    listed = "tasks"

    tasks: list[TaskOut]
    next_cursor: str | None = None


def task_out(row: TaskRow, assignees: Sequence[AssigneeRow]) -> TaskOut:
    """Show a task and who is to do it."""
    archived = row.archived_at is not None
    return TaskOut(
        id=row.id,
        name=row.name,
        project=row.project_name,
        project_id=row.project_id,
        client=row.client_name,
        client_id=row.client_id,
        status=row.status,
        priority=row.priority,
        billable=row.billable,
        estimated_hours=(
            hours_text(row.estimated_seconds) if row.estimated_seconds is not None else None
        ),
        assignees=[member.name for member in assignees],
        assignee_ids=[member.id for member in assignees],
        tags=row.tags,
        description=row.description,
        start_date=row.start_date,
        due_date=row.due_date,
        end_date=row.end_date,
        archived=archived,
        created_at=instant_text(row.created_at),
        updated_at=instant_text(row.updated_at),
        available_actions=["update_task"] if archived else ["log_time", "update_task"],
    )
