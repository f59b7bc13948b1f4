"""Files that are whole or not there, and whom they are for."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.whole_files import replaced_file, whole_file

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere files have no such modes")


def mode(path: Path) -> int:
    """Return who may do what with a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_its_owners_alone_from_its_first_byte(tmp_path: Path) -> None:
    with replaced_file(tmp_path / "time.csv") as file:
        (partial,) = tmp_path.iterdir()
        assert mode(partial) == 0o600
        file.write(b"a,b\n")
    assert mode(tmp_path / "time.csv") == 0o600
    with whole_file(tmp_path / "house.backup") as path:
        assert mode(path) == 0o600
    assert mode(tmp_path / "house.backup") == 0o600


@pytest.mark.parametrize("wanted", [0o600, 0o640, 0o664])
def test_who_could_read_a_file_still_can_when_it_is_written_anew(
    tmp_path: Path, wanted: int
) -> None:
    path = tmp_path / "time.csv"
    path.write_text("old")
    path.chmod(wanted)
    with replaced_file(path) as file:
        file.write(b"new")
    assert (path.read_text(), mode(path)) == ("new", wanted)


def test_two_programs_that_write_one_name_each_give_it_a_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In two containers each program is process 1; the later one is in the middle of it."""
    monkeypatch.setattr(os, "getpid", lambda: 1)
    path, backup = tmp_path / "time.csv", tmp_path / "house.backup"
    with replaced_file(path) as later:
        with replaced_file(path) as earlier:
            later.write(b"half")
            later.flush()
            earlier.write(b"earlier, whole")
        assert path.read_text() == "earlier, whole"
        later.write(b" and whole")
    assert path.read_text() == "half and whole"

    def copy_twice() -> None:
        with whole_file(backup) as later_copy, whole_file(backup) as earlier_copy:
            later_copy.write_text("half")
            earlier_copy.write_text("whole")

    with pytest.raises(Conflict):
        copy_twice()
    assert backup.read_text() == "whole"
    assert {*tmp_path.iterdir()} == {path, backup}


def test_nobody_can_foretell_what_a_file_is_called_while_it_is_written(tmp_path: Path) -> None:
    names = set[str]()
    for _ in range(3):
        with whole_file(tmp_path / "house.backup") as partial:
            names.add(partial.name)
        (tmp_path / "house.backup").unlink()
    assert len(names) == 3


def test_a_long_name_has_room_for_what_marks_it_as_a_part(tmp_path: Path) -> None:
    path = tmp_path / ("\N{MOUNTAIN}" * 62)
    with replaced_file(path) as file:
        file.write(b"whole")
    assert path.read_text() == "whole"
