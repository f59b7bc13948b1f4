"""Another program's JSON configuration, changed in one place and otherwise left as it is."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.schemas.json_values import is_object

PRIVATE = 0o600
USUAL = 0o644


@dataclass(frozen=True)
class Configuration:
    """What stands in a configuration file, and how it is indented."""

    content: dict[str, Any]
    text: str | None
    """What is in the file now; none where there is no file."""

    def written(self) -> str:
        """Return the content as text, with the indentation and the ends of lines that it had."""
        indent = re.search(r"^([ \t]+)\S", self.text or "", re.MULTILINE)
        step: str | int = indent[1] if indent else 2
        text = json.dumps(self.content, indent=step, ensure_ascii=False)
        try:
            text.encode()
        except UnicodeEncodeError:  # Half of a pair, which only an escape can carry.
            text = json.dumps(self.content, indent=step)
        text += "\n"
        return text.replace("\n", "\r\n") if "\r\n" in (self.text or "") else text


def read_configuration(path: Path) -> Configuration:
    """Read a configuration file; one that is not there, or empty, has nothing in it.

    Raises Conflict where it cannot be read in such a way that all of it can be written again.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return Configuration({}, None)
    except UnicodeDecodeError:
        raise Conflict(f"{path} is no text in UTF-8; nothing was changed.") from None
    if not text.strip():
        return Configuration({}, text)
    try:
        content: Any = json.loads(
            text, object_pairs_hook=_without_twins, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise Conflict(
            f"{path} is no plain JSON ({error}), so nothing was changed. Comments and trailing "
            "commas would be lost: put the entry in by hand, it is shown by --print."
        ) from None
    if not is_object(content):
        raise Conflict(f"{path} holds no object; nothing was changed.")
    return Configuration(content, text)


def section_of(configuration: Configuration, path: Path, name: str) -> dict[str, Any]:
    """Return one section, made if it is missing; raises Conflict where it is something else."""
    section: Any = configuration.content.setdefault(name, {})
    if not is_object(section):
        raise Conflict(f"{name} in {path} is no object; nothing was changed.")
    return section


def write_configuration(path: Path, text: str, *, private: bool) -> Path | None:
    """Put a text in a file's place, whole or not at all; return the copy of what was there."""
    path = Path(os.path.realpath(path))  # A link stays a link.
    path.parent.mkdir(parents=True, exist_ok=True)
    copy = _copy_of(path) if path.exists() else None
    mode = stat.S_IMODE(path.stat().st_mode) if copy is not None else USUAL
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, PRIVATE if private else mode)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    return copy


def _copy_of(path: Path) -> Path:
    """Copy a file beside itself, under a name that is free."""
    number = 1
    while (copy := path.with_name(f"{path.name}.before-hoursmith-{number}")).exists():
        number += 1
    shutil.copy2(path, copy)
    return copy


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands in it twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
