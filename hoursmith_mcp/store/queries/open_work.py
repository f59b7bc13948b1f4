"""Open work: what is billable and on no live invoice, with all that its price depends on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import bindparam, or_

from hoursmith_mcp.core.billable_time import BillableTime
from hoursmith_mcp.core.bills import Fee, OpenWork, Unpriced, tax_category
from hoursmith_mcp.core.rates import RateBook, RateRecord
from hoursmith_mcp.core.rounding import RoundingPolicy, first_policy, stored_policy
from hoursmith_mcp.schemas.filters import Selection
from hoursmith_mcp.store.queries.rates import rate_record
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import (
    Client,
    Member,
    Organization,
    Project,
    Rate,
    Task,
    TimeEntry,
)
from hoursmith_mcp.store.tenancy import TENANT, Scoped, for_the_program, scoped

_entry = core_table(TimeEntry)
_project = core_table(Project)
_client = core_table(Client)
_task = core_table(Task)
_member = core_table(Member)
_rate = core_table(Rate)
_organization = core_table(Organization)

# Hours under a fee are never billed by themselves, so they stay open and would be read for ever.
_BY_THE_HOUR = select(_project.c.id).where(
    _project.c.rate_type != "FIXED", _project.c.organization_id == TENANT
)
# Read from the entries alone, by the index of what is open; joined to its names, a planner that
# believes in short tables would read every entry there is.
_ENTRIES = select(
    _entry.c.id,
    _entry.c.version,
    _entry.c.project_id,
    _entry.c.task_id,
    _entry.c.member_id,
    _entry.c.entry_date,
    _entry.c.duration_seconds,
    _entry.c.note,
).where(
    _entry.c.billable.is_(True),
    _entry.c.line_id.is_(None),
    _entry.c.deleted_at.is_(None),
    _entry.c.project_id.in_(_BY_THE_HOUR),
)
_PROJECTS = select(_project).where(_project.c.deleted_at.is_(None))
_CLIENTS = scoped(
    select(_client).where(
        _client.c.deleted_at.is_(None), _client.c.id.in_(bindparam("ids", expanding=True))
    )
)
_TASKS = scoped(
    select(_task.c.id, _task.c.name).where(_task.c.id.in_(bindparam("ids", expanding=True)))
)
# By their ids, those are shown who logged what is shown.
_MEMBERS = for_the_program(select(_member.c.id, _member.c.name))
_RATES = select(_rate).where(_rate.c.deleted_at.is_(None))
_ALL_RATES = scoped(_RATES)
_RATES_FOR = scoped(
    _RATES.where(
        or_(
            _rate.c.project_id.in_(bindparam("projects", expanding=True)),
            _rate.c.client_id.in_(bindparam("clients", expanding=True)),
            _rate.c.project_id.is_(None) & _rate.c.client_id.is_(None),
        )
    )
)
_RATES_BY_ID = scoped(select(_rate).where(_rate.c.id.in_(bindparam("ids", expanding=True))))
_THIS = scoped(select(_organization))


@cache
def _projects(*, of_client: bool, named: bool) -> Scoped:
    statement = _PROJECTS
    if of_client:
        statement = statement.where(_project.c.client_id == bindparam("client"))
    if named:
        statement = statement.where(_project.c.id.in_(bindparam("ids", expanding=True)))
    return scoped(statement)


@cache
def _entries(column: str, *, dated: bool) -> Scoped:
    statement = _ENTRIES.where(_entry.c[column].in_(bindparam("ids", expanding=True)))
    if dated:
        day = _entry.c.entry_date
        statement = statement.where(day.between(bindparam("first"), bindparam("last")))
    return scoped(statement)


class _Entry(Shape):
    id: str
    version: int
    project_id: str
    task_id: str | None
    member_id: str
    entry_date: str
    duration_seconds: int
    note: str | None


class _Named(Shape):
    id: str
    name: str


class OpenWorks:
    """The open work of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def of(self, selection: Selection) -> list[OpenWork]:
        """Return open work by client, by name; priced with the rates of each entry's day."""
        projects, entries = await self._read(selection)
        fees = _fees(projects.values(), selection)
        of_client: dict[str, list[_Entry]] = defaultdict(list)
        for entry in entries:
            of_client[projects[entry.project_id].client_id].append(entry)
        wanted = of_client.keys() | fees.keys()
        if selection.client_id is not None:
            wanted.add(selection.client_id)
        clients = await self._clients(wanted)
        pricing = await self._pricing(selection, projects, clients, entries)
        in_order = sorted(clients.values(), key=lambda one: (one.name_key, one.id))

        def priced() -> list[OpenWork]:
            works = (
                pricing.work(client, of_client.get(client.id, []), fees.get(client.id, []))
                for client in in_order
            )
            return [work for work in works if work.times or work.unpriced or work.fees]

        return await self._session.aside(priced, items=len(entries))

    async def entry_ids(self, selection: Selection) -> list[str]:
        """Return the ids of open entries, whatever they cost."""
        _, entries = await self._read(selection)
        return [entry.id for entry in entries]

    async def rate_records(self, rate_ids: Sequence[str]) -> dict[str, RateRecord]:
        """Return rate records by id, replaced ones too."""
        rows = await self._session.all(Rate, _RATES_BY_ID, ids=list(set(rate_ids)))
        return {row.id: rate_record(row) for row in rows}

    async def rate_book(self, *, projects: Collection[str], clients: Collection[str]) -> RateBook:
        """Return the rates that may hold for work in some projects, which are those of clients."""
        found = await self._session.all(
            Rate, _RATES_FOR, projects=list(projects), clients=list(clients)
        )
        return RateBook(rate_record(row) for row in found)

    async def _read(self, selection: Selection) -> tuple[dict[str, Project], list[_Entry]]:
        """Return a selection's projects, and the open entries that are billed by the hour."""
        projects = await self._projects(selection)
        by_the_hour = [row.id for row in projects.values() if row.rate_type != "FIXED"]
        entries = await self._entries(selection, by_the_hour)
        return projects, [entry for entry in entries if entry.project_id in projects]

    async def _projects(self, selection: Selection) -> dict[str, Project]:
        client_id, ids = selection.client_id, selection.project_ids
        statement = _projects(of_client=client_id is not None, named=ids is not None)
        rows = await self._session.all(Project, statement, client=client_id, ids=list(ids or ()))
        return {row.id: row for row in rows}

    async def _entries(self, selection: Selection, project_ids: list[str]) -> Sequence[_Entry]:
        period = selection.period
        days: dict[str, Any] = {}
        if period is not None:
            days = {"first": period.first.isoformat(), "last": period.last.isoformat()}
        dated = period is not None
        if selection.entry_ids is not None:
            statement = _entries("id", dated=dated)
            return await self._session.all_in(_Entry, statement, selection.entry_ids, **days)
        # Told which projects: PostgreSQL would not guess how much is open under charged fees.
        statement = _entries("project_id", dated=dated)
        return await self._session.all_in(_Entry, statement, project_ids, **days)

    async def _clients(self, ids: Collection[str]) -> dict[str, Client]:
        rows = await self._session.all(Client, _CLIENTS, ids=list(ids))
        return {row.id: row for row in rows}

    async def _pricing(
        self,
        selection: Selection,
        projects: Mapping[str, Project],
        clients: Mapping[str, Client],
        entries: Sequence[_Entry],
    ) -> _Pricing:
        organization = await self._session.first(Organization, _THIS)
        assert organization is not None, "a unit of work has its organisation"
        task_ids = {entry.task_id for entry in entries if entry.task_id is not None}
        tasks = await self._session.all_in(_Named, _TASKS, list(task_ids))
        members = await self._session.all(_Named, _MEMBERS)
        rates = (
            await self.rate_book(projects=projects, clients=clients)
            if selection.narrow
            else RateBook(rate_record(row) for row in await self._session.all(Rate, _ALL_RATES))
        )
        return _Pricing(
            organization=organization,
            projects=projects,
            tasks={task.id: task.name for task in tasks},
            members={member.id: member.name for member in members},
            rates=rates,
        )


