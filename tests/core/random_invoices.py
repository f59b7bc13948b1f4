"""Random billable time and invoices, in the product's words and in the oracle's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from billing_oracle import Worked
from hypothesis import strategies as st

from hoursmith_mcp.core.billable_time import BillableTime
from hoursmith_mcp.core.grouping import GroupKey
from hoursmith_mcp.core.rounding import INCREMENTS, RoundingPolicy

DECIMALS = {"JPY": 0, "EUR": 2, "KWD": 3}
FIRST_DAY = date(2026, 10, 1)
TAXES = [("S", 190_000), ("S", 70_000), ("S", 88_750), ("E", 0)]
GROUP_KEYS: list[GroupKey] = ["project", "task", "member", "date", "note"]

currencies = st.sampled_from(sorted(DECIMALS))
policies = st.builds(
    RoundingPolicy,
    st.sampled_from(INCREMENTS),
    st.sampled_from(["up", "nearest", "down"]),
    st.sampled_from(["entry", "line"]),
)
groupings: st.SearchStrategy[tuple[GroupKey, ...]] = st.one_of(
    st.just(("entry",)),
    st.lists(st.sampled_from(GROUP_KEYS), min_size=1, max_size=3, unique=True).map(tuple),
)
hourly_rates = st.integers(0, 3_000_000) | st.sampled_from([950_000, 1_000_000, 333_333, 1])
lengths = st.integers(0, 30_000) | st.sampled_from([0, 60, 900, 901, 3_600, 86_400])


@dataclass(frozen=True)
class Basket:
    """What an invoice is made of; custom lines are (quantity, price, tax), all at 1/10,000."""

    currency: str
    grouping: tuple[GroupKey, ...]
    times: list[BillableTime]
    custom: list[tuple[int, int, tuple[str, int]]]
    discount_amount: int | None
    discount_percent: int | None


def entry(
    number: int,
    *,
    seconds: int = 3_600,
    project: str = "redesign",
    task: str | None = "design",
    member: str = "ada",
    day: date = FIRST_DAY,
    note: str = "",
    rate: int = 950_000,
    tax: tuple[str, int] = ("S", 190_000),
    policy: RoundingPolicy | None = None,
) -> BillableTime:
    """Return one entry; what is not said is the same for all."""
    return BillableTime(
        id=f"te_{number:03}",
        project_id=f"pr_{project}",
        project=project,
        task_id=task and f"tk_{task}",
        task=task,
        member_id=f"mem_{member}",
        member=member,
        day=day,
        seconds=seconds,
        note=note,
        rate=rate,
        rate_id=f"rt_{rate}",
        tax_rate=tax[1],
        tax_category=tax[0],
        policy=policy or RoundingPolicy(15, "up", "entry"),
    )


@st.composite
def billable_times(draw: st.DrawFn, max_size: int = 12) -> list[BillableTime]:
    """Draw entries that have enough in common to share lines."""
    rates = draw(st.lists(hourly_rates, min_size=1, max_size=2))
    rounding = draw(st.lists(policies, min_size=1, max_size=2))
    seconds = draw(st.lists(lengths, max_size=max_size))
    chance = draw(st.randoms(use_true_random=False))
    return [
        entry(
            number,
            seconds=length,
            project=chance.choice(["app", "site"]),
            task=chance.choice(["build", "design", None]),
            member=chance.choice(["ada", "bob"]),
            day=FIRST_DAY + timedelta(days=chance.randrange(3)),
            note=chance.choice(["", "call"]),
            rate=chance.choice(rates),
            tax=chance.choice(TAXES),
            policy=chance.choice(rounding),
        )
        for number, length in enumerate(seconds)
    ]


baskets = st.builds(
    Basket,
    currency=currencies,
    grouping=groupings,
    times=billable_times(),
    custom=st.lists(
        st.tuples(
            st.integers(-50_000, 500_000).filter(bool),
            st.integers(-100_000, 5_000_000),
            st.sampled_from(TAXES),
        ),
        max_size=3,
    ),
    discount_amount=st.none() | st.integers(0, 200_000) | st.integers(0, 20),
    discount_percent=st.none() | st.integers(0, 1_000_000) | st.sampled_from([1_000_000, 333_333]),
)


def worked(times: Sequence[BillableTime]) -> list[Worked]:
    """Say the same in the oracle's words."""
    return [
        Worked(
            id=time.id,
            project=time.project,
            task=time.task,
            member=time.member,
            date=time.day.isoformat(),
            note=time.note,
            seconds=time.seconds,
            rate=Fraction(time.rate, 10_000),
            tax=Fraction(time.tax_rate, 10_000),
            category=time.tax_category,
            rounding=(time.policy.minutes, time.policy.mode, time.policy.per),
        )
        for time in times
    ]
