"""A real browser, without a window, told what to do over its own protocol and two pipes."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

BROWSER = shutil.which("chromium")
SECONDS_TO_ANSWER = 60

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--no-first-run",
    "--window-size=1200,1600",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)

NOTE_VIOLATIONS = """
globalThis.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""


@dataclass
class Page:
    """One page of a browser, and all that happened to it."""

    commands: IO[bytes]
    answers: IO[bytes]
    session: str = ""
    happened: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _last_id: int = 0

    def say(self, method: str, **params: Any) -> Any:
        """Send a command and return its result; what happens meanwhile is kept."""
        self._last_id += 1
        command: dict[str, Any] = {"id": self._last_id, "method": method, "params": params}
        if self.session:
            command["sessionId"] = self.session
        self.commands.write(json.dumps(command).encode() + b"\0")
        self.commands.flush()
        while True:
            told = self._next()
            if told.get("id") == self._last_id:
                assert "error" not in told, told
                return told["result"]
            self.happened.append(told)

    def evaluate(self, script: str) -> Any:
        """Return what a script comes to, once it has, if it is a promise."""
        made = self.say(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in made, made
        return made["result"].get("value")

    def requests(self) -> list[str]:
        """Return the addresses that were asked for."""
        sent = [one for one in self.happened if one["method"] == "Network.requestWillBeSent"]
        return [one["params"]["request"]["url"] for one in sent]

    def complaints(self) -> list[Any]:
        """Return what the browser logged of faults, of the page's scripts, too."""
        faults = ("Log.entryAdded", "Runtime.exceptionThrown")
        return [one["params"] for one in self.happened if one["method"] in faults]

    def picture(self, file: Path) -> None:
        """Keep how the page looks."""
        file.write_bytes(base64.b64decode(self.say("Page.captureScreenshot")["data"]))

    def _next(self) -> dict[str, Any]:
        parts: list[bytes] = []
        while (byte := self.answers.read(1)) != b"\0":
            assert byte, "the browser has gone"
            parts.append(byte)
        told: dict[str, Any] = json.loads(b"".join(parts))
        return told


@contextmanager
def open_page(folder: Path) -> Generator[Page]:
    """Open a page in a browser of its own, which keeps what it knows in a folder."""
    assert BROWSER is not None
    (commands_in, commands_out), (answers_in, answers_out) = os.pipe(), os.pipe()
    process = subprocess.Popen(
        # It reads commands from file 3 and answers into file 4.
        [
            *("bash", "-c", f'exec "$@" 3<&{commands_in} 4>&{answers_out}', "browser"),
            *(BROWSER, *FLAGS, f"--user-data-dir={folder / 'profile'}"),
        ],
        pass_fds=(commands_in, answers_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(commands_in)
    os.close(answers_out)
    overdue = threading.Timer(SECONDS_TO_ANSWER, process.kill)
    overdue.start()
    try:
        with os.fdopen(commands_out, "wb") as commands, os.fdopen(answers_in, "rb") as answers:
            page = Page(commands, answers)
            target = page.say("Target.createTarget", url="about:blank")["targetId"]
            attached = page.say("Target.attachToTarget", targetId=target, flatten=True)
            page.session = attached["sessionId"]
            for domain in ("Page", "Network", "Log", "Runtime"):
                page.say(f"{domain}.enable")
            page.say("Page.addScriptToEvaluateOnNewDocument", source=NOTE_VIOLATIONS)
            yield page
    finally:
        overdue.cancel()
        process.kill()
        process.wait()
