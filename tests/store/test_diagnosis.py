"""What `hoursmith-mcp doctor` finds: nothing in a healthy house, everything that was planted."""

from __future__ import annotations

from pathlib import Path

import pytest
from houses import Clock, InProcess, open_house
from raw_sql import copied, run_raw
from traffic import Traffic

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.diagnosis import Breach, diagnose
from hoursmith_mcp.store.diagnosis.schema import plain_condition

pytestmark = pytest.mark.anyio

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def codes(breaches: list[Breach]) -> set[str]:
    return {breach.code for breach in breaches}


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


async def test_a_healthy_house_has_no_breach(
    house: tuple[Runtime, Caller], past_day: Traffic, database_url: str
) -> None:
    assert past_day.called == set(house[0].catalogue.operations), "every operation was called"
    assert await diagnose(database_url) == []


async def test_the_schema_is_compared_with_what_is_declared(
    past_day: Traffic, database_url: str
) -> None:
    sqlite = is_sqlite(database_url)
    await run_raw(
        database_url,
        "DROP TABLE task_assignee",
        "CREATE TABLE stranger (id INTEGER NOT NULL PRIMARY KEY)",
        "ALTER TABLE client DROP COLUMN phone",
        "ALTER TABLE client ADD COLUMN shoe_size INTEGER",
        "ALTER TABLE client DROP COLUMN website",
        "ALTER TABLE client ADD COLUMN website INTEGER",
        "CREATE TABLE copy AS SELECT * FROM timer",
        "DROP TABLE timer",
        "ALTER TABLE copy RENAME TO timer",
        "DROP INDEX ix_project_client",
        "CREATE INDEX ix_stranger ON client (email)",
        "DROP INDEX uq_client_live_name",
        "CREATE UNIQUE INDEX uq_client_live_name ON client (organization_id, name_key) "
        "WHERE deleted_at IS NULL",
        "DROP INDEX uq_event_sequence",
        "CREATE INDEX uq_event_sequence ON event (organization_id, sequence)",
        "DROP INDEX ix_time_entry_day",
        "CREATE INDEX ix_time_entry_day ON time_entry (entry_date, organization_id, id) "
        "WHERE deleted_at IS NULL",
        "DROP INDEX uq_project_live_name",
        "CREATE UNIQUE INDEX uq_project_live_name ON project "
        "(organization_id, name_key, client_id) WHERE deleted_at IS NULL AND status <> 'ACTIVE'",
        f"DROP TRIGGER activity_refuses_update {'' if sqlite else 'ON activity'}",
        "CREATE TRIGGER stranger AFTER UPDATE ON client "
        + ("BEGIN SELECT 1; END" if sqlite else "FOR EACH ROW EXECUTE FUNCTION hoursmith_refuse()"),
    )
    found = await diagnose(database_url)
    named = {(breach.code, part) for breach in found for part in breach.message.split()[2:3]}
    assert named - {("column.different", f"timer.{one}") for one in TIMER_COLUMNS} == {
        ("table.missing", "task_assignee"),
        ("table.extra", "stranger"),
        ("column.missing", "client.phone"),
        ("column.extra", "client.shoe_size"),
        ("column.different", "client.website"),
        ("key.missing", "timer(id),"),
        ("key.missing", "timer(organization_id),"),
        ("key.missing", "timer(member_id),"),
        ("key.missing", "timer(project_id),"),
        ("key.missing", "timer(task_id),"),
        ("key.extra", "timer(),"),
        ("index.missing", "ix_project_client"),
        ("index.missing", "uq_timer_member"),
        ("index.extra", "ix_stranger"),
        ("index.different", "uq_client_live_name"),
        ("index.different", "uq_event_sequence"),
        ("index.different", "ix_time_entry_day"),
        ("index.different", "uq_project_live_name"),
        ("trigger.missing", "activity_refuses_update"),
        ("trigger.extra", "stranger"),
    }
    assert all(breach.way_out for breach in found)


TIMER_COLUMNS = (
    "id organization_id member_id project_id task_id billable note tags started_at".split()
)


async def test_a_trigger_that_refuses_nothing_any_more_is_found(
    past_day: Traffic, database_url: str
) -> None:
    if is_sqlite(database_url):
        await run_raw(
            database_url,
            "DROP TRIGGER event_refuses_update",
            "CREATE TRIGGER event_refuses_update BEFORE UPDATE ON event BEGIN SELECT 1; END",
        )
        assert codes(await diagnose(database_url)) == {"trigger.different"}
        return
    await run_raw(database_url, "ALTER TABLE event DISABLE TRIGGER event_refuses_update")
    assert codes(await diagnose(database_url)) == {"trigger.different"}
    await run_raw(
        database_url,
        "ALTER TABLE event ENABLE TRIGGER event_refuses_update",
        "CREATE OR REPLACE FUNCTION hoursmith_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RETURN NEW; END $$",
    )
    assert codes(await diagnose(database_url)) == {"function.different"}


