"""The end of a table: whoever is sent one knows by it whether there are rows missing."""

from __future__ import annotations

from typing import Any

import pytest

from hoursmith_mcp.errors import Forbidden, Unavailable
from hoursmith_mcp.schemas.exports import CSV, NDJSON, XLSX
from hoursmith_mcp.tables.columns import Column
from hoursmith_mcp.tables.ends import rows_at_end
from hoursmith_mcp.tables.forms import CommaSeparated, JsonLines, RowForm
from hoursmith_mcp.tables.workbook import Workbook

COLUMNS = (Column("id"), Column("note"))
ROWS: list[dict[str, Any]] = [
    {"id": "te_1", "note": "# end,7\r\n# end,7\r\n"},
    {"id": "te_2", "note": '{"end":true,"count":9}\n'},
]
FORMS: dict[str, type[RowForm] | Any] = {
    CSV: lambda: CommaSeparated("things", COLUMNS),
    NDJSON: JsonLines,
    XLSX: lambda: Workbook("things", COLUMNS),
}


def whole(form: RowForm) -> bytes:
    """Return the rows in a form."""
    try:
        return form.begin() + form.rows(ROWS) + b"".join(form.end(len(ROWS), None))
    finally:
        form.close()


@pytest.mark.parametrize("media_type", FORMS)
def test_nothing_but_the_whole_has_an_end(media_type: str) -> None:
    table = whole(FORMS[media_type]())
    assert rows_at_end(media_type, table) == (None if media_type == XLSX else len(ROWS))
    cuts = range(len(table)) if media_type == NDJSON else (0, 1, len(table) // 2, len(table) - 1)
    for length in cuts:
        with pytest.raises(Unavailable, match="breaks off before its end"):
            rows_at_end(media_type, table[:length])


@pytest.mark.parametrize(
    ("media_type", "last"),
    [
        (CSV, "# end"),
        (CSV, "# end,"),
        (CSV, "# end,many"),
        (CSV, "te_1,7"),
        (CSV, "# end,7\r\nte_1"),
        (NDJSON, '{"end":true}'),
        (NDJSON, '{"end":true,"count":"7"}'),
        (NDJSON, '{"end":false,"count":7}'),
        (NDJSON, '{"count":7}'),
        (NDJSON, '["end"]'),
        (NDJSON, '{"end":true,"count":7}\n{"id":"te_1"}'),
    ],
)
def test_what_only_resembles_an_end_is_none(media_type: str, last: str) -> None:
    ending = "" if "\n" in last else "\n"
    with pytest.raises(Unavailable, match="breaks off before its end"):
        rows_at_end(media_type, f"te_0,x\n{last}{ending}".encode())


def test_an_end_that_tells_why_it_is_none_is_told_again() -> None:
    form = JsonLines()
    error = {"code": "forbidden_scope", "message": "Not any more."}
    body = form.rows(ROWS) + form.broken_off(len(ROWS), "cursor", {"error": error})
    with pytest.raises(Forbidden, match="Not any more"):
        rows_at_end(NDJSON, body)
