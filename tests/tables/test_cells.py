"""Cells of a table: nothing in them is computed, and nothing of them is lost."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from corpus import CORPUS
from hypothesis import given
from hypothesis import strategies as st

from hoursmith_mcp.schemas.base import (
    AmountText,
    DateText,
    Hidden,
    InstantText,
    OfMoney,
    OfTheCall,
    Public,
    TextOf,
    Unlisted,
)
from hoursmith_mcp.tables.cells import GUARD, cell, is_formula
from hoursmith_mcp.tables.columns import Column, columns
from hoursmith_mcp.tables.forms import CommaSeparated

DANGEROUS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


class Part(Public):
    """Something within."""

    id: str


class Price(OfMoney):
    """Something within that is money."""

    amount: str


class Thing(Public):
    """Whatever a row can hold."""

    id: str
    unit_price: AmountText | None
    kind: Hidden[str]
    seconds: int
    flag: Unlisted[bool] | None
    labels: list[str]
    part: Part | None
    parts: list[Part]
    price: Price | None
    starts_on: Hidden[DateText] | None
    made_at: Unlisted[InstantText] | None
    available_actions: list[str]
    warnings: OfTheCall[Hidden[list[str]]]
    repeated: OfTheCall[bool] | None


def unguarded(text: str) -> str:
    """Read a cell again, as the guide says."""
    inner = text.removeprefix(GUARD)
    return inner if inner != text and is_formula(inner) else text


@pytest.mark.parametrize("begin", DANGEROUS)
@pytest.mark.parametrize("before", ["", " ", "'", '"', " '", "\u00a0"])
def test_what_a_spreadsheet_would_compute_is_made_harmless(before: str, begin: str) -> None:
    assert cell(f"{before}{begin}cmd|' /C calc'!A0") == f"'{before}{begin}cmd|' /C calc'!A0"
    assert cell([f"{before}{begin}1+1", "x"])[0] == GUARD


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        ("", ""),
        (True, "true"),
        (False, "false"),
        (-5400, "-5400"),
        ("-12.50", "-12.50"),
        ("1200.00", "1200.00"),
        ("-12.50-1", "'-12.50-1"),
        ("-", "'-"),
        ("-\u0661", "'-\u0661"),
        ("'tis", "'tis"),
        (["a", "b; c"], "a; b; c"),
        ([], ""),
    ],
)
def test_what_is_harmless_stays_as_it_is(value: Any, shown: str) -> None:
    assert cell(value) == shown


def read_again(written: list[str]) -> None:
    """Write a row of texts and read it, as a program does that knows of the guard."""
    names = [f"field_{place}" for place in range(len(written))]
    table = CommaSeparated("things", [Column(name) for name in names])
    body = table.begin() + table.rows([dict(zip(names, written, strict=True))])
    head, row = csv.reader(io.StringIO(body.decode(), newline=""), strict=True)
    assert head == [f"field{place}" for place in range(len(written))]
    assert [unguarded(one) for one in row] == written
    for shown in row:
        is_number = re.fullmatch(r"-[0-9]+(\.[0-9]+)?", shown) is not None
        assert is_number or shown[:1] not in {*DANGEROUS}


def test_every_text_of_the_corpus_is_read_again_as_it_was() -> None:
    read_again([*CORPUS])


@pytest.mark.ci
@given(st.lists(texts | st.text(f"{DANGEROUS}'\" a1.,;"), min_size=1, max_size=4))
def test_every_text_is_read_again_as_it_was(written: list[str]) -> None:
    read_again(written)


def test_a_column_is_what_one_cell_can_hold() -> None:
    assert columns(Thing, blind=False) == (
        Column("id"),
        Column("unit_price", TextOf.DECIMAL),
        Column("kind"),
        Column("seconds"),
        Column("flag"),
        Column("labels"),
        Column("starts_on", TextOf.DAY),
        Column("made_at", TextOf.INSTANT),
    )
    seen = [column.name for column in columns(Thing, blind=True)]
    assert seen == ["id", "seconds", "flag", "labels", "made_at"]


def test_the_last_row_says_how_many_there_were_and_is_as_wide_as_any() -> None:
    table = CommaSeparated("things", [Column("id"), Column("unit_price"), Column("kind")])
    assert table.begin() == b"id,unitPrice,kind\r\n"
    assert table.end(7, None) == [b"# end,7,\r\n"]
    assert table.end(7, "further") == [b"# end,7,further\r\n"]


def test_a_table_may_begin_with_a_byte_order_mark() -> None:
    table = CommaSeparated("things", [Column("name")], marked=True)
    assert table.begin() == b"\xef\xbb\xbfname\r\n"