async def test_the_way_out_of_a_missing_index_or_trigger_puts_it_back(
    past_day: Traffic, database_url: str
) -> None:
    sqlite = is_sqlite(database_url)
    dropped = ["uq_client_live_name", "uq_event_sequence", "uq_timer_member", "ix_rate_level"]
    await run_raw(
        database_url,
        *(f"DROP INDEX {name}" for name in dropped),
        f"DROP TRIGGER event_refuses_update {'' if sqlite else 'ON event'}",
    )
    breaches = await diagnose(database_url)
    assert codes(breaches) == {"index.missing", "trigger.missing"}
    assert len(breaches) == 5
    await run_raw(database_url, *(breach.way_out.partition(": ")[2] for breach in breaches))
    assert await diagnose(database_url) == []


async def test_rows_that_contradict_each_other_are_found(
    past_day: Traffic, database_url: str
) -> None:
    (organization,), *_ = await run_raw(database_url, "SELECT id FROM organization")
    (timer,), *_ = await run_raw(database_url, "SELECT id FROM timer")
    (rate,), *_ = await run_raw(database_url, "SELECT id FROM rate")
    (sketch,), *_ = await run_raw(database_url, "SELECT id FROM task WHERE name = 'Sketch'")
    (member,), *_ = await run_raw(database_url, "SELECT id FROM member")
    ids = past_day.ids
    await run_raw(
        database_url,
        copied("organization", organization, id="org_bare", invoice_sequence=0),
        copied("client", ids["client"], id="cl_theirs", organization_id="org_bare"),
        copied("project", ids["project"], id="pr_mixed", client_id="cl_theirs", name_key="mixed"),
        "DELETE FROM event WHERE sequence = 3",
        _unbilled(ids["time_entry"], id="te_nothing", duration_seconds=0),
        _unbilled(ids["time_entry"], id="te_all_day", duration_seconds=86_400),
        _unbilled(ids["time_entry"], id="te_strayed", task_id=sketch, entry_date="2020"),
        *(f"DROP INDEX {name}" for name in ("uq_timer_member", "uq_client_live_name")),
        *(f"DROP INDEX {name}" for name in ("uq_project_live_name", "uq_task_live_name")),
        copied("timer", timer, id="tm_second", task_id=sketch),
        copied("client", ids["client"], id="cl_again"),
        copied("project", ids["project"], id="pr_again"),
        copied("task", ids["task"], id="tk_again"),
        copied("rate", rate, id="rt_negative", rate=-1),
        copied("rate", rate, id="rt_gold", currency="XAU"),
        copied("client", ids["client"], id="cl_gold", name_key="gold", currency="XAU"),
        checked=False,
    )
    found = [breach for breach in await diagnose(database_url) if breach.code != "index.missing"]
    assert {(breach.code, _about(breach)) for breach in found} == {
        ("organization.owner", "org_bare"),
        ("organization.counter", "org_bare"),
        ("tenant.mixed", "cl_theirs"),
        ("event.sequence", organization),
        ("entry.duration", "te_nothing"),
        ("entry.day", member),
        ("entry.task", "te_strayed"),
        ("timer.task", "tm_second"),
        ("repeated.timer_member", min(timer, "tm_second")),
        ("repeated.client_live_name", min(ids["client"], "cl_again")),
        ("repeated.project_live_name", min(ids["project"], "pr_again")),
        ("repeated.task_live_name", min(ids["task"], "tk_again")),
        ("rate.amount", "rt_negative"),
        ("currency.unknown", "rt_gold"),
        ("currency.unknown", "cl_gold"),
    }
    assert all(breach.way_out for breach in found)


def _unbilled(entry: str, **changes: str | int | None) -> str:
    """Return the statement that copies an entry, which no invoice holds."""
    return copied("time_entry", entry, line_id=None, **changes)


def _about(breach: Breach) -> str:
    """Return the id that a message names first."""
    words = breach.message.replace(",", " ").replace(";", " ").split()
    return next(word for word in words if word.partition("_")[0] in PREFIXES)


PREFIXES = frozenset("org mem cl pr tk te tm rt".split())


async def test_a_counter_that_lags_or_leads_is_found(past_day: Traffic, database_url: str) -> None:
    for step in ("+ 1", "- 2"):
        await run_raw(
            database_url, f"UPDATE event_counter SET last_sequence = last_sequence {step}"
        )
        assert codes(await diagnose(database_url)) == {"event.sequence"}


