"""Types of events are wanted by name, by kind, or all of them."""

from __future__ import annotations

import pytest

from hoursmith_mcp.core.event_patterns import matches, read_patterns
from hoursmith_mcp.core.refusal import Refusal

KNOWN = ("client.created", "invoice.paid", "invoice.sent", "time_entry.created")


@pytest.mark.parametrize(
    ("patterns", "wanted"),
    [
        (["*"], set(KNOWN)),
        (["invoice.*"], {"invoice.paid", "invoice.sent"}),
        (["invoice.paid", "client.created"], {"invoice.paid", "client.created"}),
        (["time_entry.*"], {"time_entry.created"}),
    ],
)
def test_a_pattern_wants_its_types(patterns: list[str], wanted: set[str]) -> None:
    assert {type for type in KNOWN if matches(patterns, type)} == wanted


def test_what_a_wider_pattern_covers_is_left_out() -> None:
    assert read_patterns(["invoice.paid", " Invoice.* ", "client.created"], KNOWN) == (
        "client.created",
        "invoice.*",
    )
    assert read_patterns(["invoice.*", "*", "client.created"], KNOWN) == ("*",)


@pytest.mark.parametrize("text", ["invoice", "invoice.payd", "inv.*", "*.paid", "invoice.**", ""])
def test_what_fits_no_type_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        read_patterns([text], KNOWN)


def test_a_slip_is_answered_with_what_was_meant() -> None:
    with pytest.raises(Refusal, match=r"invoice\.paid\?"):
        read_patterns(["invoice.payed"], KNOWN)
    with pytest.raises(Refusal, match="which events"):
        read_patterns([], KNOWN)
