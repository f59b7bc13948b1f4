"""Backups: all of a database in one file that was examined, and the way back, whole or not."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path
from unittest.mock import patch

import pytest
from conftest import url_of
from copying import EPOCH, contents, copying, files
from houses import InProcess, open_house
from planted_migrations import GOOD, PLANTED, planted
from raw_sql import run_raw

from hoursmith_mcp.errors import Conflict, InvalidInput, NotFound, Unavailable
from hoursmith_mcp.store.copies.backing_up import back_up
from hoursmith_mcp.store.copies.exporting import export_archive
from hoursmith_mcp.store.copies.restoring import import_archive, restore
from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = pytest.mark.anyio


@pytest.fixture
def house_url(billed_file: Path, tmp_path: Path) -> str:
    """Return the URL of a house on SQLite in which there is work, in a folder of its own."""
    folder = tmp_path / "house"
    folder.mkdir()
    shutil.copy(billed_file, folder / "hoursmith.db")
    return url_of(folder / "hoursmith.db")


@pytest.fixture(scope="session")
def made_backup(billed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a backup of such a house, which every test takes a copy of."""
    path = tmp_path_factory.mktemp("backup") / "backup.db"
    assert back_up(url_of(billed_file), path) == []
    assert files(path.parent) == {path.name}
    return path


@pytest.fixture
def backup(made_backup: Path, tmp_path: Path) -> Path:
    """Return a backup of the house."""
    return Path(shutil.copy(made_backup, tmp_path / "backup.db"))


# There and back.


async def test_a_backup_is_whole_and_restored_where_nothing_is(
    house_url: str, backup: Path, tmp_path: Path
) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert await diagnose(url_of(backup)) == []
    url = url_of(tmp_path / "new" / "hoursmith.db")
    assert (await copying(restore, url, backup, EPOCH)).kept is None
    assert await contents(url) == await contents(house_url) == await contents(url_of(backup))
    assert await diagnose(url) == []
    assert files(tmp_path / "new") == {"hoursmith.db"}
    assert files(tmp_path) == {"backup.db", "house", "new"}


@pytest.mark.ci
async def test_backups_go_from_each_database_to_the_other(
    house_url: str, backup: Path, postgresql_url: str, tmp_path: Path
) -> None:
    await copying(restore, postgresql_url, backup, EPOCH)
    assert await copying(back_up, postgresql_url, tmp_path / "second.db") == []
    back = url_of(tmp_path / "back.db")
    await copying(restore, back, tmp_path / "second.db", EPOCH)
    for url in (postgresql_url, back):
        assert await contents(url) == await contents(house_url)
        assert await diagnose(url) == []
    with pytest.raises(Conflict, match="Name another one"):
        await copying(restore, postgresql_url, backup, EPOCH, replace=True)


async def test_what_is_replaced_is_kept_beside(house_url: str, backup: Path) -> None:
    async with open_house(house_url) as (runtime, caller):
        await InProcess(runtime, caller).call("create_client", name="Made since")
    since = await contents(house_url)
    with pytest.raises(Conflict, match="With --replace"):
        await copying(restore, house_url, backup, EPOCH)
    assert await contents(house_url) == since
    kept = (await copying(restore, house_url, backup, EPOCH, replace=True)).kept
    assert kept is not None
    assert await contents(url_of(kept)) == since
    assert await contents(house_url) == await contents(url_of(backup))
    assert await diagnose(house_url) == []
    assert files(kept.parent) == {"hoursmith.db", kept.name}


# What must not happen to a house that is in use, or to a file that is there.


@pytest.mark.ci
async def test_a_house_that_programs_have_open_is_not_replaced(
    house_url: str, backup: Path
) -> None:
    async with open_house(house_url) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Made since")
        before = await contents(house_url)
        with pytest.raises(Unavailable, match="Other programs have the database open"):
            await copying(restore, house_url, backup, EPOCH, replace=True)
        await door.call("overview")
        assert await contents(house_url) == before
        await door.call("create_client", name="Going on")
    await copying(restore, house_url, backup, EPOCH, replace=True)


