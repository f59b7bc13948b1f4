"""Which rows a confined caller reaches: a Member's own projects, a limited token's projects.

Beside tenancy, and like it in one home: whoever is confined runs, in the place of every statement,
a variant that is made of it by these rules. Nobody else pays for that, and what is not theirs and
what is not there are looked for by the very same statement.

A row that is referred to comes with the row that refers to it: the project of one's own entry, the
client of one's project, the names of who else is to do one's task. Every other row is held to the
rule of its table, and a table without one stops the program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import (
    BinaryExpression,
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    bindparam,
    exists,
    false,
    select,
    true,
)
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.expression import Join

from hoursmith_mcp.store.tables import Table
from hoursmith_mcp.store.tenancy import (
    TENANT,
    AnyStatement,
    Scoped,
    final_sources,
    is_select,
    table_of,
)

Condition = ColumnElement[bool]
Reached = Callable[[ColumnElement[Any]], Condition]
"""Says of a column that names a project whether that one is reached."""

Rule = Callable[[FromClause, Reached], Condition]

_tables = Table.metadata.tables
_MEMBER: BindParameter[str] = bindparam("confined_member_id")
_TOKEN: BindParameter[str] = bindparam("confined_token_id")

# Aliases, so that they are never mistaken for the tables of the statement that is confined.
_enrolment = _tables["project_member"].alias("enrolment")
_allowed = _tables["token_project"].alias("allowed")
_its_task = _tables["task"].alias("its_task")
_its_project = _tables["project"].alias("its_project")
_its_token = _tables["token"].alias("its_token")


@dataclass(frozen=True)
class Confinement:
    """What a session is confined to: a blind member's own projects, a limited token's, or both."""

    member_id: str
    blind: bool
    token_id: str | None

    @cached_property
    def parameters(self) -> Mapping[str, str | None]:
        """The values that confined statements take."""
        return {"confined_member_id": self.member_id, "confined_token_id": self.token_id}

    @cached_property
    def rules(self) -> tuple[tuple[Mapping[str, Rule], Reached], ...]:
        """The rules of either kind, all of which a row is held to."""
        of_member = ((_OF_BLIND_MEMBER, _is_enrolled),) if self.blind else ()
        of_token = ((_OF_LIMITED_TOKEN, _is_allowed),) if self.token_id is not None else ()
        return (*of_member, *of_token)


def confined(scoped: Scoped, confinement: Confinement) -> AnyStatement:
    """Return the variant of a statement that reaches nothing beyond a confinement."""
    if scoped.for_the_program:
        return scoped.statement
    key = (confinement.blind, confinement.token_id is not None)
    known: AnyStatement | None = scoped.variants.get(key)
    if known is None:
        known = scoped.variants[key] = _confined(scoped.statement, confinement, [])
    return known


def _confined(
    statement: AnyStatement, confinement: Confinement, around: list[FromClause]
) -> AnyStatement:
    held: list[FromClause] = []
    if isinstance(statement, Select):
        there: list[FromClause] = []
        for source in final_sources(statement):
            held += _held(source, there)
    else:
        held = there = [statement.table]
    everything = [*around, *there]

    def replace(part: Any, **_: Any) -> Any:
        if is_select(part) and part is not statement:
            return _confined(part, confinement, everything)
        return None

    if any(isinstance(part, Select) and part is not statement for part in _parts(statement)):
        # Declared for expressions only; statements are taken as well.
        traverse: Any = visitors.replacement_traverse
        statement = traverse(statement, {}, replace)
    changes = not isinstance(statement, Select)
    for source in held:
        # What a nested SELECT takes from the statement around it is held to its rule there.
        if source not in around:
            statement = statement.where(*_conditions(source, confinement, changes=changes))
    return statement


def _parts(statement: AnyStatement) -> Any:
    return visitors.iterate(statement)


def _conditions(source: FromClause, confinement: Confinement, *, changes: bool) -> list[Condition]:
    name = table_of(source).name
    found: list[Condition] = []
    for rules, reached in confinement.rules:
        found.append(rules[name](source, reached))
        if changes and name in _KEPT_BY_WHO_LEFT:
            found.append(reached(source.c.project_id))
    return found


def _held(source: FromClause, there: list[FromClause]) -> list[FromClause]:
    """Return what of a FROM is held to the rules of its table, and note all that is there."""
    if not isinstance(source, Join):
        there.append(source)
        return [source]
    held = _held(source.left, there)
    if _comes_with(source.right, source.onclause, there):
        there.append(source.right)
        return held
    if source.isouter:
        raise TypeError(f"an outer join cannot be confined: {source.right}")
    return held + _held(source.right, there)


def _comes_with(source: FromClause, onclause: Any, there: list[FromClause]) -> bool:
    """Say whether a source is joined as what a row that is there refers to."""
    key = source.c.get("id")
    return key is not None and any(
        isinstance(part, BinaryExpression)
        and part.operator is operators.eq
        and part.left is key
        and getattr(part.right, "table", None) in there
        and any(one.column.table is table_of(source) for one in part.right.foreign_keys)
        for part in _conjuncts(onclause)
    )


def _conjuncts(clause: Any) -> list[Any]:
    if getattr(clause, "operator", None) is operators.and_:
        return [one for part in clause.clauses for one in _conjuncts(part)]
    return [clause]


# What is reached.


def _is_enrolled(project_id: ColumnElement[Any]) -> Condition:
    return project_id.in_(
        select(_enrolment.c.project_id).where(
            _enrolment.c.member_id == _MEMBER, _enrolment.c.organization_id == TENANT
        )
    )


def _is_allowed(project_id: ColumnElement[Any]) -> Condition:
    return project_id.in_(
        select(_allowed.c.project_id).where(
            _allowed.c.token_id == _TOKEN, _allowed.c.organization_id == TENANT
        )
    )


def _open(_source: FromClause, _reached: Reached) -> Condition:
    return true()


def _closed(_source: FromClause, _reached: Reached) -> Condition:
    return false()


def _itself(source: FromClause, reached: Reached) -> Condition:
    return reached(source.c.id)


def _by_project(source: FromClause, reached: Reached) -> Condition:
    return reached(source.c.project_id)


def _by_task(source: FromClause, reached: Reached) -> Condition:
    return exists().where(
        _its_task.c.id == source.c.task_id,
        _its_task.c.organization_id == TENANT,
        reached(_its_task.c.project_id),
    )


def _client_of(client_id: ColumnElement[Any], reached: Reached) -> Condition:
    return exists().where(
        _its_project.c.client_id == client_id,
        _its_project.c.organization_id == TENANT,
        _its_project.c.deleted_at.is_(None),
        reached(_its_project.c.id),
    )


def _by_its_projects(source: FromClause, reached: Reached) -> Condition:
    return _client_of(source.c.id, reached)


def _own(source: FromClause, _reached: Reached) -> Condition:
    return source.c.member_id == _MEMBER


def _oneself(source: FromClause, _reached: Reached) -> Condition:
    return source.c.id == _MEMBER


def _of_own_token(source: FromClause, _reached: Reached) -> Condition:
    return exists().where(
        _its_token.c.id == source.c.token_id,
        _its_token.c.organization_id == TENANT,
        _its_token.c.member_id == _MEMBER,
    )


def _colleague(source: FromClause, reached: Reached) -> Condition:
    """Themselves, and who is on one of the projects."""
    on_one = exists().where(
        _enrolment.c.member_id == source.c.id,
        _enrolment.c.organization_id == TENANT,
        reached(_enrolment.c.project_id),
    )
    return (source.c.id == _MEMBER) | on_one


def _by_token(source: FromClause, _reached: Reached) -> Condition:
    return source.c["id" if table_of(source).name == "token" else "token_id"] == _TOKEN


def _rate_of_project(source: FromClause, reached: Reached) -> Condition:
    """A price that may hold on a project: its own, or one above that names nothing foreign."""
    return (
        (source.c.project_id.is_(None) | reached(source.c.project_id))
        & (source.c.task_id.is_(None) | _by_task(source, reached))
        & (source.c.client_id.is_(None) | _client_of(source.c.client_id, reached))
    )


_OF_PROJECTS: Mapping[str, Rule] = {
    "client": _by_its_projects,
    "project": _itself,
    "task": _by_project,
    "task_assignee": _by_task,
}
# What belongs to no project, and to nobody alone; whatever is in it is never named by a caller,
# or named together with the member whose it is.
_OF_NO_PROJECT = dict.fromkeys(
    ("confirmation", "event_counter", "organization", "stored_answer"), _open
)
_OF_MONEY = dict.fromkeys(
    (
        "billing_claim",
        "client_contact",
        "event",
        "expense",
        "invoice",
        "invoice_line",
        "payment",
        "proposal",
        "schedule",
        "schedule_run",
    ),
    _closed,
)
# What no call reads.
_OF_THE_PROGRAM = {"request_count": _closed}
# What leaves the house is looked after by who sees all of it.
_OF_WEBHOOKS = dict.fromkeys(("delivery", "delivery_attempt", "webhook_endpoint"), _closed)
_OF_BLIND_MEMBER: Mapping[str, Rule] = {
    **_OF_PROJECTS,
    **_OF_NO_PROJECT,
    **_OF_MONEY,
    **_OF_THE_PROGRAM,
    **_OF_WEBHOOKS,
    "activity": _own,
    "member": _oneself,
    "project_member": _own,
    "rate": _closed,
    "time_entry": _own,
    "timer": _own,
    "token": _own,
    "token_project": _of_own_token,
}
_OF_LIMITED_TOKEN: Mapping[str, Rule] = {
    **_OF_PROJECTS,
    **_OF_NO_PROJECT,
    **_OF_MONEY,
    **_OF_THE_PROGRAM,
    **_OF_WEBHOOKS,
    "activity": _by_token,
    "member": _colleague,
    "project_member": _by_project,
    "rate": _rate_of_project,
    "time_entry": _by_project,
    "timer": _by_project,
    "token": _by_token,
    "token_project": _by_token,
}
_KEPT_BY_WHO_LEFT = frozenset({"time_entry"})
"""What stays its member's to read when they left the project, and nobody's of theirs to change."""
