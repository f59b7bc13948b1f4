"""Rows as they lie in the database: for what no door shows, and for what no tool makes yet."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import exists, select, update

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import DOOR as COMMAND_LINE
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.access.roles import ALL_SCOPES
from hoursmith_mcp.core.ids import new_id
from hoursmith_mcp.core.names import fold
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.tables import Invoice, Member, Organization, Table, Token, TokenProject

Rows = list[dict[str, Any]]

_HAS_ROWS = select(
    *(exists(select(table)).label(table.name) for table in Table.metadata.sorted_tables)
)


async def everything(runtime: Runtime) -> dict[str, Rows]:
    """Return all rows of all tables; but for when tokens were used, which is noted in passing."""

    async def unit(session: Session) -> dict[str, Rows]:
        tables = Table.metadata.sorted_tables
        found: dict[str, Rows] = {table.name: [] for table in tables}
        # Most tables of a house for a test are empty, and each statement takes its time.
        (has_rows,) = await session.unscoped(_HAS_ROWS)
        for table in tables:
            if has_rows._mapping[table.name]:
                rows = await session.unscoped(select(table).order_by(*table.primary_key))
                found[table.name] = [dict(row._mapping) for row in rows]
        for token in found["token"]:
            del token["last_used_at"]
        return found

    return await (await runtime.database()).read(unit)


async def events(runtime: Runtime) -> Rows:
    """Return the events in their order, their data read."""
    rows = (await everything(runtime))["event"]
    read = [{**row, "data": json.loads(row["data"])} for row in rows]
    return sorted(read, key=lambda row: int(row["sequence"]))


async def activities(runtime: Runtime) -> Rows:
    """Return the lines of activity of calls in the order of their events, before and after read.

    Those of commands that run the house are left out: some doors need a token, others none.
    """
    rows = (await everything(runtime))["activity"]
    rows = [row for row in rows if row["door"] != COMMAND_LINE]
    return [
        {**row, **{side: json.loads(row[side]) if row[side] else None for side in _SIDES}}
        for row in sorted(rows, key=lambda row: int(row["at"]))
    ]


async def travel(runtime: Runtime, member_id: str, zone_name: str) -> None:
    """Let a member's days begin and end in a zone of their own."""

    await change_member(runtime, member_id, time_zone=zone_name)


async def change_member(runtime: Runtime, member_id: str, **values: Any) -> None:
    """Change what is known of a member, in ways that take tools another day or another hand."""

    async def unit(session: Session) -> None:
        await enter(session)
        await session.update(Member, member_id, values)

    await (await runtime.database()).write(unit)


async def add_member(
    runtime: Runtime,
    name: str,
    *,
    role: str = "MEMBER",
    time_zone: str | None = None,
) -> Caller:
    """Add a member to the organisation, and return them as a caller with a token."""
    email = f"{name.split()[0].lower()}@example.com"

    async def unit(session: Session) -> None:
        await enter(session, runtime.settings.organization)
        row = {
            "id": new_id("mem", session.now_us, runtime.entropy(10)),
            "name": name,
            "name_key": fold(name),
            "email": email,
            "role": role,
            "time_zone": time_zone,
            "version": 1,
            "created_at": session.now_us,
            "updated_at": session.now_us,
            "joined_at": session.now_us,
        }
        await session.insert(Member, row)

    await (await runtime.database()).write(unit)
    issued = await issue_token(runtime, name=name, email=email)
    return Caller(door="test", token=issued.token)


async def limit_scopes(runtime: Runtime, name: str, *, without: str) -> None:
    """Take a scope from the token of that name."""
    kept = " ".join(sorted(ALL_SCOPES - {without}))

    async def unit(session: Session) -> None:
        table = core_table(Token)
        await session.unscoped(update(table).where(table.c.name == name).values(scopes=kept))

    await (await runtime.database()).write(unit)


async def limit_to_projects(runtime: Runtime, name: str, project_ids: list[str]) -> None:
    """Let the token of that name reach these projects only."""

    async def unit(session: Session) -> None:
        table = core_table(Token)
        await enter(session)
        (token,) = await session.unscoped(select(table.c.id).where(table.c.name == name))
        await session.unscoped(update(table).where(table.c.name == name).values(is_limited=True))
        rows = [{"token_id": token.id, "project_id": one} for one in project_ids]
        await session.insert(TokenProject, *rows)

    await (await runtime.database()).write(unit)


async def change_invoice(runtime: Runtime, invoice_id: str, **values: Any) -> None:
    """Change what became of an issued invoice, in ways that no tool has yet."""

    async def unit(session: Session) -> None:
        await enter(session)
        await session.update(Invoice, invoice_id, values)

    await (await runtime.database()).write(unit)


async def change_role(runtime: Runtime, name: str, role: str) -> None:
    """Give the member of that name another role."""

    async def unit(session: Session) -> None:
        table = core_table(Member)
        await session.unscoped(update(table).where(table.c.name == name).values(role=role))

    await (await runtime.database()).write(unit)


async def enter(session: Session, organization_id: str = "") -> None:
    """Let a session act in an organisation, or in the only one."""
    organizations = await session.unscoped(select(Organization.__table__))  # type: ignore[attr-defined]  # set by SQLModel
    session.organization_id = organization_id or organizations[0].id


_SIDES = ("before", "after")
