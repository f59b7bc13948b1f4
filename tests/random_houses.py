"""Houses full of random clients, rates and work, and what each entry of them is worth.

What is here is said in the words of the trade; nothing of the product is used, so that what it
makes of a house can be held against it.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from billing_oracle import Worked

DECIMALS = {"JPY": 0, "EUR": 2, "KWD": 3}
MEMBERS = ("ada", "bob", "cyd")
FIRST_DAY = date(2025, 12, 1)
DAYS = 350
SECONDS_PER_DAY = 86_400
LENGTHS = (1, 60, 899, 900, 901, 1_800, 3_600, 5_432)
RATES = (950_000, 1_000_000, 333_333, 1, 0)
TAXES = (None, None, 190_000, 70_000, 88_750, 0)

Rounding = tuple[int, str, str]
"""Minutes, "up", "nearest" or "down", and per "entry" or "line"."""

Rates = list[tuple[str, int]]
"""The days on which rates begin, in order, and the rates at 1/10,000; the first holds always."""


@dataclass(eq=False)
class Task:
    """A task, with rates of its own or none; `billable` decides where an entry does not."""

    name: str
    rates: Rates
    billable: bool | None
    id: str = ""


@dataclass(eq=False)
class Project:
    """A project of one client; `fee` is in minor units."""

    name: str
    rate_type: str
    fee: int
    rates: Rates
    rates_of: dict[str, Rates]
    """Rates of members on this project."""
    rounding: Rounding | None
    tasks: list[Task]
    id: str = ""
    fee_is_charged: bool = False
    is_over: bool = False


@dataclass(eq=False)
class Entry:
    """Time that a member worked."""

    project: Project
    task: Task | None
    member: str
    day: str
    seconds: int
    note: str
    billable: bool | None
    id: str = ""
    is_billed: bool = False
    tags: tuple[str, ...] = ()

    @property
    def is_charged(self) -> bool:
        """Whether it is charged by the hour: its own word counts, then its task's."""
        asked = self.billable
        if asked is None and self.task is not None:
            asked = self.task.billable
        if asked is None:
            asked = self.project.rate_type != "NON_BILLABLE"
        return asked and self.project.rate_type != "FIXED"


@dataclass(eq=False)
class Client:
    """A client and all the work for it; tax is at 1/10,000 of a percent."""

    name: str
    currency: str
    currency_before: str | None
    """A currency in which it had rates once: they hold no longer."""
    tax: int | None
    rates: Rates
    rounding: Rounding | None
    projects: list[Project]
    entries: list[Entry]
    id: str = ""

    @property
    def decimals(self) -> int:
        """How many decimals its currency has."""
        return DECIMALS[self.currency]


@dataclass(eq=False)
class House:
    """An organisation, its own rates by currency, and those of its members."""

    tax: int | None
    rounding: Rounding
    rates: dict[str, Rates]
    rates_of: dict[tuple[str, str], Rates]
    """By member and currency."""
    clients: list[Client] = field(default_factory=list[Client])

    def tax_of(self, client: Client) -> Fraction:
        """Return the tax on a client's lines in percent: its own goes before the house's."""
        return Fraction((client.tax if client.tax is not None else self.tax) or 0, 10_000)

    def rate_of(self, client: Client, entry: Entry) -> Fraction | None:
        """Return what an hour costs: the first level that has a rate on the entry's day decides."""
        levels = (
            entry.project.rates_of.get(entry.member, []),
            entry.task.rates if entry.task is not None else [],
            entry.project.rates,
            self.rates_of.get((entry.member, client.currency), []),
            client.rates,
            self.rates.get(client.currency, []),
        )
        rates = next((level for level in levels if level), None)
        if rates is None:
            return None
        begun = bisect_right([day for day, _ in rates], entry.day)
        return Fraction(rates[max(begun, 1) - 1][1], 10_000)

    def worked(self, client: Client, entries: Sequence[Entry]) -> list[Worked]:
        """Return those of a client's entries that are charged for and have a price."""
        tax = self.tax_of(client)
        return [
            Worked(
                id=entry.id,
                project=entry.project.name,
                # Tasks of one name in two projects are two.
                task=f"{entry.project.name} {entry.task.name}" if entry.task is not None else None,
                member=entry.member,
                date=entry.day,
                note=entry.note,
                seconds=entry.seconds,
                rate=rate,
                tax=tax,
                category="S" if tax else "Z",
                rounding=entry.project.rounding or client.rounding or self.rounding,
            )
            for entry in entries
            if entry.is_charged and (rate := self.rate_of(client, entry)) is not None
        ]

    def unpriced(self, client: Client, entries: Sequence[Entry]) -> list[Entry]:
        """Return those of a client's entries that are charged for and have no price."""
        return [
            entry for entry in entries if entry.is_charged and self.rate_of(client, entry) is None
        ]