def test_a_backup_is_never_written_over_a_file(house_url: str, backup: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(Conflict, match="choose another name"):
        back_up(house_url, backup)
    assert backup.read_bytes() == before


@pytest.mark.ci
@pytest.mark.parametrize(
    ("damage", "sentence"), [(0, "is no database of ours"), (5_000, "is damaged")]
)
async def test_a_damaged_house_is_kept_aside_as_it_is_and_replaced(
    house_url: str, backup: Path, damage: int, sentence: str
) -> None:
    file = Path(house_url.removeprefix("sqlite+aiosqlite:///"))
    content = file.read_bytes()
    damaged = content[:damage] + b"\xff" * (len(content) - damage)
    file.write_bytes(damaged)
    if not damage:
        with pytest.raises(Unavailable, match=sentence):
            await copying(restore, house_url, backup, EPOCH)
    restored = await copying(restore, house_url, backup, EPOCH, replace=True)
    assert restored.kept is not None
    assert restored.kept.read_bytes() == damaged
    assert await contents(house_url) == await contents(url_of(backup))
    assert await diagnose(house_url) == []


# What is wrong with a copy, or none.


@pytest.mark.parametrize("kept_bytes", [100, 5_000])
async def test_a_damaged_backup_is_named_and_nothing_is_restored(
    house_url: str, backup: Path, kept_bytes: int
) -> None:
    file = backup.parent / "house" / "hoursmith.db"
    content, before = backup.read_bytes(), file.read_bytes()
    backup.write_bytes(content[:kept_bytes] + b"\xff" * (len(content) - kept_bytes))
    with pytest.raises(InvalidInput, match=r"backup\.db is damaged, and nothing was restored"):
        await copying(restore, house_url, backup, EPOCH, replace=True)
    assert (file.read_bytes(), files(file.parent)) == (before, {file.name})


@pytest.mark.ci
async def test_a_backup_of_a_revision_that_never_was_is_damaged(
    house_url: str, backup: Path
) -> None:
    await run_raw(url_of(backup), "UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(InvalidInput, match=r"backup\.db is damaged, and nothing was restored"):
        await copying(restore, house_url, backup, EPOCH, replace=True)


@pytest.mark.ci
async def test_a_copy_that_the_doctor_finds_fault_with_is_kept_when_that_is_wanted(
    house_url: str, tmp_path: Path, postgresql_url: str
) -> None:
    await run_raw(house_url, "UPDATE time_entry SET duration_seconds = 0 WHERE line_id IS NULL")
    copy = tmp_path / "backup.db"
    with pytest.raises(Conflict, match=r"entry\.duration(.|\n)*With --anyway it is"):
        await copying(back_up, house_url, copy)
    assert not copy.exists()
    (breach,) = await copying(back_up, house_url, copy, anyway=True)
    assert breach.code == "entry.duration"
    for url in (postgresql_url, url_of(tmp_path / "new.db")):
        with pytest.raises(Conflict, match=r"entry\.duration"):
            await copying(restore, url, copy, EPOCH)
        restored = await copying(restore, url, copy, EPOCH, anyway=True)
        assert [one.code for one in restored.breaches] == ["entry.duration"]
        assert await contents(url) == await contents(house_url)


def test_what_is_no_backup_is_not_taken_for_one(house_url: str, tmp_path: Path) -> None:
    new = url_of(tmp_path / "new.db")
    with pytest.raises(NotFound):
        restore(new, tmp_path / "nothing", EPOCH)
    with pytest.raises(NotFound):
        back_up(new, tmp_path / "backup.db")
    export_archive(house_url, "", tmp_path / "house.zip", EPOCH)
    with pytest.raises(InvalidInput, match="import-archive"):
        restore(new, tmp_path / "house.zip", EPOCH)
    (tmp_path / "text").write_text("no backup")
    with pytest.raises(InvalidInput, match="is no backup"):
        restore(new, tmp_path / "text", EPOCH)
    assert files(tmp_path) == {"house", "house.zip", "text"}


@pytest.mark.ci
async def test_copies_of_an_older_revision_are_brought_along(
    house_url: str, backup: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "house.zip"
    await copying(export_archive, house_url, "", archive, EPOCH)
    restored, imported = url_of(tmp_path / "restored.db"), url_of(tmp_path / "imported.db")
    with (
        planted(tmp_path, GOOD),
        patch("hoursmith_mcp.store.copies.making.REVISION", PLANTED),
        patch("hoursmith_mcp.store.copies.importing.REVISION", PLANTED),
    ):
        # The doctor knows the real tables only, and finds the planted one.
        await copying(restore, restored, backup, EPOCH, anyway=True)
        await copying(import_archive, imported, archive, EPOCH, anyway=True)
    for url in (restored, imported):
        assert await run_raw(url, "SELECT name FROM organization") == [("Upgraded",)]
        assert await run_raw(url, "SELECT COUNT(*) FROM invoice WHERE number IS NOT NULL") == [(3,)]
        assert await run_raw(url, "SELECT version_num FROM alembic_version") == [(PLANTED,)]
