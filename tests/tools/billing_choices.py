"""What can be chosen for a step of the billing machine."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from billing_records import NO_DISCOUNT, Discount
from hypothesis import strategies as st

which = st.integers(0, 63)
few = st.integers(0, 3)
mostly = st.sampled_from([True, True, True, False])
seconds = st.sampled_from([1, 59, 450, 900, 901, 1_800, 3_600, 5_400]) | st.integers(1, 15_000)
back_days = st.sampled_from([0, 0, 0, 1, 2, 5])
notes = st.sampled_from(["", "hosting call", "late fix"])
prices = st.integers(1, 2_000_000).map(lambda e4: Fraction(e4, 10_000))
policies = st.tuples(
    st.sampled_from([0, 1, 5, 6, 10, 15, 30, 60]),
    st.sampled_from(["up", "nearest", "down"]),
    st.sampled_from(["entry", "line"]),
)
taxes = st.sampled_from(["0", "7", "8.875", "19", "33.3333"]).map(Fraction)
groupings: st.SearchStrategy[Sequence[str]] = st.sampled_from(
    [(), ("project",), ("date",), ("entry",), ("project", "date"), ("note", "task"), ("member",)]
)
discounts = st.one_of(
    st.just(NO_DISCOUNT),
    st.just(NO_DISCOUNT),
    st.sampled_from(["2.5", "10", "33.3333", "100"]).map(
        lambda text: Discount(None, Fraction(text))
    ),
    st.integers(1, 5_000).map(Discount),
)
custom_line = st.tuples(
    st.integers(1, 50_000).map(lambda e4: Fraction(e4, 10_000)),
    st.integers(-1_000_000, 3_000_000).map(lambda e4: Fraction(e4, 10_000)),
    st.none() | taxes,
)
