"""The ends of tables: how whoever is sent one knows that it is whole."""

from __future__ import annotations

import csv
import json
from typing import Any

from hoursmith_mcp.errors import HoursmithError, Unavailable, error_of
from hoursmith_mcp.schemas.exports import CSV, NDJSON
from hoursmith_mcp.schemas.json_values import is_object
from hoursmith_mcp.tables.forms import LAST

MOST_BYTES = 65_536
"""How many of a table's last bytes are enough to see its end."""

END_OF_ZIP = b"PK\x05\x06"
END_OF_ZIP_BYTES = 22

BROKEN_OFF = "What the server sent breaks off before its end, so nothing was kept: try again."


def rows_at_end(media_type: str, last_bytes: bytes) -> int | None:
    """Return how many rows a table says that it has; None for a workbook, which does not say.

    Raises an error of the one tree, the one that the table tells of where it does, for a table that
    is not whole.
    """
    if media_type not in (CSV, NDJSON):
        if last_bytes[-END_OF_ZIP_BYTES:].startswith(END_OF_ZIP):
            return None
        raise Unavailable(BROKEN_OFF)
    *_, last, after = [b"", *last_bytes.split(b"\n")]
    count = None if after else _counted(media_type, last.decode("utf-8", "replace"))
    if count is None:
        raise Unavailable(BROKEN_OFF)
    return count


def _counted(media_type: str, last: str) -> int | None:
    if media_type == NDJSON:
        return _counted_in_json(last)
    for cells in csv.reader([last]):
        if cells[:1] == [LAST] and len(cells) > 1 and cells[1].isdecimal():
            return int(cells[1])
    return None


def _counted_in_json(last: str) -> int | None:
    try:
        found: Any = json.loads(last)
    except ValueError:
        return None
    if not is_object(found) or "end" not in found:
        return None
    if found["end"] is not True:
        raise _told(found)
    count: Any = found.get("count")
    return count if isinstance(count, int) else None


def _told(found: dict[str, Any]) -> HoursmithError:
    problem = found.get("problem")
    error = problem.get("error") if is_object(problem) else None
    return error_of(error) if is_object(error) else Unavailable(BROKEN_OFF)
