"""A next revision, planted beside the real ones: what an upgrade meets, good or bad."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent, indent
from unittest.mock import patch

from hoursmith_mcp.store import upgrade
from hoursmith_mcp.store.revision import REVISION

PLANTED = "9001"

GOOD = """
op.create_table("planted", sa.Column("id", sa.Integer(), primary_key=True))
op.execute("INSERT INTO planted (id) VALUES (1)")
op.execute("UPDATE organization SET name = 'Upgraded'")
op.create_index("ix_planted", "planted", ["id"])
"""
FAILING = GOOD + 'op.execute("INSERT INTO planted (id) VALUES (1)")\n'
DYING = GOOD + "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"


@contextmanager
def planted(folder: Path, body: str) -> Generator[None]:
    """Let this process's program be of a newer revision, whose migration is `body`."""
    scripts = folder / f"migrations-{len(list(folder.iterdir()))}"
    real = upgrade.MIGRATIONS
    shutil.copytree(real, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    script = HEADER.format(revision=PLANTED, below=REVISION) + indent(dedent(body), "    ")
    (scripts / "versions" / "planted.py").write_text(script)
    with (
        patch.object(upgrade, "MIGRATIONS", scripts),
        patch.object(upgrade, "REVISION", PLANTED),
        patch.object(sys, "dont_write_bytecode", True),
    ):
        yield


HEADER = """
import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {below!r}


def upgrade():
"""
