"""An upgrade while windows are open: old servers ask to be restarted, and store nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from serving import ServerProcess, served

from hoursmith_mcp.store.revision import REVISION

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

ROOT = Path(__file__).parents[2]
NEWER = "9001"
MIGRATION = f"""
from alembic import op

revision = "{NEWER}"
down_revision = "{REVISION}"


def upgrade():
    op.execute("UPDATE organization SET name = 'Upgraded'")
"""
AS_INSTALLED = ("-P", "-m", "hoursmith_mcp")
"""Not as the folder holds it in which the tests run."""


@pytest.fixture
def upgrade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Install the program into a folder of its own; returns what puts a newer one in its place."""
    installed = tmp_path / "site-packages" / "hoursmith_mcp"
    _install(installed)
    monkeypatch.setenv("PYTHONPATH", str(installed.parent))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")

    def replace() -> None:
        shutil.rmtree(installed)
        _install(installed)
        for path in (installed / "__init__.py", installed / "store" / "revision.py"):
            text = path.read_text("utf-8")
            path.unlink()
            path.write_text(text.replace(f'"{REVISION}"', f'"{NEWER}"'), "utf-8")
        versions = installed / "store" / "migrations" / "versions"
        (versions / "v9001_newer.py").write_text(MIGRATION, "utf-8")

    return replace


def _install(folder: Path) -> None:
    shutil.copytree(ROOT / "hoursmith_mcp", folder)
    for component in ("tools", "resources", "prompts"):
        shutil.copytree(ROOT / component, folder / component)


async def test_old_windows_ask_to_be_restarted_once_the_program_is_upgraded(
    tmp_path: Path, upgrade: Callable[[], None]
) -> None:
    url = f"sqlite+aiosqlite:///{(tmp_path / 'house' / 'house.db').as_posix()}"

    def window() -> AbstractAsyncContextManager[ServerProcess]:
        return served(url, tmp_path, command=AS_INSTALLED)

    async with window() as busy, window() as idle:
        await busy.call("create_client", name="Acme", currency="EUR")
        assert len((await idle.ask("tools/list", {}))["tools"]) > 10
        upgrade()
        # It goes on as it is, until a newer one has changed the database.
        await busy.call("create_client", name="Globex", currency="EUR")
        await _is_to_be_restarted(idle)
        async with window() as new:
            assert (await new.call("overview"))["organization"] == "Upgraded"
            await _is_to_be_restarted(busy)
            await _is_to_be_restarted(idle)
            assert len((await busy.ask("tools/list", {}))["tools"]) > 10
            found = await new.call("find", query="")
    async with window() as restarted:
        assert await restarted.call("find", query="") == found
    copies = [path.name for path in (tmp_path / "house").glob("*.before-*")]
    assert copies == [f"house.db.before-{NEWER}-was-{REVISION}"]


async def _is_to_be_restarted(server: ServerProcess) -> None:
    for tool, given in (("create_client", {"name": "Late"}), ("overview", {})):
        error = await server.refusal(tool, **given)
        assert error["code"] == "unavailable"
        assert "Restart this program" in error["message"]
