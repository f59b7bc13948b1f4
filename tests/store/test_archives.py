"""Archives: an organisation leaves one database and comes into another as it was, or not at all."""

from __future__ import annotations

import json
import shutil
import stat
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from conftest import url_of
from copying import EPOCH, contents, copying, files
from houses import Clock, InProcess, Refused, open_house
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_sql import run_raw
from sqlalchemy import JSON, Boolean, Integer
from traffic import run_a_day

from hoursmith_mcp.errors import Conflict, HoursmithError, InvalidInput, NotFound
from hoursmith_mcp.store.copies.archive import open_archive
from hoursmith_mcp.store.copies.exporting import export_archive
from hoursmith_mcp.store.copies.restoring import import_archive
from hoursmith_mcp.store.copies.rows import PASSING, TEXT, kept_tables
from hoursmith_mcp.store.copies.seal import UNSEALED, seal
from hoursmith_mcp.store.diagnosis import diagnose
from hoursmith_mcp.store.tables import Table

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="session")
def archive(billed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the archive of a house with invoices in every state."""
    path = tmp_path_factory.mktemp("archive") / "house.zip"
    export_archive(url_of(billed_file), "", path, EPOCH)
    return path


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


async def test_an_archive_takes_the_place_of_a_house_that_nobody_has_used(
    archive: Path, sqlite_url: str, billed_file: Path, tmp_path: Path
) -> None:
    await copying(import_archive, sqlite_url, archive, EPOCH)
    assert await contents(sqlite_url) == await contents(url_of(billed_file))
    before = await contents(sqlite_url)
    with pytest.raises(Conflict, match="has work in it, and nothing was changed"):
        await copying(import_archive, sqlite_url, archive, EPOCH)
    assert await contents(sqlite_url) == before
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


# What is not as it was written.


def refused_whole(archive: Path, folder: Path) -> HoursmithError:
    """Import an archive that must be refused, and leave nothing."""
    with pytest.raises(HoursmithError) as refused:
        import_archive(url_of(folder / "new.db"), archive, EPOCH)
    assert not {name for name in files(folder) if name.startswith("new.db")}
    return refused.value


@settings(max_examples=60, deadline=None)
@given(at=st.floats(0, 1, exclude_max=True), other=st.integers(1, 255))
def test_one_byte_changed_anywhere_is_noticed(
    archive: Path, tmp_path_factory: pytest.TempPathFactory, at: float, other: int
) -> None:
    changed = tmp_path_factory.mktemp("changed") / "house.zip"
    content = bytearray(archive.read_bytes())
    content[int(at * len(content))] ^= other
    changed.write_bytes(content)
    assert "Nothing was imported" in refused_whole(changed, changed.parent).message


@settings(max_examples=20, deadline=None)
@given(at=st.floats(0, 1, exclude_max=True))
def test_an_archive_that_ends_too_early_is_noticed(
    archive: Path, tmp_path_factory: pytest.TempPathFactory, at: float
) -> None:
    cut = tmp_path_factory.mktemp("cut") / "house.zip"
    content = archive.read_bytes()
    cut.write_bytes(content[: int(at * len(content))])
    assert "is damaged or incomplete" in refused_whole(cut, cut.parent).message


Rows = list[dict[str, Any]]


def rewritten(
    archive: Path,
    path: Path,
    change: Callable[[dict[str, Any], dict[str, Rows]], None],
    *,
    counted: bool = True,
) -> Path:
    """Write an archive as somebody would who knows the format: sealed, its checksums right."""
    import hashlib

    from hoursmith_mcp.store.copies.rows import content_hash, line_of

    with ZipFile(archive) as opened:
        manifest = json.loads(opened.read("manifest.json"))
        rows: dict[str, Rows] = {
            one["table"]: [
                json.loads(line) for line in opened.read(f"{one['table']}.ndjson").splitlines()
            ]
            for one in manifest["members"]
        }
    change(manifest, rows)
    members: dict[str, bytes] = {
        table: b"".join(line_of(row) for row in some) for table, some in rows.items()
    }
    if counted:
        manifest["members"] = [
            {
                "table": table,
                "rows": len(rows[table]),
                "bytes": len(lines),
                "sha256": hashlib.sha256(lines).hexdigest(),
            }
            for table, lines in members.items()
        ]
        checksums = {one["table"]: one["sha256"] for one in manifest["members"]}
        manifest["content_sha256"] = content_hash(checksums)
    with ZipFile(path, "w", ZIP_DEFLATED) as made:
        made.comment = UNSEALED
        for table, lines in members.items():
            made.writestr(f"{table}.ndjson", lines)
        made.writestr("manifest.json", json.dumps(manifest))
    seal(path)
    return path


def test_an_archive_that_is_written_anew_as_it_was_is_taken(archive: Path, tmp_path: Path) -> None:
    same = rewritten(archive, tmp_path / "same.zip", lambda manifest, rows: None)
    import_archive(url_of(tmp_path / "new.db"), same, EPOCH)


FORGERIES: dict[str, Callable[[dict[str, Any], dict[str, Rows]], Any]] = {
    "is of a table that is not there": lambda manifest, rows: rows.update(stranger=[{"id": "x"}]),
    "has a row of another organisation": lambda manifest, rows: rows["client"][0].update(
        organization_id="org_other"
    ),
    "has an amount that is no integer": lambda manifest, rows: rows["payment"][0].update(
        amount=1.5
    ),
    "has an amount that is text": lambda manifest, rows: rows["payment"][0].update(amount="1"),
    "has an amount that no column holds": lambda manifest, rows: rows["payment"][0].update(
        amount=1 << 63
    ),
    "lacks what must be there": lambda manifest, rows: rows["client"][0].update(name=None),
    "lacks a column": lambda manifest, rows: rows["client"][0].pop("name"),
    "has a column more": lambda manifest, rows: rows["client"][0].update(shoe_size=42),
    "has a row twice": lambda manifest, rows: rows["client"].append(rows["client"][0]),
    "has no owner": lambda manifest, rows: rows["member"][0].update(role="MEMBER"),
    "says that another amount is paid": lambda manifest, rows: rows["payment"][0].update(amount=1),
    "is of a newer revision": lambda manifest, rows: manifest.update(revision="9999"),
    "is of a newer format": lambda manifest, rows: manifest.update(format_version=2),
    "is of another format": lambda manifest, rows: manifest.update(format="tar"),
}


@pytest.mark.parametrize(
    "forgery",
    [
        one if one in ("has a row of another organisation", "has an amount that is text")
        else pytest.param(one, marks=pytest.mark.ci)
        for one in FORGERIES
    ],
)  # fmt: skip
def test_an_archive_is_refused_that(archive: Path, tmp_path: Path, forgery: str) -> None:
    forged = rewritten(archive, tmp_path / "forged.zip", FORGERIES[forgery])
    said = refused_whole(forged, tmp_path).message
    if "newer" in forgery:
        assert "newer Hoursmith" in said


@pytest.mark.ci
@pytest.mark.parametrize("part", ["rows", "bytes", "sha256"])
def test_each_number_of_the_manifest_is_checked(archive: Path, tmp_path: Path, part: str) -> None:
    """What is said of payments is what is said of clients: each of it is of its right form."""

    def change(manifest: dict[str, Any], rows: dict[str, Rows]) -> None:
        said = {one["table"]: one for one in manifest["members"]}
        said["payment"][part] = said["client"][part] if part == "sha256" else 9_999
        if part == "sha256":
            from hoursmith_mcp.store.copies.rows import content_hash

            checksums = {table: one["sha256"] for table, one in said.items()}
            manifest["content_sha256"] = content_hash(checksums)

    forged = rewritten(archive, tmp_path / "forged.zip", change, counted=False)
    assert "payment.ndjson is not as it was written" in refused_whole(forged, tmp_path).message


@pytest.mark.ci
def test_a_member_that_unpacks_to_more_than_is_said_is_left_there(
    archive: Path, tmp_path: Path
) -> None:
    bomb = tmp_path / "bomb.zip"
    with ZipFile(archive) as opened, ZipFile(bomb, "w", ZIP_DEFLATED) as made:
        made.comment = UNSEALED
        for name in opened.namelist():
            more = b"\0" * (64 << 20) if name == "client.ndjson" else b""
            made.writestr(name, opened.read(name) + more)
    content = bytearray(bomb.read_bytes())
    seal(bomb)
    assert bomb.stat().st_size < 1 << 20
    assert "client.ndjson is not as" in refused_whole(bomb, tmp_path).message
    # Two names for the same bytes, which would count twice.
    directory = content.rindex(b"client.ndjson") - 46 + 42
    content[directory : directory + 4] = struct.pack("<I", 0)
    bomb.write_bytes(content)
    seal(bomb)
    assert "is damaged or incomplete" in refused_whole(bomb, tmp_path).message


@pytest.mark.parametrize("content", [b"", b"PK", b"SQLite format 3\0" + b"\0" * 200])
def test_what_is_no_archive_is_not_taken_for_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert "no archive of Hoursmith" in refused_whole(tmp_path / "file", tmp_path).message
    assert isinstance(refused_whole(tmp_path / "nothing", tmp_path), NotFound)
