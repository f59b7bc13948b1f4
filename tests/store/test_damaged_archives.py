"""Archives that are not as they were written, whoever wrote them so: nothing of them is taken."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from conftest import url_of
from copying import EPOCH, files
from hypothesis import given, settings
from hypothesis import strategies as st

from hoursmith_mcp.errors import HoursmithError, NotFound
from hoursmith_mcp.store.copies import rows as rows_module
from hoursmith_mcp.store.copies.importing import NOT_OF_ITS_TABLE
from hoursmith_mcp.store.copies.restoring import import_archive, restore
from hoursmith_mcp.store.copies.seal import UNSEALED, seal

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def archive(billed_archive: Path) -> Path:
    """Return the archive of a house with invoices in every state."""
    return billed_archive


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for one damaged archive after the other."""
    return tmp_path_factory.mktemp("elsewhere")


def refused_whole(archive: Path, folder: Path) -> HoursmithError:
    """Import an archive that must be refused, and leave nothing."""
    with pytest.raises(HoursmithError) as refused:
        import_archive(url_of(folder / "new.db"), archive, EPOCH)
    assert not {name for name in files(folder) if name.startswith("new.db")}
    return refused.value


def refused_changed(archive: Path, folder: Path, at: float, other: int) -> None:
    """Import an archive in which one byte is another, so far into it."""
    changed = folder / "changed.zip"
    content = bytearray(archive.read_bytes())
    content[int(at * len(content))] ^= other
    changed.write_bytes(content)
    assert "Nothing was imported" in refused_whole(changed, folder).message


def refused_cut(archive: Path, folder: Path, at: float) -> None:
    """Import an archive that ends so far into it."""
    cut = folder / "cut.zip"
    content = archive.read_bytes()
    cut.write_bytes(content[: int(at * len(content))])
    assert "is damaged or incomplete" in refused_whole(cut, folder).message


def test_one_byte_changed_and_a_missing_end_are_noticed(archive: Path, tmp_path: Path) -> None:
    """Once in the first member, among others, in the directory, and in the checksum itself."""
    for at in (0.001, 0.5, 0.9, 0.9999):
        refused_changed(archive, tmp_path, at, 1)
        refused_cut(archive, tmp_path, at)


@pytest.mark.ci
@settings(max_examples=150)
@given(at=st.floats(0, 1, exclude_max=True), other=st.integers(1, 255))
def test_one_byte_changed_anywhere_is_noticed(
    archive: Path, elsewhere: Path, at: float, other: int
) -> None:
    refused_changed(archive, elsewhere, at, other)


@pytest.mark.ci
@settings(max_examples=40)
@given(at=st.floats(0, 1, exclude_max=True))
def test_an_archive_that_ends_too_early_is_noticed(
    archive: Path, elsewhere: Path, at: float
) -> None:
    refused_cut(archive, elsewhere, at)


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


@pytest.mark.ci
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
    "has a text that not every database takes": lambda manifest, rows: rows["client"][0].update(
        name="a\0b"
    ),
    "has a flag for an amount": lambda manifest, rows: rows["payment"][0].update(amount=True),
    "has an amount for a flag": lambda manifest, rows: rows["time_entry"][0].update(billable=1),
    "has a text for a list": lambda manifest, rows: rows["time_entry"][0].update(tags="web"),
    "has a text that is too long": lambda manifest, rows: rows["invoice"][0].update(
        currency="EURO"
    ),
    "has a member elsewhere": lambda manifest, rows: rows.update({"../elsewhere": []}),
    "is of another organisation": lambda manifest, rows: manifest["organization"].update(
        id="org_x"
    ),
    "has a role that is none": lambda manifest, rows: rows["member"][0].update(role="GOD"),
    "lacks what must be there": lambda manifest, rows: rows["client"][0].update(name=None),
    "lacks a column": lambda manifest, rows: rows["client"][0].pop("name"),
    "has a column more": lambda manifest, rows: rows["client"][0].update(shoe_size=42),
    "has a row twice": lambda manifest, rows: rows["client"].append(rows["client"][0]),
    "has no owner": lambda manifest, rows: rows["member"][0].update(role="MEMBER"),
    "says that another amount is paid": lambda manifest, rows: rows["payment"][0].update(amount=1),
    "is of a newer revision": lambda manifest, rows: manifest.update(revision="9999"),
    "is of a revision that was none": lambda manifest, rows: manifest.update(revision="0000"),
    "is of a newer format": lambda manifest, rows: manifest.update(format_version=2),
    "is of another format": lambda manifest, rows: manifest.update(format="tar"),
}

