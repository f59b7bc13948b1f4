"""The first level with a rate decides: who on what project, task, project, member, client, all."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hoursmith_mcp.core.rates import RateBook, RateLevel, RateRecord

DAY = date(2026, 11, 20)
DECEMBER = date(2026, 12, 1)

EVERY_LEVEL = [
    RateRecord("rt_1", RateLevel.PROJECT_MEMBER, 1, "EUR", None, project_id="p", member_id="m"),
    RateRecord("rt_2", RateLevel.TASK, 2, "EUR", None, task_id="t"),
    RateRecord("rt_3", RateLevel.PROJECT, 3, "EUR", None, project_id="p"),
    RateRecord("rt_4", RateLevel.MEMBER, 4, "EUR", None, member_id="m"),
    RateRecord("rt_5", RateLevel.CLIENT, 5, "EUR", None, client_id="c"),
    RateRecord("rt_6", RateLevel.ORGANIZATION, 6, "EUR", None),
]


def rate_of(
    records: list[RateRecord],
    *,
    day: date = DAY,
    currency: str = "EUR",
    project: str = "p",
    client: str = "c",
    task: str | None = "t",
    member: str = "m",
) -> str | None:
    record = RateBook(records).resolve(
        currency=currency,
        day=day,
        project_id=project,
        client_id=client,
        task_id=task,
        member_id=member,
    )
    return record.id if record else None


@pytest.mark.parametrize("gone", range(6))
def test_each_level_goes_before_all_that_follow(gone: int) -> None:
    assert rate_of(EVERY_LEVEL[gone:]) == f"rt_{gone + 1}"
    assert rate_of(EVERY_LEVEL[gone:][::-1]) == f"rt_{gone + 1}"


def test_no_level_with_a_rate_is_no_rate() -> None:
    assert rate_of([]) is None


def test_a_rate_is_only_for_what_it_names() -> None:
    assert rate_of(EVERY_LEVEL, member="n") == "rt_2"
    assert rate_of(EVERY_LEVEL, project="q") == "rt_2"
    assert rate_of(EVERY_LEVEL, member="n", task="u") == "rt_3"
    assert rate_of(EVERY_LEVEL, member="n", task=None) == "rt_3"
    assert rate_of(EVERY_LEVEL, project="q", task=None) == "rt_4"
    assert rate_of(EVERY_LEVEL, project="q", task=None, member="n") == "rt_5"
    assert rate_of(EVERY_LEVEL, project="q", task=None, member="n", client="d") == "rt_6"


def test_rates_in_another_currency_are_passed_over_and_never_converted() -> None:
    dollars = RateRecord("rt_7", RateLevel.CLIENT, 7, "USD", None, client_id="c")
    assert rate_of([*EVERY_LEVEL, dollars], currency="USD") == "rt_7"
    assert rate_of(EVERY_LEVEL, currency="USD") is None


def test_a_level_that_has_not_begun_leaves_it_to_the_next() -> None:
    later = RateRecord("rt_8", RateLevel.TASK, 8, "EUR", DECEMBER, task_id="t")
    book = [later, *EVERY_LEVEL[2:]]
    assert rate_of(book, day=date(2026, 11, 30)) == "rt_3"
    assert rate_of(book, day=DECEMBER) == "rt_8"


def test_a_later_rate_holds_from_its_own_day_and_the_first_for_all_days_before() -> None:
    raised = RateRecord("rt_9", RateLevel.CLIENT, 9, "EUR", DECEMBER, client_id="c")
    for book in ([raised, EVERY_LEVEL[4]], [EVERY_LEVEL[4], raised]):
        assert rate_of(book, day=date(1, 1, 1)) == "rt_5"
        assert rate_of(book, day=date(2026, 11, 30)) == "rt_5"
        assert rate_of(book, day=DECEMBER) == "rt_9"
        assert rate_of(book, day=date.max) == "rt_9"


def test_of_two_that_start_together_the_later_made_holds() -> None:
    again = RateRecord("rt_9", RateLevel.ORGANIZATION, 9, "EUR", None)
    assert rate_of([again, EVERY_LEVEL[5]]) == rate_of([EVERY_LEVEL[5], again]) == "rt_9"


def test_a_record_that_does_not_say_what_it_is_for_is_a_fault() -> None:
    with pytest.raises(ValueError, match="rt_0 does not say which project_member"):
        RateBook([RateRecord("rt_0", RateLevel.PROJECT_MEMBER, 1, "EUR", None, project_id="p")])


def subject(level: RateLevel, chance: int) -> dict[str, str]:
    ids = {"project": "pq"[chance % 2], "member": "mn"[chance // 2 % 2]}
    ids |= {"task": "tu"[chance % 2], "client": "cd"[chance % 2]}
    named = level.value.split("_") if level != RateLevel.ORGANIZATION else []
    return {f"{name}_id": ids[name] for name in named}


@st.composite
def rate_records(draw: st.DrawFn) -> list[RateRecord]:
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(RateLevel),
                st.integers(0, 3),
                st.sampled_from(["EUR", "USD"]),
                st.none() | st.integers(1, 30),
            ),
            max_size=20,
        )
    )
    return [
        RateRecord(
            f"rt_{number:02}",
            level,
            number,
            currency,
            date(2026, 11, day) if day else None,
            **subject(level, chance),
        )
        for number, (level, chance, currency, day) in enumerate(rows)
    ]


@settings(max_examples=300)
@given(rate_records(), st.integers(1, 30), st.sampled_from(["t", None]))
def test_it_is_what_reading_every_record_would_find(
    records: list[RateRecord], day: int, task: str | None
) -> None:
    asked = {"project_id": "p", "client_id": "c", "task_id": task, "member_id": "m"}

    def holds(record: RateRecord) -> bool:
        named = {key: value for key in asked if (value := getattr(record, key)) is not None}
        begun = record.starts_on is None or record.starts_on <= date(2026, 11, day)
        return record.currency == "EUR" and begun and named.items() <= asked.items()

    expected = min(
        filter(holds, records),
        key=lambda one: (
            list(RateLevel).index(one.level),
            -(one.starts_on or date.min).toordinal(),
            -one.rate,
        ),
        default=None,
    )
    found = rate_of(records, day=date(2026, 11, day), task=task)
    assert found == (expected and expected.id)
