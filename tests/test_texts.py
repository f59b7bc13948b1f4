"""What README and guides say in passing is so: the commands and numbers in them, and words to use.

Their examples, code and tables run or are generated (`test_readme.py`, `resources/test_guides.py`).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import guides_reading
import pytest
from typer.main import get_command

from hoursmith_mcp.access.grants import PRESETS
from hoursmith_mcp.adapters.http_server import HEAD_SECONDS
from hoursmith_mcp.catalogue import load
from hoursmith_mcp.cli.app import app
from hoursmith_mcp.core.dates import parse_day
from hoursmith_mcp.core.defaults import ROUNDING_MINUTES
from hoursmith_mcp.core.drafts import LIVES_US
from hoursmith_mcp.core.durations import parse_duration
from hoursmith_mcp.core.instants import DAY_US, MINUTE_US, SECOND_US
from hoursmith_mcp.core.periods import parse_period
from hoursmith_mcp.core.receivers import GIVEN_UP_AFTER_US
from hoursmith_mcp.core.retries import DELAYS_US
from hoursmith_mcp.store.queries.answers import KEPT_US, SAME_US
from hoursmith_mcp.store.sqlite_engines import BUSY_SECONDS
from hoursmith_mcp.webhooks.dispatcher import LOOKS_EVERY_SECONDS
from hoursmith_mcp.webhooks.sender import Fault, Patience
from hoursmith_mcp.webhooks.work import KEPT_US as WEBHOOKS_KEPT_US

ROOT = Path(__file__).parent.parent
TEXTS = {
    "README": (ROOT / "README.md").read_text("utf-8"),
    **{name: guides_reading.read(name) for name in guides_reading.NAMES},
}
TODAY = date(2026, 11, 20)
NEWLY_DAYS: int = load().operations["overview"].function.__globals__["NEWLY_DAYS"]
EVENTS_KEPT_US: int = load().operations["list_events"].function.__globals__["KEPT_US"]

NUMBERS = {
    "two minutes": SAME_US == 2 * MINUTE_US,
    "15 minutes": ROUNDING_MINUTES == 15,
    "24 hours": LIVES_US == KEPT_US == DAY_US,  # And that a day has so many for each member.
    "30 seconds": BUSY_SECONDS == 30,
    "seven days": NEWLY_DAYS == 7,
    "three days": 3 * DAY_US <= sum(DELAYS_US) < 4 * DAY_US,
    "five days": GIVEN_UP_AFTER_US == 5 * DAY_US,
    "30 days": WEBHOOKS_KEPT_US == EVENTS_KEPT_US == 30 * DAY_US,
    "ten seconds": HEAD_SECONDS == Patience().head == 10,
    "five seconds": LOOKS_EVERY_SECONDS == 5,
}
NO_LENGTHS = {"two days"}
"""What counts days that are meant, and says nothing of how long something is."""

NUMBER = re.compile(
    r"(?<![\d.])\b(?:\d+|two|three|four|five|six|seven|ten) (?:second|minute|hour|day)s\b"
)

PARTS = {"vendors.py", "rest.py"}
"""What examples are made of."""

every = pytest.mark.parametrize("name", TEXTS)


def prose(text: str) -> str:
    """Return a text without its examples, generated parts, code, and what somebody says."""
    fenced = r"^```.*?^```$|<!-- (\w+): .*?<!-- /\1 -->"
    bare = re.sub(fenced, "", text, flags=re.DOTALL | re.MULTILINE)
    return " ".join(re.sub(r"`[^`]*`|\*?\"[^\"]*\"\*?", "", bare).split())


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of every command of ours, in whichever way a text shows it."""
    inline = re.findall(r"`(hoursmith-mcp [^`]*)`", " ".join(text.split()))
    lines = re.findall(r"^ *(hoursmith-mcp .*)$|\$\((hoursmith-mcp [^)]*)\)", text, re.MULTILINE)
    for command in (*inline, *(line for found in lines for line in found if line)):
        yield shlex.split(command.partition("  ")[0])[1:]


@every
def test_every_command_that_is_named_is_there_with_its_options(name: str) -> None:
    for words in commands(TEXTS[name]):
        command: Any = get_command(app)
        left = list(words)
        while hasattr(command, "commands"):
            word = left.pop(0) if left else "--help"
            if word == "--help":
                break
            assert word in command.commands, words
            command = command.commands[word]
        options = {one for parameter in command.params for one in parameter.opts} | {"--help"}
        assert {word for word in left if word.startswith("--")} <= options, words


@every
def test_every_length_of_time_that_is_named_is_the_programs(name: str) -> None:
    for number in set(NUMBER.findall(prose(TEXTS[name]))) - NO_LENGTHS:
        assert NUMBERS[number], number


def test_presets_that_are_named_are_all_there_are() -> None:
    [named] = re.findall(r"The presets are (.*?) \(", " ".join(TEXTS["README"].split()))
    assert set(re.findall(r"`([\w-]+)`", named)) == PRESETS.keys()


def test_the_examples_are_all_in_the_readme() -> None:
    folder = ROOT / "examples"
    files = {path for path in folder.iterdir() if path.is_file()}
    files |= {path for path in folder.glob("webhooks/*") if path.is_file()}
    named = set(re.findall(r"\(examples/([\w./]+)\)", TEXTS["README"]))
    assert named == {path.relative_to(folder).as_posix() for path in files} - PARTS


def test_the_schedule_that_is_told_is_the_programs() -> None:
    told = " ".join(TEXTS["webhooks"].split()).partition("tried again after ")[2]
    named = told.partition(", each up to")[0].replace(" and ", ", ").split(", ")
    assert [parse_duration(one.replace(" s", "s")) for one in named[1:]] == [
        delay // SECOND_US for delay in DELAYS_US[1:]
    ]
    assert named[0] == f"{DELAYS_US[0] // SECOND_US} s"


def test_every_fault_that_an_attempt_can_have_is_told() -> None:
    table = TEXTS["webhooks"].partition("| word | what happened |")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(Fault)


@pytest.mark.parametrize(
    ("begins", "read"),
    [
        ("A duration has a unit: ", parse_duration),
        ("A day is said as you would say it, or written: ", partial(parse_day, today=TODAY)),
        ("Periods are ", partial(parse_period, today=TODAY)),
    ],
)
def test_the_words_that_a_guide_offers_are_read(begins: str, read: Callable[[str], Any]) -> None:
    text = " ".join(TEXTS["time-tracking"].split())
    sentence = text.partition(begins)[2].partition("`. ")[0] + "`"
    offered = re.findall(r"`([^`]+)`", sentence)
    assert len(offered) > 4
    for words in offered:
        read(words)