async def test_a_long_list_of_one_kind_is_cut(past_day: Traffic, database_url: str) -> None:
    entry = past_day.ids["time_entry"]
    await run_raw(
        database_url,
        *(_unbilled(entry, id=f"te_{n}", duration_seconds=-1) for n in range(30)),
    )
    assert [breach.code for breach in await diagnose(database_url)] == ["entry.duration"] * 20


async def test_a_database_of_another_revision_is_named_and_left_alone(
    house: tuple[Runtime, Caller], database_url: str
) -> None:
    await house[0].database()
    for revision, code in (("0000", "revision.older"), ("9999", "revision.newer")):
        await run_raw(database_url, f"UPDATE alembic_version SET version_num = '{revision}'")
        (breach,) = await diagnose(database_url)
        assert breach.code == code
        assert revision in breach.message
        found = await run_raw(database_url, "SELECT version_num FROM alembic_version")
        assert found == [(revision,)]


async def test_an_empty_database_is_named_and_left_empty(database_url: str) -> None:
    (breach,) = await diagnose(database_url)
    if is_sqlite(database_url):
        assert breach.code == "database.missing"
        assert not Path(database_url.partition("///")[2]).exists()
    else:
        assert breach.code == "revision.missing"
        assert (
            await run_raw(database_url, "SELECT * FROM pg_tables WHERE schemaname = 'public'") == []
        )


async def test_a_database_of_another_program_is_named(database_url: str) -> None:
    await run_raw(database_url, "CREATE TABLE bookmarks (id INTEGER)")
    (breach,) = await diagnose(database_url)
    assert breach.code == "database.unavailable"
    assert "another program's" in breach.message


@ON_SQLITE
async def test_a_reference_to_nothing_is_found(past_day: Traffic, database_url: str) -> None:
    entry = past_day.ids["time_entry"]
    await run_raw(
        database_url,
        f"UPDATE time_entry SET project_id = 'pr_gone', task_id = NULL WHERE id = '{entry}'",
    )
    (breach,) = await diagnose(database_url)
    assert breach.code == "sqlite.reference"
    assert "time_entry" in breach.message


async def test_another_journal_mode_is_found_and_the_next_start_sets_it(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, _):
        await runtime.database()
    await run_raw(sqlite_url, "PRAGMA journal_mode=TRUNCATE")
    assert codes(await diagnose(sqlite_url)) == {"sqlite.journal_mode"}
    async with open_house(sqlite_url, clock=clock) as (runtime, _):
        await runtime.database()
        assert await diagnose(sqlite_url) == []


@ON_SQLITE
@pytest.mark.usefixtures("past_day")
async def test_a_damaged_file_is_found(database_url: str) -> None:
    path = Path(database_url.partition("///")[2])
    pages = bytearray(path.read_bytes())
    for start in range(8192, len(pages), 4096):
        pages[start : start + 64] = bytes(range(64))
    path.write_bytes(bytes(pages))
    found = codes(await diagnose(database_url))
    assert found & {"sqlite.damaged", "database.unavailable"}
    path.write_text("This is no database, though it has a name that ends with db.\n" * 20)
    assert codes(await diagnose(database_url)) == {"database.unavailable"}


async def test_a_database_that_does_not_answer_is_one_breach() -> None:
    (breach,) = await diagnose("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    assert breach.code == "database.unavailable"
    assert "does not answer" in breach.message


async def test_a_url_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(InvalidInput, match="HOURSMITH_DATABASE_URL"):
        await diagnose("mysql://somewhere/else")


@pytest.mark.parametrize(
    ("rendered", "plain"),
    [
        ("(deleted_at IS NULL)", "deleted_at IS NULL"),
        (
            "((deleted_at IS NULL) AND ((status)::text <> 'ARCHIVED'::text))",
            "deleted_at IS NULL AND status <> 'ARCHIVED'",
        ),
        ("((key)::character varying IS NOT NULL)", "key IS NOT NULL"),
    ],
)
async def test_conditions_are_compared_as_we_write_them(rendered: str, plain: str) -> None:
    assert plain_condition(rendered) == plain


async def test_a_file_is_its_owners_alone_and_said_to_be_open_when_it_is_not(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with open_house(sqlite_url) as (runtime, caller):
        await InProcess(runtime, caller).call("create_client", name="Acme")
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert "hoursmith.db" in modes
    assert set(modes.values()) == {0o600}
    (tmp_path / "hoursmith.db").chmod(0o644)
    (breach,) = await diagnose(sqlite_url)
    assert breach.code == "sqlite.rights"
