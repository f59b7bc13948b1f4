"""What somebody typed is repeated to them briefly, on one line, and without tricks."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoursmith_mcp.core.refusal import Refusal, quoted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two hours", '"two hours"'),
        ("", '""'),
        ("a\n\tb", '"a b"'),
        ("abc\u202edef", '"abcdef"'),
        ("a\u2066b\U000e0041\ufe0f\ud800\x00c", '"abc"'),
        ("x" * 40, '"' + "x" * 40 + '"'),
        ("x" * 41, '"' + "x" * 39 + '…"'),
        ("x" * 1_000_000, '"' + "x" * 39 + '…"'),
    ],
)
def test_quotes_what_can_be_seen(text: str, shown: str) -> None:
    assert quoted(text) == shown


@given(st.text(st.characters()))
def test_a_quotation_is_short_and_harmless(text: str) -> None:
    inner = quoted(text)[1:-1]
    assert len(inner) <= 40
    assert not any(unicodedata.category(character)[0] == "C" for character in inner)
    assert "\u2028" not in inner


def test_a_refusal_is_a_value_error_so_that_validators_understand_it() -> None:
    assert issubclass(Refusal, ValueError)
    assert str(Refusal("Write 2h.")) == "Write 2h."
