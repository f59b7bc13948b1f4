"""What can be taken back: units of activity, the rows that they changed, and which stand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NoReturn

from sqlalchemy import bindparam, exists

from hoursmith_mcp.errors import Conflict, NotFound
from hoursmith_mcp.store.journal import Place, read_journal
from hoursmith_mcp.store.queries.activity import BEGINNING, LineRow, behind, lines, newest_first
from hoursmith_mcp.store.queries.writing_back import ChangedSince, WritingBack
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Activity, ProjectMember, Task, TaskAssignee
from hoursmith_mcp.store.tenancy import TENANT, Scoped, for_the_program, scoped

MOST_OF_RUN = 1_000
"""How many lines of activity are taken back at once."""

_AT_A_TIME = 50
_RUNS = {"schedule.ran", "schedule.failed", "schedule.missed"}
"""What tells that a schedule was run; that stays, whatever becomes of what it made."""

_activity = core_table(Activity)
_assignee = core_table(TaskAssignee)
_enrolment = core_table(ProjectMember)
_task = core_table(Task)
_page = (_activity.c.id, _activity.c.unit_id, _activity.c.at)

_OF_CLIENT = scoped(
    newest_first(
        behind(
            select(*_page).where(
                _activity.c.member_id == bindparam("member"),
                _activity.c.token_id.is_not_distinct_from(bindparam("token")),
                _activity.c.client.is_not_distinct_from(bindparam("client")),
                _activity.c.undoes.is_(None),
                # What commands of the house did is no change of any client.
                _activity.c.type.is_not(None),
            )
        )
    ).limit(_AT_A_TIME)
)
_OF_RUN = scoped(
    newest_first(select(*_page).where(_activity.c.run == bindparam("run"))).limit(bindparam("most"))
)
_BY_ID = scoped(select(_activity.c.unit_id).where(_activity.c.id == bindparam("id")))
# Whoever may take a change back knows that somebody did; they are told the id of that, no more.
_UNDOERS = for_the_program(
    select(_activity.c.unit_id, _activity.c.undoes).where(
        _activity.c.undoes.in_(bindparam("ids", expanding=True))
    )
)
# Any at all stands in the way, also where who takes back would not see it.
_ASSIGNED_OUTSIDE = for_the_program(
    select(_assignee.c.member_id)
    .select_from(_assignee.join(_task, _task.c.id == _assignee.c.task_id))
    .where(
        _task.c.project_id.in_(bindparam("ids", expanding=True)),
        ~exists().where(
            _enrolment.c.project_id == _task.c.project_id,
            _enrolment.c.member_id == _assignee.c.member_id,
            _enrolment.c.organization_id == TENANT,
        ),
    )
    .limit(1)
)
_LINES = scoped(
    newest_first(
        lines(_activity.c.rows).where(_activity.c.unit_id.in_(bindparam("ids", expanding=True)))
    )
)
_OF_SUBJECT: Scoped = scoped(
    newest_first(lines().where(_activity.c.subject_id == bindparam("subject"))).limit(_AT_A_TIME)
)


class _UnitRow(Shape):
    id: str
    unit_id: str
    at: int


class _Undoer(Shape):
    unit_id: str
    undoes: str


class ChangeRow(LineRow):
    """A line of activity, with the rows that its unit changed where it is the first."""

    rows: str | None


class Undos:
    """The changes of one organisation that can be taken back."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def last(self, member_id: str, token_id: str | None, client: str | None) -> str:
        """Return the last unit that a member changed through a client and that stands.

        Raises NotFound where there is none.
        """
        at, line_id = BEGINNING
        whose = {"member": member_id, "token": token_id, "client": client}
        while True:
            found = await self._session.all(_UnitRow, _OF_CLIENT, at=at, id=line_id, **whose)
            if not found:
                raise NotFound(
                    "There is nothing to take back that you changed through this client. "
                    "list_activity() lists changes; undo(activity=…) takes one of them back."
                )
            gone = await self.taken_back([row.unit_id for row in found])
            for row in found:
                if row.unit_id not in gone:
                    return row.unit_id
            at, line_id = found[-1].at, found[-1].id

    async def reaches(self, line_id: str) -> bool:
        """Say whether a line of activity is there for the caller."""
        return await self._session.first(_UnitRow, _BY_ID, id=line_id) is not None

    async def of_line(self, line_id: str) -> str:
        """Return the unit that a line of activity tells of; raises NotFound."""
        row = await self._session.first(_UnitRow, _BY_ID, id=line_id.strip().lower())
        if row is None:
            raise NotFound("There is no change with that id. list_activity() has the ids.")
        return row.unit_id

    async def of_run(self, run: str) -> list[str]:
        """Return the units of a run that stand, the newest first.

        What the run itself took back of its own is left out. Raises NotFound where there is no such
        run, Conflict where it is too long or all of it was taken back.
        """
        rows = await self._session.all(_UnitRow, _OF_RUN, run=run, most=MOST_OF_RUN + 1)
        if not rows:
            raise NotFound("There is no run of that name. list_activity() shows the runs.")
        if len(rows) > MOST_OF_RUN:
            raise Conflict(
                f"The run has more than {MOST_OF_RUN} changes, too many to take back at once. Take "
                "them back one by one with undo(activity=…)."
            )
        units = list(dict.fromkeys(row.unit_id for row in rows))
        gone = await self.taken_back(units)
        changes = await self.changes([unit for unit in units if unit not in gone])
        within = set(units)
        standing = [
            unit
            for unit, told in changes.items()
            if not all(line.undoes is not None and line.undoes in within for line in told)
        ]
        if not standing:
            raise Conflict("All of that run was taken back already.")
        return standing

    async def changes(self, units: Sequence[str]) -> dict[str, list[ChangeRow]]:
        """Return the lines of units, in the order of the units."""
        found: dict[str, list[ChangeRow]] = {unit: [] for unit in units}
        for row in await self._session.all_in(ChangeRow, _LINES, units):
            found[row.unit_id].append(row)
        return found

    async def taken_back(self, units: Sequence[str]) -> dict[str, str]:
        """Return which units were taken back, and by which: not by one that was so itself."""
        wanted = list(dict.fromkeys(units))
        rows = await self._session.all_in(_Undoer, _UNDOERS, wanted) if wanted else ()
        gone = await self.taken_back([row.unit_id for row in rows]) if rows else {}
        return {row.undoes: row.unit_id for row in rows if row.unit_id not in gone}

    async def take_back(
        self, told: Sequence[ChangeRow], *, only_of: str | None, telling: bool
    ) -> None:
        """Write back the rows that a unit changed; `telling` names invoices to who may see them.

        Raises Conflict that names what stands in the way; the caller's unit then stores nothing.
        """
        kept = next((line.rows for line in told if line.rows is not None), None)
        if kept is None:
            raise Conflict(
                "It is not known any more what that change replaced, so it cannot be taken back. "
                "Change it by hand."
            )
        writing = WritingBack(self._session, only_of=only_of, telling=telling)
        try:
            for act in reversed(read_journal(kept)):
                await writing.write(act)
                await self._session.end_act()
        except ChangedSince as changed:
            await self._refuse_built_on(told[0], changed.place)

    async def refuse_assigned_outside(self, project_ids: Collection[str]) -> None:
        """Refuse to leave somebody with a task on one of these projects that they are not on.

        Raises Conflict; it is asked when all is written back, as rows of several units may meet.
        """
        if await self._session.all_in(Shape, _ASSIGNED_OUTSIDE, list(project_ids)):
            raise Conflict(
                "Somebody would be left with a task on a project that they are not on any more. "
                "Unassign it with update_task first, or put them on it with add_project_member."
            )

    async def _refuse_built_on(self, line: ChangeRow, place: Place) -> NoReturn:
        """Name the latest change that stands of what was built on."""
        rows = await self._session.all(LineRow, _OF_SUBJECT, subject=place.key[0])
        gone = await self.taken_back([row.unit_id for row in rows])
        for row in rows:
            if row.unit_id not in (line.unit_id, *gone) and row.undoes is None:
                way_out = f"Take that back first with undo(activity={row.id}), or change it by hand"
                if row.type in _RUNS:
                    way_out = "A run stays. Change it by hand, or bill with run_invoice_schedule"
                raise Conflict(
                    f"{line.operation} is not taken back: {row.member_name} changed the same since "
                    f"with {row.operation}. {way_out}."
                )
        raise Conflict(
            f"{line.operation} is not taken back: what it changed was changed again since. Change "
            "it by hand."
        )