NONE_OF_ITS_TABLE = {
    "has a row of another organisation",
    "has an amount that is text",
    "has an amount that no column holds",
    "has a text that not every database takes",
    "has a flag for an amount",
    "has an amount for a flag",
    "has a text for a list",
    "has a text that is too long",
    "lacks what must be there",
    "lacks a column",
    "has a column more",
}
"""What is told of each row before it is written: not every database would refuse it."""

DAILY = ("another organisation", "was none")


@pytest.mark.parametrize(
    "forgery",
    [
        one if one.endswith(DAILY) else pytest.param(one, marks=pytest.mark.ci)
        for one in FORGERIES
    ],
)  # fmt: skip
def test_an_archive_is_refused_that(archive: Path, tmp_path: Path, forgery: str) -> None:
    forged = rewritten(archive, tmp_path / "forged.zip", FORGERIES[forgery])
    said = refused_whole(forged, tmp_path).message
    if "newer" in forgery:
        assert "newer Hoursmith" in said
    elif forgery in NONE_OF_ITS_TABLE:
        assert NOT_OF_ITS_TABLE in said
    else:
        assert "Nothing was imported" in said or "not kept" in said


@pytest.mark.ci
def test_half_a_character_is_refused_and_a_backslash_is_none(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def named(name: str) -> Path:
        """Return an archive with such a name in it, written as JSON may write it, too."""
        monkeypatch.setattr(rows_module, "_ENCODER", json.JSONEncoder(sort_keys=True))
        path = tmp_path / "named.zip"
        return rewritten(archive, path, lambda manifest, rows: rows["client"][0].update(name=name))

    said = refused_whole(named("\ud800"), tmp_path).message
    assert "client.ndjson is not as it was written" in said
    import_archive(url_of(tmp_path / "new.db"), named("C:\\udata"), EPOCH)


@pytest.mark.ci
def test_what_the_manifest_does_not_name_is_refused(archive: Path, tmp_path: Path) -> None:
    more = Path(shutil.copy(archive, tmp_path / "more.zip"))
    with ZipFile(more, "a") as opened:
        opened.writestr("../../evil.txt", "more")
        opened.comment = UNSEALED
    seal(more)
    assert "its directory is not as it was written" in refused_whole(more, tmp_path).message
    assert files(tmp_path) == {"more.zip"}


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


def test_a_backup_is_no_archive_and_an_archive_no_backup(
    archive: Path, billed_file: Path, tmp_path: Path
) -> None:
    backup = Path(shutil.copy(billed_file, tmp_path / "backup.db"))
    said = refused_whole(backup, tmp_path).message
    assert said.startswith(f"{backup} is a SQLite file, and no archive of Hoursmith")
    assert "`hoursmith-mcp restore` takes" in said
    with pytest.raises(HoursmithError, match="`hoursmith-mcp import-archive` takes it"):
        restore(url_of(tmp_path / "new.db"), archive, EPOCH)
    assert files(tmp_path) == {"backup.db"}


@pytest.mark.parametrize("content", [b"", b"PK", b"SQLite format 3\0" + b"\0" * 200])
def test_what_is_no_archive_is_not_taken_for_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert "no archive of Hoursmith" in refused_whole(tmp_path / "file", tmp_path).message
    assert isinstance(refused_whole(tmp_path / "nothing", tmp_path), NotFound)
