"""Pictures of reports: the examples are what the product draws, and every door hands them out.

Renew the examples with `HOURSMITH_RENEW=1 uv run pytest -n0 tests/charts`, and look at them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from example_house import furnish
from houses import Clock, InProcess, OverMcp, open_door, open_house
from rest_calls import rest_client

from hoursmith_mcp.charts import report_drawn
from hoursmith_mcp.charts.reports import MOST_COLUMNS, MOST_ROWS, report_picture

pytestmark = pytest.mark.anyio

FOLDER = Path(__file__).parents[2] / "examples" / "charts"
RENEW = os.environ.get("HOURSMITH_RENEW") == "1"
EXAMPLES: dict[str, dict[str, Any]] = {
    "hours-by-week.svg": {"kind": "time", "period": "2026-08-31..2026-11-20", "group_by": "week"},
    "hours-by-project.svg": {"kind": "time", "period": "2026-10"},
    "revenue-by-month.svg": {"kind": "revenue", "period": "2026-09-01..2026-11-20"},
    "receivables-by-age.svg": {"kind": "receivables"},
    "unbilled-by-age.svg": {"kind": "unbilled"},
    "budget-use.svg": {"kind": "profitability"},
    "utilisation.svg": {"kind": "utilisation", "period": "2026-10"},
    "gaps-by-week.svg": {"kind": "gaps", "period": "2026-09..2026-11", "group_by": "week"},
}


@pytest.mark.ci
async def test_the_examples_are_what_is_drawn(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, owner):
        await furnish(runtime, owner)
        door = InProcess(runtime, owner)
        drawn = {
            name: report_drawn(await door.call("report", **given))
            for name, given in EXAMPLES.items()
        }
    for name, svg in drawn.items() if RENEW else ():
        (FOLDER / name).write_text(svg, "utf-8")
    assert {path.name for path in FOLDER.iterdir()} == EXAMPLES.keys()
    for name, svg in drawn.items():
        assert (FOLDER / name).read_text("utf-8") == svg, name
        assert "There is nothing" not in svg, name


def report(kind: str, group_by: list[str], *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "group_by": group_by,
        "as_of": "2026-11-20",
        "rows": list(rows),
        "totals": [],
        **more,
    }


def test_weeks_and_months_without_anything_have_their_place() -> None:
    by_week = report("time", ["week"], {"week": "2026-10-05", "hours": "2"}, {"week": "2026-10-26"})
    (panel,) = report_picture(by_week).panels
    assert [bar.label for bar in panel.bars] == [
        "2026-10-05",
        "2026-10-12",
        "2026-10-19",
        "2026-10-26",
    ]
    by_month = report(
        "revenue",
        ["month"],
        {"month": "2025-12", "currency": "EUR", "issued": "1.00", "received": "-2.50"},
        first_day="2025-11-01",
        last_day="2026-12-31",
    )
    (panel,) = report_picture(by_month).panels
    assert [bar.label for bar in panel.bars][:4] == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert panel.bars[-1].label == "2026-11"
    assert panel.bars[1].values == (10_000, -25_000)


def test_what_is_too_much_to_look_at_is_left_out_and_that_is_said() -> None:
    rows = [{"client": f"Client {number}", "hours": "1"} for number in range(MOST_ROWS + 1)]
    picture = report_picture(report("time", ["client"], *rows))
    assert len(picture.panels[0].bars) == MOST_ROWS
    assert picture.subtitle == f"On 2026-11-20 · the first {MOST_ROWS} of {MOST_ROWS + 1}"
    in_both = [{**row, "currency": one} for one in ("EUR", "USD") for row in rows]
    picture = report_picture(report("revenue", ["client"], *in_both))
    assert [len(panel.bars) for panel in picture.panels] == [MOST_ROWS] * 2
    assert picture.subtitle == f"On 2026-11-20 · the first {MOST_ROWS} of {MOST_ROWS + 1}"
    days = report("time", ["day"], {"day": "2016-01-01", "hours": "1"}, {"day": "2026-01-01"})
    picture = report_picture(days)
    assert len(picture.panels[0].bars) == MOST_COLUMNS
    assert picture.panels[0].bars[-1].label == "2026-01-01"
    assert picture.subtitle.endswith("the last 120 of 3654")
    months = report(
        "time",
        ["month"],
        {"month": "2026-11", "hours": "1"},
        {"others": 2, "hours": "9"},
        first_day="2026-09-01",
        last_day="2026-11-20",
    )
    picture = report_picture(months)
    assert [bar.label for bar in picture.panels[0].bars] == ["2026-11"]
    assert picture.subtitle == "On 2026-11-20 · without 2 older"


@pytest.mark.parametrize(
    ("kind", "row", "values", "text"),
    [
        ("time", {"hours": "3", "billable_hours": "2"}, (2, 1), "3"),
        (
            "gaps",
            {"hours": "5", "missing_hours": "3", "expected_hours": "8"},
            (5, 3),
            "5 of 8",
        ),
        ("utilisation", {"utilisation": "75", "billable_utilisation": "50"}, (50, 25), "75 %"),
        ("utilisation", {"hours": "2"}, (0, 0), "nothing expected"),
        ("revenue", {"issued": "1200", "received": "-5"}, (1_200, -5), "1\u202f200 / \u22125"),
        ("profitability", {"fee_used": "20", "budget_hours_used": "30"}, (30,), "30 % of hours"),
    ],
)
def test_a_bar_is_made_of_the_measures_of_its_kind(
    kind: str, row: dict[str, Any], values: tuple[int, ...], text: str
) -> None:
    (panel,) = report_picture(report(kind, ["project"], {"project": "Site", **row})).panels
    (bar,) = panel.bars
    assert (bar.values, bar.text) == (tuple(10_000 * value for value in values), text)
    assert panel.limit == (1_000_000 if kind in ("utilisation", "profitability") else None)


def test_ages_are_columns_of_each_total_and_fees_have_none() -> None:
    total = {"currency": "EUR", "amount": "9", "current": "1", "days_over_90": "3", "fees": "5"}
    (due,) = report_picture(report("receivables", ["client"], totals=[total])).panels
    assert [bar.values for bar in due.bars if any(bar.values)] == [(10_000, 0), (0, 30_000)]
    without = {"currency": "CHF", "hours_under_fee": "2"}
    (panel,) = report_picture(report("unbilled", ["client"], totals=[total, without])).panels
    assert [(bar.label, *bar.values) for bar in panel.bars if any(bar.values)] == [
        ("Today", 10_000),
        ("Over 90 days", 30_000),
        ("Fees", 50_000),
    ]


def test_currencies_are_never_drawn_on_one_scale() -> None:
    rows = [
        {"client": "Acme", "currency": currency, "issued": "5", "received": "1"}
        for currency in ("USD", "EUR")
    ]
    totals = [{"currency": "EUR", "issued": "12000.50", "received": "-1.00"}]
    picture = report_picture({**report("revenue", ["client"], *rows), "totals": totals})
    assert [panel.heading for panel in picture.panels] == [
        "EUR · 12\u202f000.50 issued, \N{MINUS SIGN}1.00 received",
        "USD",
    ]
    assert [len(panel.bars) for panel in picture.panels] == [1, 1]


def test_a_line_of_time_shows_all_of_its_period_up_to_today() -> None:
    within = {"first_day": "2026-11-01", "last_day": "2026-11-30"}
    week = report("time", ["week"], {"week": "2026-11-09", "hours": "2"}, **within)
    (panel,) = report_picture(week).panels
    assert [bar.label for bar in panel.bars] == [
        "2026-10-26",
        "2026-11-02",
        "2026-11-09",
        "2026-11-16",
    ]
    day = report("time", ["day"], {"day": "2026-11-09", "hours": "2"}, **within)
    (panel,) = report_picture(day).panels
    assert (len(panel.bars), panel.bars[-1].label) == (20, "2026-11-20")
    for first_day, shown in (("2026-07-24", MOST_COLUMNS), ("2026-07-23", 1)):
        (panel,) = report_picture({**day, "first_day": first_day}).panels
        assert len(panel.bars) == shown
    long = {**day, "first_day": "2016-01-01"}
    assert [bar.label for bar in report_picture(long).panels[0].bars] == ["2026-11-09"]


def test_days_that_a_report_sums_in_one_are_missed_in_its_picture() -> None:
    rows: list[dict[str, Any]] = [{"day": "2026-11-09", "hours": "2"}, {"others": 7, "hours": "30"}]
    assert report_picture(report("time", ["day"], *rows)).subtitle.endswith("without 7 older")


def test_what_is_called_alike_is_told_with_whose_it_is_and_time_comes_first() -> None:
    rows: list[dict[str, Any]] = [
        {"client": "Acme", "project": "Site", "hours": "3"},
        {"client": "Bolt", "project": "Site", "hours": "2"},
        {"client": "Bolt", "project": "App", "hours": "1"},
        {"others": 1, "hours": "1"},
    ]
    (panel,) = report_picture(report("time", ["project"], *rows)).panels
    assert [bar.label for bar in panel.bars] == ["Acme · Site", "Bolt · Site", "App", "1 other"]
    assert report_picture(report("time", ["project"], *rows)).subtitle == "On 2026-11-20"
    picture = report_picture(report("time", ["member", "tag", "month"], {"month": "2026-10"}))
    assert picture.title == "Hours by member, tag and month"
    assert picture.panels[0].bars[0].label == "2026-10 · no member · no tag"


def test_the_budget_that_is_used_most_comes_first() -> None:
    rows = [
        {"project": "A", "fee_used": "20"},
        {"project": "B", "budget_hours_used": "110.5", "budget_amount_used": "9"},
        {"project": "C", "revenue": "500.00"},
    ]
    (panel,) = report_picture(report("profitability", ["project"], *rows)).panels
    assert [bar.text for bar in panel.bars] == ["110.5 % of hours", "20 % of fee"]


async def test_a_picture_is_read_by_address(sqlite_url: str, clock: Clock) -> None:
    async with (
        open_house(sqlite_url, clock=clock) as (runtime, owner),
        open_door("mcp-2026", runtime, owner) as door,
    ):
        assert isinstance(door, OverMcp)
        await door.call("create_client", name="Ends in .svg", currency="EUR")
        await door.call("create_project", client="Ends in", name="</svg> & co")
        await door.call("log_time", project="co", duration="2h")
        listed = (await door.client.list_resource_templates()).resource_templates
        drawn = {one.uri_template for one in listed if one.mime_type == "image/svg+xml"}
        assert drawn == {
            "hoursmith://reports/{kind}.svg",
            "hoursmith://reports/{kind}/{period}.svg",
            "hoursmith://reports/{kind}/{period}/{group_by}.svg",
        }
        for address in ("time", "time/this%20month", "time/2026-11/project"):
            uri = f"hoursmith://reports/{address}"
            (content,) = (await door.client.read_resource(f"{uri}.svg")).contents
            assert content.mime_type == "image/svg+xml"
            root = ElementTree.fromstring(getattr(content, "text", ""))
            assert "</svg> & co: 2" in [one.text for one in root.iter() if one.text]
            (content,) = (await door.client.read_resource(uri)).contents
            assert getattr(content, "text", "").startswith("# Time by project\n")
            (content,) = (await door.client.read_resource(f"{uri}.json")).contents
            assert json.loads(getattr(content, "text", ""))["rows"][0]["hours"] == "2"
        client = (await door.client.read_resource("hoursmith://clients/Ends in .svg")).contents
        assert client[0].mime_type == "text/markdown"


async def test_a_picture_is_asked_for_over_rest_by_accept(sqlite_url: str, clock: Clock) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, _), rest_client(runtime) as api:
        data = await api.get("reports/time")
        assert data.headers["content-type"] == "application/json"
        drawn = await api.get("reports/time", headers={"Accept": "image/svg+xml"})
        assert drawn.headers["content-type"].startswith("image/svg+xml")
        assert drawn.headers["content-security-policy"].startswith("default-src 'none'")
        assert "Accept" in drawn.headers["vary"]
        assert "Accept" in data.headers["vary"]
        assert ElementTree.fromstring(drawn.text).tag.endswith("svg")
        tag = drawn.headers["etag"]
        assert tag != data.headers["etag"]
        known = {"Accept": "image/svg+xml", "If-None-Match": tag}
        assert (await api.get("reports/time", headers=known)).status_code == 304
        either = {"Accept": "image/svg+xml;q=0.5, application/json"}
        assert (await api.get("reports/time", headers=either)).content == data.content