def random_house(seed: int, clients: int) -> House:
    """Return a house of that many clients; the same for the same seed."""
    return _Chance(seed).house(clients)


class _Chance(random.Random):
    """Chance, in the words of the trade."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._left: dict[tuple[str, str], int] = defaultdict(lambda: SECONDS_PER_DAY)

    def house(self, clients: int) -> House:
        # In some houses not every currency has a rate for everything.
        priced = [currency for currency in DECIMALS if self.random() < 0.8]
        house = House(
            tax=self.choice(TAXES),
            rounding=self.rounding(),
            rates={currency: self.rates(at_least=1) for currency in priced},
            rates_of={
                (member, currency): self.rates()
                for member in MEMBERS[1:]
                for currency in DECIMALS
                if self.random() < 0.3
            },
        )
        house.clients = [self.client(f"client {number}") for number in range(clients)]
        return house

    def client(self, name: str) -> Client:
        currency = self.choice(list(DECIMALS))
        before = self.choice([one for one in DECIMALS if one != currency])
        projects = [self.project(f"project {place}") for place in range(self.randint(1, 2))]
        days = [self.choice([self.day, self.quarter])() for _ in range(9)]
        return Client(
            name=name,
            currency=currency,
            currency_before=before if self.random() < 0.1 else None,
            tax=self.choice(TAXES),
            rates=self.rates(),
            rounding=self.rounding() if self.random() < 0.5 else None,
            projects=projects,
            entries=[self.entry(projects, days) for _ in range(self.randint(1, 40))],
        )

    def project(self, name: str) -> Project:
        rate_type = self.choices(["HOURLY", "FIXED", "NON_BILLABLE"], [8, 2, 1])[0]
        member = self.choice(MEMBERS)
        return Project(
            name=name,
            rate_type=rate_type,
            fee=self.randint(1, 2_000_000) if rate_type == "FIXED" else 0,
            rates=self.rates(),
            rates_of={member: self.rates(at_least=1)} if self.random() < 0.2 else {},
            rounding=self.rounding() if self.random() < 0.5 else None,
            tasks=[self.task(name) for name in ("build", "design")[: self.randint(0, 2)]],
        )

    def task(self, name: str) -> Task:
        rates = self.rates(at_least=1) if self.random() < 0.3 else []
        return Task(name, rates, self.choices([None, True, False], [8, 1, 1])[0])

    def entry(self, projects: list[Project], days: list[str]) -> Entry:
        project = self.choice(projects)
        seconds = self.choice(LENGTHS) if self.random() < 0.3 else self.randint(1, 30_000)
        member, day = self.choice(MEMBERS), self.choice(days)
        while self._left[member, day] < seconds:  # a day has 24 hours
            day = self.day()
        self._left[member, day] -= seconds
        return Entry(
            project=project,
            task=self.choice([None, *project.tasks]),
            member=member,
            day=day,
            seconds=seconds,
            note=self.choice(["", "call", "menu"]),
            billable=self.choices([None, True, False], [8, 1, 1])[0],
        )

    def rates(self, *, at_least: int = 0) -> Rates:
        days = sorted({self.quarter() for _ in range(self.choice([0, 1, 2, 2]) or at_least)})
        return [(day, self.rate()) for day in days]

    def rate(self) -> int:
        return self.choice(RATES) if self.random() < 0.3 else self.randint(0, 3_000_000)

    def rounding(self) -> Rounding:
        return (
            self.choice([0, 1, 5, 6, 10, 15, 30, 60]),
            self.choice(["up", "nearest", "down"]),
            self.choice(["entry", "line"]),
        )

    def day(self) -> str:
        return (FIRST_DAY + timedelta(days=self.randrange(DAYS))).isoformat()

    def quarter(self) -> str:
        """Choose one of few days, so that rates begin on days that were worked."""
        return (FIRST_DAY + timedelta(days=self.randrange(0, DAYS, 90))).isoformat()
