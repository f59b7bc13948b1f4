"""The log of a server: lines for people or for machines, without a secret in either."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

from hoursmith_mcp.adapters.requests import current_request_id
from hoursmith_mcp.errors import InvalidInput

FORMS = ("text", "json")
_SECRETS = (
    (re.compile(r"(hsk_(?:live|test)_[A-Za-z0-9]{1,12})_[A-Za-z0-9]+"), r"\1_…"),
    (re.compile(r"(?i)(authorization['\"]?\s*[:=]\s*['\"]?(?:bearer|basic)\s+)[^\s'\",]+"), r"\1…"),
    (re.compile(r"(\w+://[^/\s:@]*:)[^@\s/]+@"), r"\1…@"),
)
"""Tokens, but for what names them; credentials in headers; passwords in addresses."""


def write_log(form: str) -> None:
    """Write the log to stderr in one of the FORMS; raises InvalidInput for another."""
    if form not in FORMS:
        raise InvalidInput(f"HOURSMITH_LOG must be {' or '.join(FORMS)}.")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Machines() if form == "json" else _People())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("hoursmith_mcp.access").setLevel(logging.INFO)


def redacted(text: str) -> str:
    """Return a text without the secrets in it."""
    for secret, instead in _SECRETS:
        text = secret.sub(instead, text)
    return text


class _People(logging.Formatter):
    """One line, and the traceback of a fault below it."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s%(about)s")

    def format(self, record: logging.LogRecord) -> str:
        facts = _facts(record)
        told = {
            name: fact for name, fact in facts.items() if name in ("request_id", "milliseconds")
        }
        record.about = "".join(f" {name}={fact}" for name, fact in told.items())
        return redacted(super().format(record))


class _Machines(logging.Formatter):
    """One object a line, whatever it tells of."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        # Redacted before it is written as JSON, so that no quotation mark hides a secret.
        safe = {
            name: redacted(fact) if isinstance(fact, str) else fact for name, fact in line.items()
        }
        return json.dumps(safe, ensure_ascii=False)


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    facts: dict[str, Any] = getattr(record, "facts", {})
    own = current_request_id.get()
    return {**({"request_id": own} if own else {}), **facts}
