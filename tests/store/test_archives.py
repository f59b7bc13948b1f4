"""Archives: an organisation leaves one database and comes into another as it was, or not at all."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path
from zipfile import ZipFile

import pytest
from conftest import url_of
from copying import EPOCH, contents, copying, files
from houses import Clock, InProcess, Refused, open_house
from raw_sql import run_raw
from sqlalchemy import JSON, Boolean, Integer
from traffic import run_a_day

from hoursmith_mcp.errors import Conflict, InvalidInput, NotFound
from hoursmith_mcp.store.copies.archive import open_archive
from hoursmith_mcp.store.copies.exporting import export_archive
from hoursmith_mcp.store.copies.restoring import import_archive
from hoursmith_mcp.store.copies.rows import PASSING, TEXT, kept_tables
from hoursmith_mcp.store.diagnosis import diagnose
from hoursmith_mcp.store.tables import Table

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def archive(billed_archive: Path) -> Path:
    """Return the archive of a house with invoices in every state."""
    return billed_archive


# There and back.


async def test_an_archive_brings_an_organisation_into_another_database(
    archive: Path, billed_file: Path, tmp_path: Path
) -> None:
    url = url_of(tmp_path / "folder" / "new.db")
    manifest, _ = await copying(import_archive, url, archive, EPOCH)
    assert await contents(url) == await contents(url_of(billed_file))
    assert {manifest.organization.id: manifest.content_sha256} == await contents(url)
    assert await diagnose(url) == []
    assert files(tmp_path / "folder") == {"new.db"}
    async with open_house(url) as (runtime, caller):
        door = InProcess(runtime, caller)
        (paid,) = (await door.call("list_invoices", status="PAID"))["invoices"]
        with pytest.raises(Refused):
            await door.call("update_invoice", invoice=paid["id"], notes="Another word")
        await door.call("log_time", project="redesign", duration="1h")


WHAT_A_DAY_LEAVES_EMPTY = (
    "INSERT INTO task_assignee SELECT t.id, p.member_id, t.organization_id, NULL FROM task t "
    "JOIN project_member p ON p.project_id = t.project_id LIMIT 1",
    "INSERT INTO delivery_attempt SELECT id, 1, organization_id, created_at, 5, NULL, 'timeout', "
    "'' FROM delivery LIMIT 1",
    "UPDATE delivery SET attempts = 1 WHERE id IN (SELECT delivery_id FROM delivery_attempt)",
)


@pytest.mark.ci
async def test_it_is_the_same_on_both_databases_and_back(
    sqlite_url: str, postgresql_url: str, clock: Clock, tmp_path: Path
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, caller):
        await run_a_day(runtime, caller, clock)
    await run_raw(sqlite_url, *WHAT_A_DAY_LEAVES_EMPTY)
    first, second, back = tmp_path / "1.zip", tmp_path / "2.zip", url_of(tmp_path / "back.db")
    await copying(export_archive, sqlite_url, "", first, EPOCH)
    await copying(import_archive, postgresql_url, first, EPOCH)
    await copying(export_archive, postgresql_url, "", second, EPOCH)
    await copying(import_archive, back, second, EPOCH)
    assert first.read_bytes() == second.read_bytes()
    for url in (postgresql_url, back):
        assert await contents(url) == await contents(sqlite_url)
        assert await diagnose(url) == []
    with open_archive(first) as opened:
        assert all(one.rows for one in opened.manifest.members)


def test_an_archive_is_its_owners_alone_and_a_zip_file_that_anybody_reads(archive: Path) -> None:
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    with ZipFile(archive) as opened:
        assert opened.testzip() is None
        tables = [*sorted(table.name for table in kept_tables())]
        assert opened.namelist() == [*(f"{one}.ndjson" for one in tables), "manifest.json"]
        (line,) = opened.read("organization.ndjson").splitlines()
    assert json.loads(line)["name"] == "Ada's Studio"


def test_every_table_can_be_copied() -> None:
    assert {*Table.metadata.tables} - {table.name for table in kept_tables()} == PASSING
    for table in kept_tables():
        for column in table.columns:
            assert isinstance(column.type, (JSON, Boolean, Integer, *TEXT)), column
        assert not [key for key in table.foreign_keys if key.column.table is table], (
            f"{table}: rows that refer to their like need an order"
        )


@pytest.mark.ci
async def test_of_several_organisations_one_is_named(billed_file: Path, tmp_path: Path) -> None:
    from hoursmith_mcp.access.organizations import found_organization

    file = tmp_path / "two.db"
    shutil.copy(billed_file, file)
    (first,) = await contents(url_of(file))
    async with open_house(url_of(file)) as (runtime, _):
        await found_organization(runtime, name="Second", owner_email="ada@example.com")
    with pytest.raises(InvalidInput, match="HOURSMITH_ORGANIZATION") as refused:
        await copying(export_archive, url_of(file), "", tmp_path / "one.zip", EPOCH)
    assert first in {one["id"] for one in refused.value.candidates or []}
    with pytest.raises(NotFound):
        await copying(export_archive, url_of(file), "org_x", tmp_path / "one.zip", EPOCH)
    await copying(export_archive, url_of(file), first, tmp_path / "one.zip", EPOCH)
    alone = url_of(tmp_path / "one.db")
    await copying(import_archive, alone, tmp_path / "one.zip", EPOCH)
    assert await contents(alone) == {first: (await contents(url_of(file)))[first]}


# What has work in it stays as it is.


async def test_what_has_work_in_it_takes_no_archive(
    archive: Path, billed_file: Path, tmp_path: Path
) -> None:
    shutil.copy(billed_file, tmp_path / "hoursmith.db")
    url = url_of(tmp_path / "hoursmith.db")
    with pytest.raises(Conflict, match="has work in it, and nothing was changed"):
        await copying(import_archive, url, archive, EPOCH)
    assert await contents(url) == await contents(url_of(billed_file))
    assert files(tmp_path) == {"hoursmith.db"}


@pytest.mark.ci
async def test_an_archive_takes_the_place_of_a_house_that_nobody_has_used(
    archive: Path, sqlite_url: str, billed_file: Path, tmp_path: Path
) -> None:
    await copying(import_archive, sqlite_url, archive, EPOCH)
    assert await contents(sqlite_url) == await contents(url_of(billed_file))
    assert files(tmp_path) == {"hoursmith.db"}


@pytest.mark.ci
async def test_a_postgresql_that_nobody_has_used_is_filled_once(
    archive: Path, founded_postgresql_url: str, billed_file: Path
) -> None:
    await copying(import_archive, founded_postgresql_url, archive, EPOCH)
    assert await contents(founded_postgresql_url) == await contents(url_of(billed_file))
    with pytest.raises(Conflict, match="has work in it"):
        await copying(import_archive, founded_postgresql_url, archive, EPOCH)


def test_an_archive_is_never_written_over_a_file(archive: Path, billed_file: Path) -> None:
    before = archive.read_bytes()
    with pytest.raises(Conflict, match="choose another name"):
        export_archive(url_of(billed_file), "", archive, EPOCH)
    assert archive.read_bytes() == before
    assert files(archive.parent) == {archive.name}
