"""Secrets lie encrypted, and whoever has lost the key is told what to do."""

from __future__ import annotations

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from hoursmith_mcp.errors import InvalidInput, Unavailable
from hoursmith_mcp.webhooks.sealing import KeyLost, load_sealer

NONCE = bytes(12)
KEY = base64.b64encode(bytes(range(32))).decode()
SECRET = "whsec_c2VjcmV0"


def url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'hours.db'}"


def test_what_is_sealed_is_opened_with_the_key_of_the_file(tmp_path: Path) -> None:
    sealed = load_sealer("", url(tmp_path), makes=True).seal(SECRET, of="wh_1", nonce=NONCE)
    assert "c2VjcmV0" not in sealed
    assert load_sealer("", url(tmp_path)).open(sealed, of="wh_1") == SECRET
    [file] = tmp_path.iterdir()
    assert file.name == "hours.db.key"
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_secret_is_good_for_its_own_endpoint_alone(tmp_path: Path) -> None:
    sealer = load_sealer(KEY, "")
    sealed = sealer.seal(SECRET, of="wh_1", nonce=NONCE)
    with pytest.raises(KeyLost):
        sealer.open(sealed, of="wh_2")
    with pytest.raises(KeyLost):
        sealer.open(f"{sealed[:-4]}AAAA", of="wh_1")
    with pytest.raises(KeyLost):
        sealer.open("nonsense", of="wh_1")


def test_a_lost_key_file_is_told_in_our_words(tmp_path: Path) -> None:
    sealed = load_sealer("", url(tmp_path), makes=True).seal(SECRET, of="wh_1", nonce=NONCE)
    (tmp_path / "hours.db.key").unlink()
    with pytest.raises(KeyLost, match="put the key file back") as told:
        load_sealer("", url(tmp_path)).open(sealed, of="wh_1")
    assert str(tmp_path) not in told.value.message
    assert told.value.code == "unavailable"


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        sealers = list(
            threads.map(partial(load_sealer, makes=True), [""] * 16, [url(tmp_path)] * 16)
        )
    sealed = sealers[0].seal(SECRET, of="wh_1", nonce=NONCE)
    assert {sealer.open(sealed, of="wh_1") for sealer in sealers} == {SECRET}
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("setting", ["short", base64.b64encode(bytes(31)).decode(), "é" * 44])
def test_a_setting_that_is_no_key_is_refused(setting: str) -> None:
    with pytest.raises(InvalidInput, match="openssl"):
        load_sealer(setting, "")


def test_a_key_may_be_written_in_either_alphabet() -> None:
    key = bytes([251, 255] * 16)
    sealed = load_sealer(base64.b64encode(key).decode(), "").seal(SECRET, of="wh", nonce=NONCE)
    assert load_sealer(base64.urlsafe_b64encode(key).decode(), "").open(sealed, of="wh") == SECRET


def test_where_nothing_lies_beside_the_database_the_key_is_a_setting(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="PostgreSQL"):
        load_sealer("", "postgresql+asyncpg://host/name")
    with pytest.raises(Unavailable, match="key file"):
        load_sealer("", url(tmp_path / "nowhere"), makes=True)
