"""`hoursmith-mcp export` on a server: the same files, and none that only looks whole."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from conftest import url_of
from houses import open_house
from relays import serving
from served import living, served
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typer.testing import CliRunner, Result

from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.adapters.application import build_application
from hoursmith_mcp.cli.app import app
from hoursmith_mcp.schemas.exports import FORMATS

pytestmark = pytest.mark.ci


@pytest.fixture(scope="module")
def token(billed_file: Path) -> str:
    """Return a token of the house."""

    async def issue() -> str:
        async with open_house(url_of(billed_file)) as (runtime, _):
            return (await issue_token(runtime, name="laptop")).token

    return asyncio.run(issue())


@pytest.fixture(autouse=True)
def only_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the settings of whoever runs the tests."""
    monkeypatch.delenv("HOURSMITH_DATABASE_URL", raising=False)


def export(*words: str | Path, **settings: str) -> Result:
    """Run the command within this process: there are many."""
    return CliRunner().invoke(app, ["export", *map(str, words)], env=settings)


def test_each_file_is_the_one_that_is_written_beside_the_database(
    billed_file: Path, token: str, tmp_path: Path
) -> None:
    kinds = ("lines", "expenses", "report-time", "report-receivables")
    wanted = [*((kind, "csv") for kind in kinds), *(("time", form) for form in FORMATS)]
    with served(url_of(billed_file)) as url:
        there = {"HOURSMITH_URL": url, "HOURSMITH_TOKEN": token}
        for kind, form in wanted:
            files = [tmp_path / f"{door}.{form}" for door in ("here", "there")]
            here = export(kind, "-o", files[0], HOURSMITH_DATABASE_URL=url_of(billed_file))
            sent = export(kind, "-o", files[1], **there)
            assert (here.exit_code, sent.exit_code) == (0, 0), (here.output, sent.output)
            assert files[0].read_bytes() == files[1].read_bytes(), kind
            said = here.output.replace("here", "there")
            assert sent.output == (said if form != "xlsx" else f"Wrote {files[1]}.\n")


def test_words_and_filters_are_those_of_the_server(
    billed_file: Path, token: str, tmp_path: Path
) -> None:
    file = tmp_path / "time.csv"
    with served(url_of(billed_file)) as url:
        there = {"HOURSMITH_URL": url, "HOURSMITH_TOKEN": token}
        few = export("time", "client=acme", "search=naïve", "--bom", "-o", file, **there)
        assert (few.exit_code, few.output) == (0, f"1 row in {file}.\n")
        assert file.read_bytes().startswith(b"\xef\xbb\xbfid,")
        grouped = ["period=this year", "group_by=client", "--format", "ndjson", "-o", "-"]
        assert '{"end":true,"count":1}' in export("report-time", *grouped, **there).stdout
        before = file.read_bytes()
        for words, sentence in [
            (["client=nobody"], "nobody"),
            (["nothing=1"], "takes no argument nothing. It takes: period, client, project, "),
            (["entry_date_from=yesterdays"], "entryDateFrom"),
        ]:
            refused = export("time", *words, "-o", file, **there)
            assert refused.exit_code == 1
            assert sentence in refused.output
        mistyped = export("time", "-o", file, HOURSMITH_URL=url, HOURSMITH_TOKEN=f"{token}x")
        assert mistyped.exit_code == 1
    away = export("time", "-o", file, **there)
    assert (away.exit_code, "cannot be reached" in away.output) == (1, True)
    assert file.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["time.csv"]


def cut(application: ASGIApp, *, quietly: bool) -> ASGIApp:
    """Stand before the API like what breaks the connection half-way, or ends it as if all came."""

    async def pass_on(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_half(message: Message) -> None:
            if message["type"] == "http.response.body" and message.get("body"):
                half = message["body"][: len(message["body"]) // 2]
                await send({"type": "http.response.body", "body": half, "more_body": not quietly})
                raise ConnectionResetError
            await send(message)

        is_table = scope["type"] == "http" and scope["path"].startswith("/api/")
        await application(scope, receive, send_half if is_table else send)

    return pass_on


@pytest.mark.anyio
@pytest.mark.parametrize("quietly", [False, True])
async def test_what_breaks_off_half_way_leaves_what_was_there(
    billed_file: Path, token: str, tmp_path: Path, quietly: bool
) -> None:
    async with open_house(url_of(billed_file)) as (runtime, _):
        application = build_application(runtime, host="127.0.0.1", port=8484)
        async with living(application), serving(cut(application, quietly=quietly)) as url:
            for form in FORMATS:
                file = tmp_path / f"time.{form}"
                file.write_text("what was there")
                there = {"HOURSMITH_URL": url, "HOURSMITH_TOKEN": token}
                broken = await asyncio.to_thread(export, "time", "-o", file, **there)
                assert broken.exit_code == 1
                assert "Nothing was kept" in broken.output or "so nothing was kept" in broken.output
                assert file.read_text() == "what was there"
    assert len([*tmp_path.iterdir()]) == len(FORMATS)
