"""The command line, as a person or a script uses it: a real process each time."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    url = f"sqlite+aiosqlite:///{(folder / 'house.db').as_posix()}"
    return subprocess.run(
        [sys.executable, "-m", "hoursmith_mcp", *arguments],
        env={**os.environ, "HOURSMITH_DATABASE_URL": url, "COLUMNS": "120", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_tool_is_called_and_its_answer_read_by_a_person_or_a_program(tmp_path: Path) -> None:
    assert run(tmp_path, "call", "create_client", "name=Acme", "currency=EUR").returncode == 0
    made = run(tmp_path, "call", "create_project", "client=Acme", "name=Site", "--json")
    assert json.loads(made.stdout)["client"] == "Acme"
    logged = run(tmp_path, "call", "log_time", "project=site", "duration=2h", "tags=a,b")
    assert "duration: 2h" in logged.stdout
    assert "tags: a, b" in logged.stdout


LOADED = """
import atexit, json, sys
from hoursmith_mcp.__main__ import main

def tell():
    from hoursmith_mcp.store.tables import Table
    tables = [one for one in Table.__subclasses__() if one.__pydantic_complete__]
    print(json.dumps([sorted(sys.modules), len(Table.__subclasses__()), len(tables)]))

atexit.register(tell)
sys.argv[1:] = ["call", "overview", "--json"]
main()
"""
NEEDLESS = {
    "rich",
    "alembic",
    "mcp",
    "starlette",
    "httpx2",
    "cryptography",
    "uvicorn",
    "xlsxwriter",
}


@pytest.mark.ci
def test_a_call_loads_and_builds_what_it_needs(tmp_path: Path) -> None:
    assert run(tmp_path, "call", "overview").returncode == 0  # It makes the database.
    url = f"sqlite+aiosqlite:///{(tmp_path / 'house.db').as_posix()}"
    told = subprocess.run(
        [sys.executable, "-c", LOADED],
        env={**os.environ, "HOURSMITH_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=True,
    )
    modules, tables, built = json.loads(told.stdout.splitlines()[-1])
    assert "sqlalchemy" in modules
    assert NEEDLESS.isdisjoint(modules)
    assert (tables > 20, built) == (True, 0), "a table validates nothing"


@pytest.mark.ci
def test_arguments_that_are_no_text_are_read_as_json(tmp_path: Path) -> None:
    found = run(tmp_path, "call", "find", "limit=1", "archived=true", "--json")
    assert json.loads(found.stdout)["more"] is False
    refused = run(tmp_path, "call", "find", "limit=soon")
    assert refused.returncode == 1
    assert refused.stderr == "limit must be a whole number.\n"


def test_a_refusal_goes_to_stderr_with_its_candidates_and_status_1(tmp_path: Path) -> None:
    run(tmp_path, "call", "create_client", "name=Acme")
    refused = run(tmp_path, "call", "create_client", "name=ACME")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "There is a client of that name already: Acme" in refused.stderr
    assert "cl_" in refused.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["log_tme"], "There is no tool of that name. Did you mean log_time"),
        (["reprot"], "There is no tool of that name. Did you mean report or create_project?"),
        (["log_time", "acme"], "Write arguments as key=value; there is no = in 'acme'."),
    ],
)
def test_a_slip_is_answered_with_the_way_out(
    tmp_path: Path, words: list[str], sentence: str
) -> None:
    refused = run(tmp_path, "call", *words)
    assert refused.returncode == 1
    assert sentence in refused.stderr


@pytest.mark.ci
def test_a_token_is_shown_once_and_opens_nothing_after_it_is_revoked(tmp_path: Path) -> None:
    made = run(tmp_path, "token", "create", "--name", "laptop")
    token = made.stdout.strip()
    assert token.startswith("hsk_live_")
    listed = run(tmp_path, "token", "list").stdout
    assert "laptop" in listed
    assert token not in listed
    assert run(tmp_path, "call", "overview", HOURSMITH_TOKEN=token).returncode == 0
    assert run(tmp_path, "token", "revoke", "laptop").returncode == 0
    refused = run(tmp_path, "call", "overview", HOURSMITH_TOKEN=token)
    assert refused.returncode == 1
    assert "was revoked" in refused.stderr
    assert run(tmp_path, "token", "revoke", "laptop").returncode == 1


def test_a_token_for_somebody_unknown_is_refused(tmp_path: Path) -> None:
    refused = run(tmp_path, "token", "create", "--name", "x", "--member", "nobody@example.com")
    assert refused.returncode == 1
    assert "There is no such member" in refused.stderr


@pytest.mark.ci
def test_serving_others_is_refused_while_no_token_was_made(tmp_path: Path) -> None:
    for arguments, environment in (
        (["--host", "0.0.0.0"], {}),
        ([], {"HOURSMITH_PUBLIC_URL": "https://hours.example.com"}),
    ):
        refused = run(tmp_path, "serve", *arguments, **environment)
        assert refused.returncode == 1
        assert "no token was made yet" in refused.stderr


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_server_says_that_it_serves_when_it_can_be_reached_and_ends_in_order(
    tmp_path: Path, ending: signal.Signals
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-m", "hoursmith_mcp", "serve", "--port", str(port)],
        env={**os.environ, "HOURSMITH_DATABASE_URL": f"sqlite:///{tmp_path}/house.db"},
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stderr is not None
        assert server.stderr.readline().startswith(f"Serving MCP at http://127.0.0.1:{port}/mcp")
        socket.create_connection(("127.0.0.1", port)).close()
        second = run(tmp_path, "serve", "--port", str(port))
        assert second.returncode == 1
        assert second.stderr.startswith(f"Nothing can be served on 127.0.0.1:{port}: another")
        assert len(second.stderr.splitlines()) == 1
        assert (tmp_path / "house.db-wal").exists(), "the database is in use"
        server.send_signal(ending)
        assert server.wait(30) in (0, -ending, 128 + ending)
        assert "Traceback" not in server.stderr.read()
    # SQLite takes it away when the last one lets go of the database.
    assert not (tmp_path / "house.db-wal").exists()


@pytest.mark.ci
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://x", "HOURSMITH_DATABASE_URL cannot be used"),
        ("postgresql://nobody@127.0.0.1:1/x", "The database does not answer"),
    ],
)
def test_a_server_without_its_database_does_not_start(
    tmp_path: Path, host: str, url: str, sentence: str
) -> None:
    ended = run(tmp_path, "serve", "--host", host, HOURSMITH_DATABASE_URL=url)
    assert ended.returncode == 1
    assert ended.stderr.startswith(sentence)
    assert len(ended.stderr.splitlines()) == 1


def test_doctor_is_content_with_a_healthy_house_and_not_with_a_damaged_one(tmp_path: Path) -> None:
    run(tmp_path, "call", "create_client", "name=Acme")
    healthy = run(tmp_path, "doctor")
    assert (healthy.returncode, healthy.stdout) == (0, "All is well.\n")
    with sqlite3.connect(tmp_path / "house.db") as connection:
        connection.execute("DROP TRIGGER activity_refuses_delete")
    connection.close()
    damaged = run(tmp_path, "doctor")
    assert damaged.returncode == 1
    assert "trigger.missing" in damaged.stdout


def test_the_tools_are_listed_as_a_table_and_as_json(tmp_path: Path) -> None:
    listed = json.loads(run(tmp_path, "tools", "--json").stdout)
    names = [one["name"] for one in listed]
    assert names[0] == "overview"
    table = run(tmp_path, "tools").stdout
    assert [name for name in names if name not in table] == []


def test_a_setting_that_cannot_be_read_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    for environment, sentence in (
        ({"HOURSMITH_READ_ONLY": "perhaps"}, "HOURSMITH_READ_ONLY is a switch: write 1 or 0."),
        (
            {"HOURSMITH_TOOLSETS": "invoicing"},
            "There is no toolset invoicing. Choose toolsets from",
        ),
    ):
        ended = run(tmp_path, **environment)
        assert "Traceback" not in ended.stderr
        assert sentence in ended.stderr


def test_a_database_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    refused = run(tmp_path, "call", "overview", HOURSMITH_DATABASE_URL="mysql://x")
    assert refused.returncode == 1
    assert "HOURSMITH_DATABASE_URL cannot be used" in refused.stderr


def test_alone_in_a_terminal_it_says_what_it_is_in_four_lines(tmp_path: Path) -> None:
    master, terminal = pty.openpty()
    ended = subprocess.run(
        [sys.executable, "-m", "hoursmith_mcp"],
        stdin=terminal,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(master)
    os.close(terminal)
    assert ended.returncode == 0
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 4
    assert "hoursmith-mcp demo" in ended.stderr


def test_the_default_folder_is_its_owners_alone(tmp_path: Path) -> None:
    made = run(tmp_path, "call", "overview", HOURSMITH_DATABASE_URL="", XDG_DATA_HOME=f"{tmp_path}")
    assert made.returncode == 0
    folder = tmp_path / "hoursmith-mcp"
    assert [path.stat().st_mode & 0o777 for path in (folder, folder / "hoursmith.db")] == [
        0o700,
        0o600,
    ]
