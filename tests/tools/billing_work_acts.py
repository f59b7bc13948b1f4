"""What is done before anything is billed, on the product and on the truth: time and prices."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from billing_comparison import ComparedHouse
from billing_records import Client, Entry, Policy, Project
from billing_truth import ORGANIZATION


class WorkActs(ComparedHouse):
    """Time that is logged and corrected, and all that its price depends on."""

    async def found(self) -> None:
        """Make two clients, one of them without minor units, and their first prices."""
        self.truth.now_us = self.clock.now_us
        await self.door.call(
            "set_up",
            name="Hours",
            address="1 Way",
            time_zone="UTC",
            currency="EUR",
            payment_terms=14,
        )
        self.truth.terms_days = 14
        await self.tax(None, Fraction(19))
        await self.rounding(None, (15, "up", "entry"))
        for name, currency, decimals, rate in (
            ("Acme", "EUR", 2, "87.65"),
            ("Tanaka", "JPY", 0, "8765.5"),
        ):
            client = Client(name, currency, decimals, address=f"1 {name} Road")
            answer = await self.door.call(
                "create_client", name=name, currency=currency, billing_address=client.address
            )
            client.id = answer["id"]
            self.truth.clients[name] = client
            await self.rate(name, client, Fraction(rate), 0)
        for name, owner in (("Website", "Acme"), ("Shop", "Acme"), ("Kiosk", "Tanaka")):
            await self.add_project(name, self.truth.clients[owner], None)
            await self.door.call("create_task", project=name, name="Design")

    async def add_project(self, name: str, client: Client, fee_minor: int | None) -> None:
        """Begin a project, for a fee where there is one."""
        given: dict[str, Any] = {}
        if fee_minor is not None:
            given = {"rate_type": "FIXED", "fixed_fee_amount": client.text(fee_minor)}
        answer = await self.door.call("create_project", client=client.name, name=name, **given)
        self.truth.projects[name] = Project(name, client, fee_minor, id=answer["id"])

    async def change_fee(self, project: Project, fee_minor: int) -> None:
        """Agree on another fee; what is charged already stays as it was."""
        given = {"project": project.name, "fixed_fee_amount": project.client.text(fee_minor)}
        if project.charged_on is not None and fee_minor != project.fee_minor:
            await self.refuses("conflict", "update_project", **given)
            return
        await self.door.call("update_project", **given)
        project.fee_minor = fee_minor

    async def log(
        self, project: Project, seconds: int, day: str, task: str | None, note: str, billable: bool
    ) -> None:
        """Log time, where its day has room."""
        given: dict[str, Any] = {
            "project": project.name,
            "duration": duration_text(seconds),
            "date": day,
            "note": note,
            "billable": billable,
            "allow_duplicate": True,
        }
        if task is not None:
            given["task"] = task
        if not self.truth.has_room(day, seconds):
            await self.refuses("validation_error", "log_time", **given)
            return
        entry_id = (await self.door.call("log_time", **given))["id"]
        self.truth.entries[entry_id] = Entry(
            entry_id, project, task, day, seconds, note, billable, touched_us=self.truth.now_us
        )

    async def edit(self, entry: Entry, changes: dict[str, Any]) -> None:
        """Correct an entry; what is on a live invoice is locked."""
        wanted = {name: new for name, new in changes.items() if getattr(entry, name) != new}
        if "project" in wanted and entry.task is not None:
            wanted["task"] = None
        given = {"time_entry": entry.id, **_as_arguments(changes)}
        day, seconds = changes.get("day", entry.day), changes.get("seconds", entry.seconds)
        if entry.deleted:
            await self.refuses("not_found", "update_time_entry", **given)
        elif not self.truth.has_room(day, seconds, without=entry):
            await self.refuses("validation_error", "update_time_entry", **given)
        elif wanted and entry.invoice is not None:
            await self.refuses("conflict", "update_time_entry", **given)
        else:
            await self.door.call("update_time_entry", **given)
            for name, new in wanted.items():
                setattr(entry, name, new)
            if wanted:
                entry.version += 1
                entry.touched_us = self.truth.now_us

    async def delete_entry(self, entry: Entry) -> None:
        """Delete an entry; what is on a live invoice is locked."""
        if entry.deleted:
            await self.refuses("not_found", "delete_time_entry", time_entry=entry.id)
        elif entry.invoice is not None:
            await self.refuses("conflict", "delete_time_entry", time_entry=entry.id)
        else:
            await self.door.call("delete_time_entry", time_entry=entry.id)
            entry.deleted = True

    async def rate(
        self, place: Project | str, client: Client, price: Fraction, back_days: int
    ) -> None:
        """Set what an hour costs: of a project, its task, a client, or everybody's."""
        day = self.truth.day(back_days)
        given: dict[str, Any] = {"rate": str(float(price)), "rate_from": day}
        match place:
            case Project():
                given["project"], key = place.name, place.name
            case "task":
                project = next(one for one in self.truth.projects.values() if one.client is client)
                given |= {"project": project.name, "task": "Design"}
                key = f"task of {project.name}"
            case str() if place == ORGANIZATION:
                given["currency"], key = client.currency, f"{ORGANIZATION} in {client.currency}"
            case _:
                given["client"], key = client.name, client.name
        await self.door.call("set_rate", **given)
        self.truth.set_rate(key, price, day)

    async def rounding(self, place: Project | Client | None, policy: Policy | None) -> None:
        """Set how time is rounded, or let it be inherited."""
        given: dict[str, Any] = {"minutes": ""}
        if policy is not None:
            given = {"minutes": str(policy[0]), "mode": policy[1], "per": policy[2]}
        if isinstance(place, Project):
            given["project"] = place.name
        elif place is not None:
            given["client"] = place.name
        await self.door.call("set_rounding", **given)
        self.truth.policies[place.name if place is not None else ORGANIZATION] = policy

    async def tax(self, client: Client | None, percent: Fraction | None) -> None:
        """Set the tax of a client or of everybody else, or let it be inherited."""
        rate = "" if percent is None else str(float(percent))
        if client is None:
            await self.door.call("set_up", default_tax_rate=rate)
        else:
            await self.door.call("update_client", client=client.name, default_tax_rate=rate)
        self.truth.taxes[client.name if client is not None else ORGANIZATION] = percent

    async def change_client(
        self, client: Client, address: str | None, terms_days: int | None
    ) -> None:
        """Change what stands on a client's next invoices beside the lines."""
        if address is not None:
            await self.door.call("update_client", client=client.name, billing_address=address)
            client.address = address
            # A draft shows what it was made with until it is issued.
        if terms_days is not None:
            await self.door.call(
                "update_client", client=client.name, default_payment_terms=terms_days
            )
            client.terms_days = terms_days


def duration_text(seconds: int) -> str:
    """Write seconds as a person might."""
    return f"{seconds // 3_600}h {seconds // 60 % 60}m {seconds % 60}s"


def _as_arguments(changes: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, new in changes.items():
        match name:
            case "seconds":
                given["duration"] = duration_text(new)
            case "day":
                given["date"] = new
            case "project":
                given["project"] = new.name
            case _:
                given[name] = new
    return given
