"""Names: what is stored shows what it holds, and what is asked for is found without guessing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from hoursmith_mcp.core.names import Candidate, clean_line, clean_text, fold, match_names
from hoursmith_mcp.core.refusal import Refusal

any_text = st.text(st.characters())


def line(text: str, max_length: int = 100) -> str:
    return clean_line(text, what="name", max_length=max_length)


def text_of(text: str, max_length: int = 100) -> str:
    return clean_text(text, what="note", max_length=max_length)


def cleaned_or_none(clean: Callable[[str], str], text: str) -> str | None:
    try:
        return clean(text)
    except Refusal:
        return None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ACME", "acme"),
        ("Stra\u00dfe", "STRASSE"),
        ("  Web \u00a0 site\n", "web site"),
        ("\uff21cme", "acme"),
        ("Caf\u00e9", "cafe\u0301"),
        ("\ufb01nance", "Finance"),
        (
            "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
            "\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c3",
        ),
    ],
)
def test_folds_case_width_and_spacing(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(any_text)
def test_a_folded_name_stays_as_it_is(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  Acme GmbH \n", "Acme GmbH"),
        ("cafe\u0301", "caf\u00e9"),
        ("\u2764\ufe0f\u200d\U0001f525", "\u2764\ufe0f\u200d\U0001f525"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("\u845b\U000e0100\u57ce", "\u845b\U000e0100\u57ce"),
        ("\u3000\u682a\u5f0f\u4f1a\u793e", "\u682a\u5f0f\u4f1a\u793e"),
        ("<script>", "<script>"),
    ],
)
def test_cleans_a_line_and_keeps_every_script(text: str, cleaned: str) -> None:
    assert line(text) == cleaned
    assert text_of(text) == cleaned


HIDDEN = [
    "\x00", "\x07", "\x1b", "\x7f", "\x85", "\x9b",
    "\u200e", "\u200f", "\u061c", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
    "\u2066", "\u2067", "\u2068", "\u2069",
    "\U000e0000", "\U000e0001", "\U000e0041", "\U000e007f",
    "\ud800", "\udfff", "\ufffe", "\uffff", "\ufdd0", "\ufdef", "\U0001ffff", "\U0010fffe",
    "\u2028", "\u2029",
    "\ufeff", "\u180e", "\u200b", "\u2060", "\u2061", "\u2064", "\u2065", "\u206a", "\u00ad",
    "\u034f", "\ufff9", "\ufff0", "\U000e0080",
]  # fmt: skip


@pytest.mark.parametrize("hidden", HIDDEN, ids=lambda hidden: f"U+{ord(hidden):04X}")
@pytest.mark.parametrize("clean", [line, text_of])
def test_refuses_what_hides_or_reorders_text(hidden: str, clean: Callable[[str], str]) -> None:
    with pytest.raises(Refusal, match=re.escape(f"U+{ord(hidden):04X}")) as refused:
        clean(f"Ac{hidden}me")
    assert "take it out" in str(refused.value)
    assert hidden not in str(refused.value)


def test_names_the_character_in_words_where_it_has_some() -> None:
    with pytest.raises(Refusal, match=r"The name holds U\+202E \(right-to-left override\); take"):
        line("a\u202eb")
    with pytest.raises(Refusal, match=r"U\+000A \(line feed\).* on one line"):
        line("a\nb")
    with pytest.raises(Refusal, match=r"U\+0009 \(tab\)"):
        line("a\tb")


def test_refuses_a_row_of_variation_selectors() -> None:
    for row in ("\ufe0f\ufe0f", "\U000e0101\U000e0102"):
        with pytest.raises(Refusal, match=f"U\\+{ord(row[1]):04X}"):
            text_of(f"\U0001f600{row}")


def test_a_note_keeps_lines_and_tabs_and_may_be_empty() -> None:
    assert text_of("one\r\ntwo\rthree\n\n\tfour\n") == "one\ntwo\nthree\n\n\tfour"
    assert text_of(" \n ") == ""


@pytest.mark.parametrize(
    "text", ["", "  \n", "\u3000", "\u200d", "\ufe0f", "\u3164", "\u2800 \u2800"]
)
def test_a_line_shows_something(text: str) -> None:
    with pytest.raises(Refusal, match="The name is empty; write at least one letter"):
        line(text)


def test_says_the_limit_and_the_length() -> None:
    assert line(" 1234567890 ", max_length=10) == "1234567890"
    with pytest.raises(Refusal, match="The name has 11 characters; write at most 10"):
        line("12345678901", max_length=10)
    with pytest.raises(Refusal, match="The note has 11 characters; write at most 10"):
        text_of("12345678901", max_length=10)
    # What is much too long is refused before it is looked at; what is normalized is not.
    with pytest.raises(Refusal, match="The name has 1000000 characters; write at most 10"):
        line("\u200b" * 1_000_000, max_length=10)
    assert line("\u03b1\u0313\u0300\u0345" * 10, max_length=10) == "\u1f82" * 10
    assert line(" \u00a0" * 1_000 + "short", max_length=10) == "short"


@given(any_text)
@example("a\u0300\u0316")
def test_what_was_cleaned_is_clean(text: str) -> None:
    for clean in (line, text_of):
        cleaned = cleaned_or_none(clean, text)
        if cleaned is not None:
            assert clean(cleaned) == cleaned
            assert cleaned.encode().decode() == cleaned
            assert unicodedata.is_normalized("NFC", cleaned)


WEBSITE = Candidate("pr_1", "Website redesign", "Acme")
LOGO = Candidate("pr_2", "Logo", "Acme")
SHOP = Candidate("pr_3", "Web shop", "Bergmann & S\u00f6hne")
REDESIGN = Candidate("pr_4", "Redesign", "Acme Rockets")
ACME = Candidate("pr_5", "Acme annual report", "Zenith")
LOUD = Candidate("pr_6", "LOGO", "Zenith")
ALL = [WEBSITE, LOGO, SHOP, REDESIGN, LOUD]


@pytest.mark.parametrize(
    ("query", "candidates", "found"),
    [
        # The very name goes before the folded one.
        ("LOGO", ALL, [LOUD]),
        ("Logo", ALL, [LOGO]),
        ("logo", ALL, [LOGO, LOUD]),
        ("  website   REDESIGN ", ALL, [WEBSITE]),
        # The whole name goes before a name that begins with it, or only holds it.
        ("redesign", ALL, [REDESIGN]),
        ("redes", ALL, [WEBSITE, REDESIGN]),
        ("web", ALL, [WEBSITE, SHOP]),
        ("web shop", ALL, [SHOP]),
        ("shop-web", ALL, [SHOP]),
        ("re web", ALL, [WEBSITE]),
        ("acme redesign", ALL, [WEBSITE, REDESIGN]),
        ("acme web", ALL, [WEBSITE]),
        ("acme / Website redesign", ALL, [WEBSITE]),
        ("bergmann shop", ALL, [SHOP]),
        ("sohne shop", ALL, [SHOP]),
        ("s\u00f3hne shop", ALL, []),
        ("s\u00f6h shop", ALL, [SHOP]),
        # A client's name alone finds what is theirs, but only where nothing bears it itself.
        ("acme", ALL, [WEBSITE, LOGO, REDESIGN]),
        ("acme", [*ALL, ACME], [ACME]),
        ("acme rockets", ALL, [REDESIGN]),
        ("site", ALL, []),
        ("hosting", ALL, []),
        ("acme hosting", ALL, []),
        ("", ALL, []),
        ("&", ALL, []),
        ("logo", [], []),
    ],
)
def test_climbs_down_the_ladder(
    query: str, candidates: list[Candidate], found: list[Candidate]
) -> None:
    assert match_names(query, candidates) == found


def test_the_names_own_words_go_before_its_contexts() -> None:
    own = Candidate("1", "Report for Acme", "Zenith")
    both = Candidate("2", "Report", "Acme")
    context = Candidate("3", "Logo", "Acme reports")
    assert match_names("acme report", [context, both, own]) == [own]
    assert match_names("acme report", [context, both]) == [both]
    assert match_names("acme report", [context]) == [context]


def test_marks_belong_to_their_letters() -> None:
    hindi = Candidate("1", "\u0939\u093f\u0928\u094d\u0926\u0940 \u0932\u0947\u0916")
    assert match_names("\u0939\u093f\u0928\u094d", [hindi]) == [hindi]
    assert match_names("\u0928", [hindi]) == []


def test_words_are_found_without_their_accents() -> None:
    names = ("Café Central", "Müller", "Çelik", "Łódź", "Ёлка", "が", "Cafeteria")
    candidates = [Candidate(name, name) for name in names]
    for query, found in {
        "cafe central": ["Café Central"],
        "CAFÉ": ["Café Central"],
        "cafe": ["Café Central", "Cafeteria"],
        "muller": ["Müller"],
        "celi": ["Çelik"],
        "елка": ["Ёлка"],
        "か": [],
    }.items():
        assert [one.name for one in match_names(query, candidates)] == found, query
    assert match_names("cafe central", candidates, whole=True) == []


def test_whole_names_only_where_they_are_asked_for() -> None:
    assert match_names("website redesign", ALL, whole=True) == [WEBSITE]
    assert match_names("website", ALL, whole=True) == []
    assert match_names("acme", ALL, whole=True) == []


short_names = st.text("aAbB -", max_size=5)
candidate_lists = st.lists(
    st.builds(Candidate, st.just("id"), short_names, short_names), max_size=6
)


def step_of(query: str, candidate: Candidate) -> int:
    """The step of the ladder at which a candidate is a hit, found in another way; 9 is none."""
    if candidate.name == query:
        return 1
    if candidate.name.lower().split() == query.lower().split():
        return 2
    words = re.findall("[ab]+", query.lower())
    own, context = (
        re.findall("[ab]+", part.lower()) for part in (candidate.name, candidate.context)
    )
    in_own = [any(word.startswith(wanted) for word in own) for wanted in words]
    in_context = [any(word.startswith(wanted) for word in context) for wanted in words]
    either = [mine or theirs for mine, theirs in zip(in_own, in_context, strict=True)]
    if not words or not all(either):
        return 9
    return 3 if all(in_own) else 4 if any(in_own) else 5


@given(short_names, candidate_lists, st.booleans())
def test_returns_the_first_step_with_hits_whole_and_in_order(
    query: str, candidates: list[Candidate], whole: bool
) -> None:
    steps = [step_of(query, candidate) for candidate in candidates]
    best = min(steps, default=9)
    found = match_names(query, candidates, whole=whole)
    if best == 9 or (whole and best > 2):
        assert found == []
    else:
        assert found == [
            candidate for candidate, step in zip(candidates, steps, strict=True) if step == best
        ]


@given(any_text, any_text)
def test_a_thing_is_always_found_by_its_own_name(name: str, context: str) -> None:
    assume(name)
    candidate = Candidate("1", name, context)
    assert match_names(name, [candidate]) == [candidate]
    assert match_names(fold(name), [candidate], whole=True) == [candidate]


@given(
    st.lists(
        st.tuples(
            st.text("abc ()X", min_size=1, max_size=8).map(str.strip).filter(bool),
            st.sampled_from(["", "Acme", "Globex (EU)"]),
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda pair: (fold(pair[0]), pair[1]),
    )
)
def test_the_label_that_a_candidate_is_told_by_is_read_back(named: list[tuple[str, str]]) -> None:
    candidates = [Candidate(str(place), *pair) for place, pair in enumerate(named)]
    for candidate in candidates:
        if candidate.context:
            assert candidate in match_names(candidate.label, candidates)
            assert candidate in match_names(candidate.label, candidates, whole=True)


def test_a_label_means_one_of_several_names_that_begin_alike() -> None:
    first = Candidate("1", "Website redesign", "Acme")
    second = Candidate("2", "Website redesign 2", "Acme")
    assert match_names("website redesign (acme)", [first, second]) == [first]