@dataclass(frozen=True)
class _Terms:
    """What all entries of a project have in common."""

    tax_rate: int
    tax_category: str
    policy: RoundingPolicy


@dataclass(frozen=True)
class _Pricing:
    """All that turns an entry's row into billable time."""

    organization: Organization
    projects: Mapping[str, Project]
    tasks: Mapping[str, str]
    members: Mapping[str, str]
    rates: RateBook

    def work(self, client: Client, entries: Sequence[_Entry], fees: list[Fee]) -> OpenWork:
        """Return the open work of one client."""
        currency = client.currency or self.organization.currency
        tax_rate = _first(client.default_tax_rate, self.organization.default_tax_rate) or 0
        terms = {
            project_id: _Terms(tax_rate, tax_category(tax_rate), self._policy(client, project_id))
            for project_id in {entry.project_id for entry in entries}
        }
        times: list[BillableTime] = []
        unpriced: list[Unpriced] = []
        for entry in entries:
            rate = self._rate(entry, client, currency)
            if rate is None:
                unpriced.append(self._unpriced(entry))
            else:
                times.append(self._time(entry, rate, terms[entry.project_id]))
        return OpenWork(
            client_id=client.id,
            client=client.name,
            currency=currency,
            tax_rate=tax_rate,
            times=tuple(times),
            unpriced=tuple(unpriced),
            fees=tuple(fees),
            versions={entry.id: entry.version for entry in entries},
        )

    def _rate(self, entry: _Entry, client: Client, currency: str | None) -> RateRecord | None:
        if currency is None:
            return None
        return self.rates.resolve(
            currency=currency,
            day=date.fromisoformat(entry.entry_date),
            project_id=entry.project_id,
            client_id=client.id,
            task_id=entry.task_id,
            member_id=entry.member_id,
        )

    def _unpriced(self, entry: _Entry) -> Unpriced:
        return Unpriced(
            id=entry.id,
            project_id=entry.project_id,
            project=self.projects[entry.project_id].name,
            task_id=entry.task_id,
            task=self.tasks.get(entry.task_id) if entry.task_id is not None else None,
            member_id=entry.member_id,
            member=self.members[entry.member_id],
            day=date.fromisoformat(entry.entry_date),
            seconds=entry.duration_seconds,
            note=entry.note or "",
        )

    def _policy(self, client: Client, project_id: str) -> RoundingPolicy:
        levels = (self.projects[project_id], client, self.organization)
        return first_policy(*(_policy(level) for level in levels))

    def _time(self, entry: _Entry, rate: RateRecord, terms: _Terms) -> BillableTime:
        project = self.projects[entry.project_id]
        return BillableTime(
            id=entry.id,
            project_id=project.id,
            project=project.name,
            task_id=entry.task_id,
            task=self.tasks.get(entry.task_id) if entry.task_id is not None else None,
            member_id=entry.member_id,
            member=self.members[entry.member_id],
            day=date.fromisoformat(entry.entry_date),
            seconds=entry.duration_seconds,
            note=entry.note or "",
            rate=rate.rate,
            rate_id=rate.id,
            tax_rate=terms.tax_rate,
            tax_category=terms.tax_category,
            policy=terms.policy,
        )


def _fees(projects: Collection[Project], selection: Selection) -> dict[str, list[Fee]]:
    """Return the fees that were not charged yet, by client."""
    found: dict[str, list[Fee]] = defaultdict(list)
    if not selection.with_fees:
        return found
    for project in projects:
        if project.rate_type == "FIXED" and project.fee_line_id is None and project.fixed_fee:
            found[project.client_id].append(Fee(project.id, project.name, project.fixed_fee))
    return found


def _policy(row: Organization | Client | Project) -> RoundingPolicy | None:
    return stored_policy(row.rounding_minutes, row.rounding_mode, row.rounding_per)


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)
