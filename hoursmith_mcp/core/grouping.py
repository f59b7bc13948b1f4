"""What a client sees as one line of an invoice: everything that is the same in these keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal, get_args

from hoursmith_mcp.core.refusal import Refusal, quoted

GroupKey = Literal["project", "task", "member", "date", "note", "entry"]

DEFAULT_GROUPING: Final[tuple[GroupKey, ...]] = ("project", "task")

_KEYS: Final[dict[str, GroupKey]] = {
    **{key: key for key in get_args(GroupKey)},
    "itemized": "entry",
    "itemised": "entry",
    # As in the preset "project & time".
    "time": "date",
}
_BETWEEN = re.compile(r"[\s,&+_]+(?:and[\s_]+)?")
_WAY_OUT = (
    "choose project, task, member, date and note in any order, like "
    '"project, task", or entry alone for one line per entry'
)


def parse_grouping(wanted: str | Sequence[str]) -> tuple[GroupKey, ...]:
    """Read what to group by: "project, member", a list of such words, or a preset.

    The presets are "itemized", "by project", "by task", "project & task" and "project & time" (a
    line per project and day). Raises Refusal for other words, a word twice, none at all, and
    "entry" among others.
    """
    text = wanted if isinstance(wanted, str) else ", ".join(wanted)
    words = _BETWEEN.split(text.strip().casefold().removeprefix("by "))
    keys: tuple[GroupKey, ...] = tuple(_key(word, text) for word in words)
    if len(set(keys)) != len(keys):
        raise Refusal(f"{quoted(text)} names the same thing twice; {_WAY_OUT}.")
    if "entry" in keys and keys != ("entry",):
        raise Refusal(f"{quoted(text)} asks for one line per entry and for groups; {_WAY_OUT}.")
    return keys


def _key(word: str, text: str) -> GroupKey:
    if not word:
        raise Refusal(f"{quoted(text)} leaves out what to group by; {_WAY_OUT}.")
    if word not in _KEYS:
        raise Refusal(f"Lines cannot be grouped by {quoted(word)}; {_WAY_OUT}.")
    return _KEYS[word]
