"""One sample of each type of event, as operations emitted it once; a test compares them."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def read_sample(type: str) -> dict[str, Any]:
    """Return the data of an event of that type, which is of the catalogue."""
    text = files(__name__).joinpath(f"{type}.json").read_text("utf-8")
    data: dict[str, Any] = json.loads(text)
    return data
