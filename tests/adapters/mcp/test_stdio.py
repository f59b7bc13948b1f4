"""The stdio transport, over real pipes to a real process: this file is also the server."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import pytest
from mcp import Client, StdioServerParameters, types
from mcp.server import Server, ServerRequestContext

from hoursmith_mcp.adapters.mcp.stdio import serve_stdio

PATIENCE = 60  # Seconds until a hanging server is killed, which fails its test.
posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes that can be waited for")


# The server.


async def _list(
    context: ServerRequestContext[Any], params: types.PaginatedRequestParams | None
) -> types.ListToolsResult:
    return types.ListToolsResult(tools=[types.Tool(name="echo", input_schema={"type": "object"})])


async def _call(
    context: ServerRequestContext[Any], params: types.CallToolRequestParams
) -> types.CallToolResult:
    arguments = params.arguments or {}
    if params.name == "stray":
        print("stray print, held back by its buffer")
        os.write(1, b"stray write\n")
        code = "import sys; print('stray child, reads', repr(sys.stdin.read()))"
        subprocess.run([sys.executable, "-c", code], check=True)
    text = str(arguments.get("text", "")) * int(arguments.get("times", 1))
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)])


@asynccontextmanager
async def _life(server: Server[dict[str, Any]]) -> AsyncGenerator[dict[str, Any]]:
    yield {}
    await asyncio.sleep(0)  # Closing may wait: the end of the client is no cancellation.
    print("closed", file=sys.stderr)


async def _serve() -> None:
    modes = [os.get_blocking(fd) for fd in (0, 1, 2)] if sys.platform != "win32" else []
    await serve_stdio(Server("toy", lifespan=_life, on_list_tools=_list, on_call_tool=_call))
    if sys.platform != "win32":
        assert [os.get_blocking(fd) for fd in (0, 1, 2)] == modes
    if "--after" in sys.argv:
        print("stdout again, stdin:", repr(sys.stdin.read()))


# The client.


@dataclass
class Wire:
    """One server process and the ends of its streams."""

    process: subprocess.Popen[bytes]

    @property
    def stdin(self) -> IO[bytes]:
        """Where the server reads."""
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        """Where the server writes."""
        assert self.process.stdout is not None
        return self.process.stdout

    def send(self, *lines: bytes) -> None:
        """Send lines."""
        self.stdin.write(b"".join(line + b"\n" for line in lines))
        self.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Read one line."""
        answer: dict[str, Any] = json.loads(self.stdout.readline())
        return answer

    def text(self) -> str:
        """Read one line and return the tool's text in it."""
        text: str = self.answer()["result"]["content"][0]["text"]
        return text

    def end(self) -> tuple[bytes, bytes]:
        """Hang up; return what else came on stdout, and all of stderr."""
        out, err = self.process.communicate()
        assert self.process.returncode == 0, err
        return out, err

    def over(self) -> bytes:
        """Wait, still holding the line, until the server has ended; return all of stderr."""
        assert self.process.wait() == 0
        assert self.process.stderr is not None
        return self.process.stderr.read()


INITIALIZE = (
    b'{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",'
    b'"capabilities":{},"clientInfo":{"name":"t","version":"1"}}}'
)
INITIALIZED = b'{"jsonrpc":"2.0","method":"notifications/initialized"}'


def call(id: int, name: str = "echo", **arguments: object) -> bytes:
    params = {"name": name, "arguments": arguments}
    return json.dumps(
        {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}
    ).encode()


@contextmanager
def started(
    *options: str,
    stdin: int | IO[bytes] = subprocess.PIPE,
    stdout: int | IO[bytes] = subprocess.PIPE,
    stderr: int | IO[bytes] = subprocess.PIPE,
) -> Generator[Wire]:
    command = [sys.executable, __file__, *options]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, env=env) as process:
        killer = threading.Timer(PATIENCE, process.kill)
        killer.start()
        try:
            yield Wire(process)
        finally:
            killer.cancel()
            process.kill()


@pytest.fixture
def wire() -> Iterator[Wire]:
    with started() as wire:
        wire.send(INITIALIZE, INITIALIZED)
        assert wire.answer()["result"]["serverInfo"]["name"] == "toy"
        yield wire


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_both_eras_are_served(mode: Literal["legacy", "auto"]) -> None:
    async def talk() -> None:
        server = StdioServerParameters(command=sys.executable, args=[__file__])
        async with Client(server, mode=mode) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == ["echo"]
            calls = (client.call_tool("echo", {"text": str(n)}) for n in range(100))
            for n, result in enumerate(await asyncio.gather(*calls)):
                assert result.content == [types.TextContent(type="text", text=str(n))]

    asyncio.run(talk())


