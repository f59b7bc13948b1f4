"""Pictures: every length is that of its value, words stay words, and nobody is left out."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hoursmith_mcp.charts.figures import Bar, Panel, Picture
from hoursmith_mcp.charts.layout import NOTHING, WIDTH, draw
from hoursmith_mcp.charts.lettering import fitted, shortened, width_of
from hoursmith_mcp.charts.scales import Scale, scale_over, tick_text
from hoursmith_mcp.charts.svg import STYLE

SVG = "{http://www.w3.org/2000/svg}"
LETTERS = {"title": 17, "heading": 13}
SERIES = ("Billable", "Not billable")
EVIL = '</text><script>alert("1")</script>&amp;\u0007'

values = st.integers(-(10**12), 10**12)
texts = st.text(max_size=60)
names = st.text("aiW\u6771", min_size=1, max_size=60)
bars = st.builds(Bar, label=texts, values=st.tuples(values, values), text=values.map(str))
panels = st.builds(
    Panel,
    bars=st.lists(bars, max_size=12).map(tuple),
    per_unit=st.sampled_from([1, 100, 1_000, 3_600]),
    heading=st.sampled_from(["", "EUR"]),
    in_rows=st.booleans(),
    stacked=st.booleans(),
    limit=st.none() | values,
)


def picture(*drawn: Panel, title: str = "Hours", subtitle: str = "October") -> Picture:
    return Picture(title, subtitle, "What there is to see.", SERIES, drawn)


def read(svg: str) -> Element:
    return ElementTree.fromstring(svg)


def boxes(root: Element, look: str) -> list[tuple[int, int, int, int]]:
    return [
        (
            int(one.attrib["x"]),
            int(one.attrib["y"]),
            int(one.attrib["width"]),
            int(one.attrib["height"]),
        )
        for one in root.iterfind(f"{SVG}g/{SVG}rect")
        if one.attrib["class"] == look
    ]


def words(root: Element) -> list[str]:
    return [one.text or "" for one in root.iter(f"{SVG}text")]


@settings(max_examples=40)
@given(st.lists(panels, max_size=3))
def test_whatever_is_drawn_lies_within_the_picture(drawn: list[Panel]) -> None:
    root = read(draw(picture(*drawn)))
    height = int(root.attrib["height"])
    assert root.attrib["viewBox"] == f"0 0 {WIDTH} {height}"
    for one in root.iter(f"{SVG}rect"):
        if one.attrib["class"] != "paper":
            x, y, width, tall = (int(one.attrib[name]) for name in ("x", "y", "width", "height"))
            assert 0 <= x <= x + width <= WIDTH
            assert 0 <= y <= y + tall <= height
            assert width > 0
            assert tall > 0
    for one in root.iter(f"{SVG}text"):
        wide = width_of(one.text or "", LETTERS.get(one.get("class", ""), 12))
        before = {"start": 0, "middle": wide // 2, "end": wide}[one.get("text-anchor", "start")]
        assert 0 <= int(one.attrib["x"]) - before <= WIDTH - wide + 1


@given(
    st.lists(st.tuples(*[st.integers(0, 10**9)] * 2), min_size=1, max_size=30),
    st.booleans(),
)
def test_a_bar_is_as_long_as_its_value_and_its_parts_touch(
    pairs: list[tuple[int, int]], in_rows: bool
) -> None:
    panel = Panel(tuple(Bar("x", pair, "") for pair in pairs), 1, in_rows=in_rows)
    if panel.is_empty:
        return
    root = read(draw(picture(panel)))
    longest = max(sum(pair) for pair in pairs)
    place = 2 if in_rows else 3
    lengths = [0 for _ in pairs]
    for group, one in enumerate(root.iterfind(f"{SVG}g")):
        drawn = [
            tuple(int(box.attrib[name]) for name in ("x", "y", "width", "height"))
            for box in one.iterfind(f"{SVG}rect")
        ]
        assert len(drawn) == sum(value > 0 for value in pairs[group])
        lengths[group] = sum(box[place] for box in drawn)
        if len(drawn) == 2 and min(box[place] for box in drawn) > 1:
            first, second = drawn
            assert (
                first[0] + first[2] == second[0] if in_rows else second[1] + second[3] == first[1]
            )
    per_pixel = longest / max(lengths)
    for pair, length in zip(pairs, lengths, strict=True):
        assert abs(length - sum(pair) / per_pixel) <= 3


def test_what_is_below_nothing_goes_the_other_way() -> None:
    bars = (Bar("A", (-50, 0), "-50"), Bar("B", (200, 0), "200"))
    (below, above) = boxes(read(draw(picture(Panel(bars, 1, in_rows=True)))), "of-0")
    assert below[0] + below[2] == above[0]
    (under, over) = boxes(read(draw(picture(Panel(bars, 1)))), "of-0")
    assert over[1] + over[3] == under[1]
    both = (Bar("C", (200, -50), "150"),)
    for panel in (Panel(both, 1), Panel(both, 1, in_rows=True)):
        root = read(draw(picture(panel)))
        (more,), (less,) = boxes(root, "of-0"), boxes(root, "of-1")
        assert more[1] + more[3] == less[1] or less[0] + less[2] == more[0]
        assert panel.reach == (-50, 200)
    assert Panel(both, 1, stacked=False, limit=300).reach == (-50, 300)


def test_words_of_people_are_words_and_shown_whole_to_who_points_at_them() -> None:
    bars = (Bar(EVIL, (1, 2), EVIL), Bar("x" * 300, (1, 0), "1"))
    for panel in (Panel(bars, 1, in_rows=True), Panel(bars, 1, heading=EVIL)):
        svg = draw(picture(panel, title=EVIL, subtitle=EVIL))
        assert "<script" not in svg
        root = read(svg)
        assert {one.tag for one in root.iter()} <= {
            f"{SVG}{tag}" for tag in ("svg", "title", "desc", "style", "rect", "g", "text", "line")
        }
        shown = EVIL.replace("\u0007", "\N{REPLACEMENT CHARACTER}")
        pointed = [one.findtext(f"{SVG}title") for one in root.iterfind(f"{SVG}g")]
        assert pointed == [f"{shown}: {shown}", f"{'x' * 300}: 1"]
        assert any("…" in one for one in words(root))


def test_a_picture_is_told_to_those_who_do_not_see_it_and_asks_for_nothing() -> None:
    svg = draw(picture(Panel((Bar("A", (1, 1), "2"),), 1)))
    root = read(svg)
    title, desc = list(root)[:2]
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {desc.attrib['id']}"
    assert (title.text, desc.text) == ("Hours", "What there is to see.")
    assert svg.count("http") == 1  # the name of the language
    assert "url(" not in svg
    assert svg == draw(picture(Panel((Bar("A", (1, 1), "2"),), 1)))


def test_it_is_readable_on_light_and_on_dark() -> None:
    light, dark = (colours(part) for part in STYLE.split("@media (prefers-color-scheme:dark)"))
    assert light.keys() == dark.keys()
    for scheme in (light, dark):
        paper = scheme[".paper"]
        assert min(contrast(scheme[one], paper) for one in ("text", ".faint")) >= 4.5
        drawn = [one for one in scheme if one.startswith((".of", ".zero", ".limit"))]
        assert min(contrast(scheme[one], paper) for one in drawn) >= 3


def colours(style: str) -> dict[str, str]:
    found = re.findall(r"^([.\w-]+)\{.*?(?:fill|stroke):(#[0-9a-f]+)", style, re.MULTILINE)
    return {name: colour if len(colour) == 7 else "#ffffff" for name, colour in found}


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, as WCAG 2.2 defines it."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(one * much for one, much in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


@pytest.mark.parametrize("panel", [None, Panel((), 1), Panel((Bar("A", (0, 0), "0"),), 1)])
def test_nothing_is_said_in_words(panel: Panel | None) -> None:
    shown = words(read(draw(picture(*([panel] if panel else [])))))
    assert shown == ["Hours", "October", NOTHING]


def test_names_under_columns_do_not_run_into_each_other() -> None:
    panel = Panel(tuple(Bar(f"2026-10-{day:02}", (day, 0), "5") for day in range(1, 99)), 1)
    under = [
        one
        for one in read(draw(picture(panel))).iter(f"{SVG}text")
        if (one.text or "").startswith("2026")
    ]
    places = [int(one.attrib["x"]) for one in under]
    assert len(under) > 4
    wide = width_of("2026-10-01", 12)
    assert all(later - earlier > wide for earlier, later in pairwise(places))
    assert places[-1] + wide // 2 < WIDTH - 8


@given(values, values, st.sampled_from([1, 100, 3_600]))
def test_an_axis_has_few_round_marks_and_holds_all(low: int, high: int, per_unit: int) -> None:
    low, high = min(0, low), max(0, high)
    scale, marks = scale_over(low, high, per_unit, 200)
    assert scale.low <= low <= high <= scale.high
    assert 2 <= len(marks) <= 7
    assert 0 in marks
    texts = [tick_text(mark, per_unit) for mark in marks]
    assert len(set(texts)) == len(texts)
    assert (scale.at(scale.low), scale.at(scale.high)) == (0, 200)


def test_what_is_written_above_columns_leaves_room_by_what_is_drawn() -> None:
    bars = (Bar("A", (5, 1), "5 %"), Bar("B", (0, 0), "there is nothing at all to be expected"))
    shown = words(read(draw(picture(Panel(bars * 4, 1)))))
    assert shown.count("5 %") == 4


def test_panels_of_one_picture_begin_at_one_place() -> None:
    for in_rows in (True, False):
        one = Panel((Bar("A", (5, 0), "5"),), 1, in_rows=in_rows)
        other = Panel((Bar("Long Name & Sons", (5_000_000, 0), "5 000 000"),), 1, in_rows=in_rows)
        first, second = boxes(read(draw(picture(one, other))), "of-0")
        assert (first[0], first[2]) == (second[0], second[2])


@settings(max_examples=30)
@given(st.lists(names, min_size=1, max_size=5), st.integers(120, 300))
def test_of_a_name_that_has_parts_each_keeps_its_place(parts: list[str], most: int) -> None:
    cut = fitted(" · ".join(parts), 12, most)
    assert width_of(cut, 12) <= most
    assert len(cut.split(" · ")) == len(parts)
    assert fitted(f"2026-10 · {'x' * 80}", 12, 200).startswith("2026-10 · xx")
    for name in ("2026-11-02 · Ada Lovelace", "R&D <Labs> · iii · mmm"):
        assert fitted(name, 12, width_of(name, 12)) == name


def test_long_names_that_differ_at_their_ends_stay_different() -> None:
    one, other = (fitted(f"{'Kaizen International Holdings ' * 3}{end}", 12, 200) for end in "12")
    assert one.startswith("Kaizen Inter")
    assert (one[-1], other[-1]) == ("1", "2")
    assert width_of(one, 12) <= 200


def test_a_limit_runs_through_no_value() -> None:
    bars = (Bar("A", (50, 0), "50 %"), Bar("B", (95, 0), "95 %"), Bar("C", (120, 0), "120 %"))
    root = read(draw(picture(Panel(bars, 1, limit=100))))
    lines = [one for one in root.iter(f"{SVG}line") if one.get("class") == "limit"]
    (text,) = [one for one in root.iter(f"{SVG}text") if one.text == "95 %"]
    assert len(lines) == 2
    assert int(lines[0].attrib["x2"]) < int(text.attrib["x"]) < int(lines[1].attrib["x1"])


def test_little_beside_much_is_seen_on_its_side_of_nothing() -> None:
    panel = Panel((Bar("A", (9_000, -1), ""),), 1, in_rows=True, stacked=False)
    root = read(draw(picture(panel)))
    (much,), (little,) = boxes(root, "of-0"), boxes(root, "of-1")
    assert (little[0] + little[2], little[2]) == (much[0], 3)


def test_a_value_lies_at_the_nearest_pixel_and_five_steps_are_few() -> None:
    scale = Scale(0, 3, 100)
    assert [scale.at(value) for value in range(4)] == [0, 33, 67, 100]
    assert scale_over(0, 5, 1, 9)[1] == (0, 1, 2, 3, 4, 5)
    assert scale_over(0, 6, 1, 9)[1] == (0, 2, 4, 6)


def test_a_letter_is_not_cut_from_its_accent_and_the_long_part_takes_what_is_left() -> None:
    accented = "e\u0301" * 40
    for most in range(40, 60):
        assert shortened(accented, 12, most).removesuffix("…")[-1:] == "\u0301"
        assert "…\u0301" not in fitted(f"{accented} · x", 12, most + 60)
    long_first, long_last = (fitted(one, 12, 200) for one in (f"{'W' * 40} · a", f"a · {'W' * 40}"))
    assert long_first.endswith(" · a")
    assert width_of(long_first, 12) == width_of(long_last, 12) > 150


def test_round_marks_are_said_in_their_unit() -> None:
    assert tick_text(1_800, 3_600) == "0.5"
    assert tick_text(-1_234_500, 100) == "\N{MINUS SIGN}12\u202f345"
    assert scale_over(0, 28 * 3_600, 3_600, 9)[1] == (0, 36_000, 72_000, 108_000)


@given(texts, st.integers(20, 200))
def test_what_is_cut_has_room(text: str, most: int) -> None:
    cut = shortened(text, 12, most)
    assert width_of(cut, 12) <= most
    assert cut == " ".join(text.split()) or cut.endswith("…")
