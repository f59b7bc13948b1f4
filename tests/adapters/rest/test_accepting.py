"""Which form of a list the header Accept asks for."""

from __future__ import annotations

import pytest

from hoursmith_mcp.adapters.rest.accepting import chosen
from hoursmith_mcp.adapters.rest.streaming import FORMS

JSON, NDJSON, CSV, XLSX = FORMS
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        (BROWSER, JSON),
        ("application/json, text/plain, */*", JSON),
        ("application/*", JSON),
        ("application/x-ndjson", NDJSON),
        (XLSX, XLSX),
        ("Application/X-NDJSON; charset=utf-8", NDJSON),
        ("text/csv", CSV),
        ("text/*", CSV),
        ("text/csv;header=present;q=1.0", CSV),
        # The weight decides, and not who comes first.
        ("text/csv;q=0.5, application/json;q=0.4", CSV),
        ("text/csv;q=0.4, application/json;q=0.5", JSON),
        ("text/csv, application/json", JSON),
        # What is named is meant rather than what is let through, with the same weight.
        ("*/*, text/csv", CSV),
        ("*/*;q=0.9, text/csv;q=0.8", JSON),
        # What names a form more exactly speaks for it.
        ("application/*, application/json;q=0.1", NDJSON),
        ("*/*, application/json;q=0", NDJSON),
        ("text/*;q=0.2, text/csv;q=0, */*;q=0.1", JSON),
        ("application/json;q=0, text/csv;q=0, application/x-ndjson;q=0", None),
        ("text/html", None),
        ("image/*;q=1, text/plain", None),
        ("*/*;q=0", None),
        # What cannot be read says nothing.
        ("csv", JSON),
        (";;,,=/;q", JSON),
        ("text/csv;q=2", JSON),
        ("text/csv;q=high, application/x-ndjson;q=0.001", NDJSON),
        ("text /csv, text/csv", CSV),
        ("text/csv" + ", a/b" * 2_000, CSV),
    ],
)
def test_the_form_that_is_liked_best_is_chosen(accept: str | None, form: str | None) -> None:
    assert chosen(accept, FORMS) == form
