"""Cursors: where a page ended, opaque to callers and good for the same selection only."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.schemas.json_values import is_array

UNREADABLE = "cursor: that is no cursor of this list; leave it out to begin at the first page."
OF_ANOTHER = (
    "cursor: it belongs to a list with other filters; repeat those, or leave the cursor out."
)


def write_cursor(last: tuple[str, str], selection: object) -> str:
    """Return the cursor that continues behind a row, given by its sort value and id."""
    text = json.dumps([*last, _hash(selection)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str, selection: object) -> tuple[str, str]:
    """Return the sort value and id to continue behind.

    Raises InvalidInput for anything but a cursor that was made for this very selection.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts: Any = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise InvalidInput(UNREADABLE, fields={"cursor": UNREADABLE}) from None
    if not is_array(parts) or [type(part) for part in parts] != [str, str, str]:
        raise InvalidInput(UNREADABLE, fields={"cursor": UNREADABLE})
    value, row_id, selected = parts
    if selected != _hash(selection):
        raise InvalidInput(OF_ANOTHER, fields={"cursor": OF_ANOTHER})
    return value, row_id


def _hash(selection: object) -> str:
    return hashlib.sha256(repr(selection).encode()).hexdigest()[:8]
