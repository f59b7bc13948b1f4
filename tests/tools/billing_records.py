"""What a house that bills is about, in the simplest words and without the product's code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from billing_oracle import OracleLine, OracleTotals, oracle_totals

Policy = tuple[int, str, str]
"""Minutes, "up", "nearest" or "down", and per "entry" or "line"."""


@dataclass(eq=False)
class Client:
    """Somebody who is billed, in a currency with that many decimals."""

    name: str
    currency: str
    decimals: int
    id: str = ""
    address: str = ""
    terms_days: int | None = None

    def money(self, minor: int) -> Fraction:
        """Return minor units as an amount."""
        return Fraction(minor, 10**self.decimals)

    def text(self, minor: int) -> str:
        """Write minor units as people do."""
        whole, part = divmod(minor, 10**self.decimals)
        return f"{whole}.{part:0{self.decimals}}" if self.decimals else str(whole)


@dataclass(eq=False)
class Project:
    """Work for a client: by the hour, or for a fee in minor units."""

    name: str
    client: Client
    fee_minor: int | None = None
    id: str = ""
    charged_on: Invoice | None = None


@dataclass(eq=False)
class Entry:
    """Time that was worked, and the live invoice that it is on."""

    id: str
    project: Project
    task: str | None
    day: str
    seconds: int
    note: str
    billable: bool
    version: int = 1
    touched_us: int = 0
    deleted: bool = False
    invoice: Invoice | None = None


@dataclass(frozen=True)
class Rate:
    """What an hour costs from a day on; each record is another one, even at the same price."""

    price: Fraction
    start: str | None
    serial: int


@dataclass(frozen=True)
class BilledLine:
    """A line, and what it is made of: (subject, raw seconds, billed seconds, minor, record)."""

    kind: str
    line: OracleLine
    parts: tuple[tuple[str, int, int, int, int], ...] = ()
    rounding: Policy | None = None


@dataclass(frozen=True)
class Discount:
    """Off the whole invoice: minor units, or a percentage."""

    minor: int | None = None
    percent: Fraction | None = None

    def totals(self, lines: Iterable[BilledLine]) -> OracleTotals | None:
        """Return what lines come to; none where they cannot be billed so."""
        return oracle_totals([one.line for one in lines], off=self.minor, percent=self.percent)


NO_DISCOUNT = Discount()


@dataclass(frozen=True)
class Bill:
    """All that an invoice says while it is a draft."""

    lines: tuple[BilledLine, ...]
    totals: OracleTotals
    address: str
    terms_days: int | None


@dataclass(eq=False)
class Invoice:
    """An invoice, from its draft to its end."""

    id: str
    client: Client
    bill: Bill
    grouping: Sequence[str]
    discount: Discount
    status: str = "DRAFT"
    deleted: bool = False
    released_us: int = 0
    number: str | None = None
    issue_date: str | None = None
    due_date: str | None = None
    payments: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def paid(self) -> int:
        """What came in, in minor units."""
        return sum(self.payments.values())

    @property
    def due(self) -> int:
        """What is still to come, in minor units."""
        return self.bill.totals.total - self.paid if self.status in ("SENT", "PAID") else 0

    @property
    def is_live(self) -> bool:
        """Whether it holds its time and fees."""
        return not self.deleted and self.status != "CANCELLED"

    def lines(self, *, custom: bool) -> list[BilledLine]:
        """Return the lines that somebody added, or all others."""
        return [one for one in self.bill.lines if (one.kind == "custom") is custom]

    def subjects(self) -> dict[str, tuple[int, int, int]]:
        """Return the entries and projects billed: raw and billed seconds, minor units."""
        return {part[0]: part[1:4] for one in self.bill.lines for part in one.parts}


@dataclass(eq=False)
class Proposal:
    """What a preview showed."""

    id: str
    client: Client
    bill: Bill
    versions: dict[str, int]
    fees: tuple[Project, ...]
    grouping: Sequence[str]
    discount: Discount
    projects: tuple[Project, ...] | None
    left_out: frozenset[str]
    expires_us: int
    made: Invoice | None = None