def test_a_line_may_be_many_megabytes(wire: Wire) -> None:
    text = "ä😀" * 1_500_000
    wire.send(call(1, text=text))
    assert wire.text() == text


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"jsonrpc": "2.0", "id": 1, "meth', types.PARSE_ERROR),
        (call(1, text="?").replace(b"?", b"\xff\xfe"), types.PARSE_ERROR),
        (call(1, text="?").replace(b"?", rb"\ud800"), types.PARSE_ERROR),
        (b"[" * 100_000, types.PARSE_ERROR),
        (b"[]", types.INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": 1}', types.INVALID_REQUEST),
    ],
    ids=["cut", "no UTF-8", "half a pair", "deep", "a batch", "no method"],
)
@posix
def test_a_line_that_is_no_message_is_answered_and_forgotten(
    wire: Wire, line: bytes, code: int
) -> None:
    wire.send(line, call(2, text="still here"))
    first = wire.answer()
    assert (first["id"], first["error"]["code"]) == (None, code)
    assert wire.text() == "still here"


def test_lines_that_are_no_message_may_come_first() -> None:
    with started() as wire:
        wire.send(*[b"?"] * 20, INITIALIZE)
        assert [wire.answer()["error"]["code"] for _ in range(20)] == [types.PARSE_ERROR] * 20
        assert wire.answer()["id"] == 0


def test_the_end_of_stdin_is_the_quiet_end(wire: Wire) -> None:
    assert wire.end() == (b"", b"closed\n")


def test_a_last_line_without_its_end_counts() -> None:
    with started() as wire:
        wire.stdin.write(INITIALIZE)
        out, _ = wire.end()
        assert json.loads(out)["id"] == 0


@posix
def test_a_client_that_reads_no_more_is_the_quiet_end(wire: Wire) -> None:
    wire.stdout.close()
    wire.send(call(1))
    assert wire.over() == b"closed\n"


@posix
def test_a_client_that_goes_while_much_is_written_is_the_quiet_end(wire: Wire) -> None:
    wire.send(call(1, text="x", times=10_000_000), *(call(n) for n in range(2, 50)))
    assert wire.stdout.read(1) == b"{"
    wire.stdout.close()
    assert wire.over() == b"closed\n"


def test_a_client_that_reads_late_gets_every_answer(wire: Wire) -> None:
    wire.send(call(1, text="x", times=10_000_000), *(call(n) for n in range(2, 50)))
    answers = {answer["id"]: answer for answer in (wire.answer() for _ in range(1, 50))}
    assert sorted(answers) == list(range(1, 50))
    assert len(answers[1]["result"]["content"][0]["text"]) == 10_000_000


def test_what_else_is_printed_goes_to_stderr() -> None:
    with started("--after") as wire:
        wire.send(INITIALIZE, INITIALIZED, call(1, "stray", text="answer"))
        assert wire.answer()["id"] == 0
        assert wire.text() == "answer"
        out, err = wire.end()
    assert out.splitlines() == [b"stdout again, stdin: ''"]
    assert sorted(err.splitlines()) == [
        b"closed",
        b"stray child, reads ''",
        b"stray print, held back by its buffer",
        b"stray write",
    ]


@posix
@pytest.mark.parametrize("one", [True, False], ids=["one socket", "two sockets"])
def test_sockets_are_served(one: bool) -> None:
    here, there = socket.socketpair()
    other_here, other_there = (here, there) if one else socket.socketpair()
    with here, there, other_here, other_there:
        with started(stdin=there.fileno(), stdout=other_there.fileno()) as wire:
            there.close()
            other_there.close()
            here.sendall(INITIALIZE + b"\n" + INITIALIZED + b"\n" + call(1, text="hello") + b"\n")
            with other_here.makefile("rb") as answers:
                assert json.loads(answers.readline())["id"] == 0
                assert b"hello" in answers.readline()
            here.sendall(call(2) + b"\n")
            # An answer that is there and stays unread makes the end a reset, on the one socket.
            assert other_here.recv(1, socket.MSG_PEEK) == b"{"
            here.close()
            other_here.close()
            assert wire.over() == b"closed\n"


@posix
def test_a_terminal_is_served_and_keeps_its_mode() -> None:
    import pty
    import tty

    here, there = pty.openpty()
    tty.setraw(there)
    with started(stdin=there, stdout=there) as wire:
        os.write(here, INITIALIZE + b"\n")
        with os.fdopen(here, "rb", buffering=0) as terminal:
            line = b""
            while not line.endswith(b"\n"):
                line += terminal.read(65536)
            assert json.loads(line)["id"] == 0
            assert os.get_blocking(there)
            os.close(there)
        assert wire.over() == b"closed\n"


def test_files_are_served(tmp_path: Path) -> None:
    asked, answered = tmp_path / "in", tmp_path / "out"
    asked.write_bytes(INITIALIZE + b"\n" + b"?\n")
    with asked.open("rb") as stdin, answered.open("wb") as stdout:
        with started(stdin=stdin, stdout=stdout) as wire:
            assert wire.end()[1] == b"closed\n"
    codes = {line["id"] for line in map(json.loads, answered.read_bytes().splitlines())}
    assert codes == {0, None}


def test_nothing_to_read_is_the_quiet_end() -> None:
    with started(stdin=subprocess.DEVNULL) as wire:
        assert wire.end() == (b"", b"closed\n")


if __name__ == "__main__":
    asyncio.run(_serve())
