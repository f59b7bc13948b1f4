"""Changes of every kind that can be taken back, at random, on whatever a house has by then."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from houses import Clock, Door, Refused

Act = Callable[["RandomChanges"], Awaitable[Any]]

LENGTHS = ("15m", "1h", "2h30m", "9h")
DAYS = ("today", "yesterday", "3 days ago")


@dataclass
class Known:
    """Ids of what was made in a house, whether it is there still or not."""

    clients: list[str] = field(default_factory=list[str])
    projects: list[str] = field(default_factory=list[str])
    tasks: list[str] = field(default_factory=list[str])
    entries: list[str] = field(default_factory=list[str])
    drafts: list[str] = field(default_factory=list[str])
    issued: list[str] = field(default_factory=list[str])


@dataclass
class RandomChanges:
    """One who changes a house at random."""

    door: Door
    clock: Clock
    chance: random.Random
    known: Known
    made: int = 0

    async def change(self, times: int) -> int:
        """Try to change something so many times; return how often it was done."""
        done = 0
        for _ in range(times):
            self.clock.advance(seconds=self.chance.choice((1, 90, 4_000)))
            act = self.chance.choice(ACTS)
            try:
                await act(self)
            except (Refused, IndexError):
                continue
            done += 1
        return done

    async def say(self, operation: str, **given: Any) -> Any:
        """Call an operation."""
        return await self.door.call(operation, **given)

    def one(self, ids: list[str]) -> str:
        """Choose one; raises IndexError where there is none."""
        return self.chance.choice(ids)

    def name(self) -> str:
        """Return one of a few names, so that some are taken."""
        return f"Thing {self.chance.randrange(8)}"


async def _client(by: RandomChanges) -> None:
    rate = by.chance.choice(({}, {"default_rate": "80"}))
    currency = by.chance.choice(("EUR", "USD"))
    made = await by.say("create_client", name=by.name(), currency=currency, **rate)
    by.known.clients.append(made["id"])


async def _change_client(by: RandomChanges) -> None:
    given = by.chance.choice(
        (
            {"name": by.name()},
            {"phone": str(by.chance.randrange(9))},
            {"default_rate": str(by.chance.randrange(50, 99))},
            {"currency": by.chance.choice(("EUR", "USD", ""))},
            {"archived": by.chance.random() < 0.5},
        )
    )
    await by.say("update_client", client=by.one(by.known.clients), **given)


async def _project(by: RandomChanges) -> None:
    kind = by.chance.choice(
        ({"hourly_rate": "90"}, {}, {"rate_type": "FIXED", "fixed_fee_amount": "500"})
    )
    made = await by.say("create_project", client=by.one(by.known.clients), name=by.name(), **kind)
    by.known.projects.append(made["id"])


async def _change_project(by: RandomChanges) -> None:
    given = by.chance.choice(
        (
            {"name": by.name()},
            {"status": by.chance.choice(("ACTIVE", "COMPLETED", "ARCHIVED"))},
            {"hourly_rate": str(by.chance.randrange(50, 99))},
            {"rate_type": "FIXED", "fixed_fee_amount": "700"},
            {"rate_type": "HOURLY"},
            {"client": by.one(by.known.clients)},
            {"budget_hours": "40h"},
        )
    )
    await by.say("update_project", project=by.one(by.known.projects), **given)


async def _task(by: RandomChanges) -> None:
    me = (await by.say("overview"))["user_id"]
    given = by.chance.choice(({"assignees": [me]}, {}))
    made = await by.say("create_task", project=by.one(by.known.projects), name=by.name(), **given)
    by.known.tasks.append(made["id"])


async def _change_task(by: RandomChanges) -> None:
    me = (await by.say("overview"))["user_id"]
    given: dict[str, Any] = by.chance.choice(
        (
            {"name": by.name()},
            {"status": by.chance.choice(("TODO", "DONE"))},
            {"assignees": by.chance.choice(([], [me]))},
            {"archived": by.chance.random() < 0.5},
            {"tags": ["a", "b"]},
        )
    )
    await by.say("update_task", task=by.one(by.known.tasks), **given)


async def _log(by: RandomChanges) -> None:
    task = by.chance.choice(({}, {"task": by.chance.choice([*by.known.tasks, "none"])}))
    made = await by.say(
        "log_time",
        project=by.one(by.known.projects),
        duration=by.chance.choice(LENGTHS),
        date=by.chance.choice(DAYS),
        allow_duplicate=True,
        **task,
    )
    by.known.entries.append(made["id"])


async def _log_some(by: RandomChanges) -> None:
    entries = [{"duration": "20m", "note": str(number)} for number in range(3)]
    project = by.one(by.known.projects)
    made = await by.say("log_times", entries=entries, project=project, allow_duplicate=True)
    by.known.entries += [one["id"] for one in made["time_entries"]]


async def _change_entry(by: RandomChanges) -> None:
    given = by.chance.choice(
        (
            {"duration": by.chance.choice(LENGTHS)},
            {"date": by.chance.choice(DAYS)},
            {"note": by.name()},
            {"project": by.one(by.known.projects)},
            {"billable": by.chance.random() < 0.5},
        )
    )
    await by.say("update_time_entry", time_entry=by.one(by.known.entries), **given)


async def _delete_entry(by: RandomChanges) -> None:
    await by.say("delete_time_entry", time_entry=by.one(by.known.entries))


async def _start(by: RandomChanges) -> None:
    await by.say("start_timer", project=by.one(by.known.projects), tags=["run"])


async def _stop(by: RandomChanges) -> None:
    stopped = await by.say("stop_timer", keeping=by.chance.choice(("keep", "discard")))
    by.known.entries += [one["id"] for one in stopped.get("time_entries", ())]


async def _rate(by: RandomChanges) -> None:
    level: dict[str, Any] = by.chance.choice(
        (
            {"client": by.one(by.known.clients)},
            {"project": by.one(by.known.projects)},
            {"task": by.one(by.known.tasks)},
            {"currency": "EUR"},
        )
    )
    day = by.chance.choice(("today", "yesterday", "in 2 days"))
    await by.say("set_rate", rate=str(by.chance.randrange(10, 20)), rate_from=day, **level)


async def _rounding(by: RandomChanges) -> None:
    level = by.chance.choice(({"client": by.one(by.known.clients)}, {}))
    await by.say("set_rounding", minutes=by.chance.choice(("0", "6", "15")), **level)


async def _set_up(by: RandomChanges) -> None:
    given = by.chance.choice(
        (
            {"name": by.name(), "payment_terms": by.chance.randrange(30)},
            {"currency": by.chance.choice(("EUR", "USD"))},
            {"your_email": f"{by.chance.randrange(9)}@example.com"},
            {"hourly_rate": str(by.chance.randrange(50, 60))},
        )
    )
    await by.say("set_up", **given)


async def _draft(by: RandomChanges) -> None:
    proposed = await by.say("preview_invoice", client=by.one(by.known.clients))
    made = await by.say("create_invoice", proposal=proposed["proposal"])
    by.known.drafts.append(made["id"])


async def _change_draft(by: RandomChanges) -> None:
    hosting = {"description": by.name(), "quantity": "2", "unit_price": "12.50"}
    given: dict[str, Any] = by.chance.choice(
        ({"notes": by.name()}, {"lines": [hosting]}, {"lines": []}, {"discount": "10%"})
    )
    await by.say("update_invoice", invoice=by.one(by.known.drafts), **given)


def _to_a_draft(operation: str) -> Act:
    async def act(by: RandomChanges) -> None:
        await by.say(operation, invoice=by.one(by.known.drafts))

    return act


async def _duplicate(by: RandomChanges) -> None:
    made = await by.say("duplicate_invoice", invoice=by.one([*by.known.drafts, *by.known.issued]))
    by.known.drafts.append(made["id"])


async def _pay(by: RandomChanges) -> None:
    await by.say("record_payment", invoice=by.one(by.known.issued), amount="1", note=by.name())


ACTS: tuple[Act, ...] = (
    _client,
    _change_client,
    _change_client,
    _project,
    _change_project,
    _change_project,
    _task,
    _change_task,
    _log,
    _log,
    _log,
    _log_some,
    _change_entry,
    _change_entry,
    _delete_entry,
    _start,
    _stop,
    _rate,
    _rounding,
    _set_up,
    _draft,
    _draft,
    _change_draft,
    _to_a_draft("delete_invoice"),
    _to_a_draft("cancel_invoice"),
    _to_a_draft("restore_invoice"),
    _duplicate,
    _pay,
)
