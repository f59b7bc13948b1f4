"""Ids name their kind, sort by their time, and are told from names by their form alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoursmith_mcp.core.ids import PREFIXES, looks_like_id, new_id

HIGHEST_US = 2**48 * 1000 - 1
prefixes = st.sampled_from(sorted(PREFIXES))
instants = st.integers(0, HIGHEST_US)
entropies = st.binary(min_size=10, max_size=10)


def test_an_id_is_its_prefix_and_a_ulid_in_lower_case() -> None:
    assert new_id("te", 0, bytes(10)) == "te_" + "0" * 26
    assert new_id("org", HIGHEST_US, b"\xff" * 10) == "org_7" + "z" * 25
    # The example of the ULID specification: 01ARYZ6S41 is this millisecond.
    assert new_id("cl", 1_469_918_176_385_000, bytes(10)) == "cl_01aryz6s41" + "0" * 16


@given(prefixes, instants, entropies)
def test_what_is_made_looks_like_an_id_of_its_kind_only(
    prefix: str, instant_us: int, entropy: bytes
) -> None:
    made = new_id(prefix, instant_us, entropy)
    assert [kind for kind in PREFIXES if looks_like_id(made, kind)] == [prefix]


@given(instants, instants, entropies, entropies)
def test_ids_sort_by_their_millisecond(
    one_us: int, other_us: int, entropy: bytes, more_entropy: bytes
) -> None:
    one, other = new_id("te", one_us, entropy), new_id("te", other_us, more_entropy)
    if one_us // 1000 != other_us // 1000:
        assert (one < other) == (one_us < other_us)
    else:
        assert (one < other) == (entropy < more_entropy)


@given(instants, entropies, entropies)
def test_different_entropy_makes_different_ids(
    instant_us: int, entropy: bytes, more_entropy: bytes
) -> None:
    same = new_id("te", instant_us, entropy) == new_id("te", instant_us, more_entropy)
    assert same == (entropy == more_entropy)


@pytest.mark.parametrize(
    ("prefix", "instant_us", "entropy"),
    [
        ("zz", 0, bytes(10)),
        ("TE", 0, bytes(10)),
        ("te", -1, bytes(10)),
        ("te", HIGHEST_US + 1, bytes(10)),
        ("te", 0, bytes(9)),
        ("te", 0, bytes(11)),
    ],
)
def test_refuses_what_no_id_can_be_made_of(prefix: str, instant_us: int, entropy: bytes) -> None:
    with pytest.raises(ValueError, match=r"prefix|instant|entropy"):
        new_id(prefix, instant_us, entropy)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "te",
        "te_",
        "te_" + "0" * 25,
        "te_" + "0" * 27,
        "te_" + "0" * 26 + "\n",
        "TE_" + "0" * 26,
        "te_" + "Z" * 26,
        "te_8" + "0" * 25,
        "te_" + "0" * 25 + "u",
        "te_" + "\u0660" * 26,
        "cl_" + "0" * 26,
        "te-" + "0" * 26,
        "Website redesign",
    ],
)
def test_other_text_does_not_look_like_an_id(text: str) -> None:
    assert not looks_like_id(text, "te")


def test_an_unknown_kind_has_no_ids() -> None:
    assert not looks_like_id("zz_" + "0" * 26, "zz")
