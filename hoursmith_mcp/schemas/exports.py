"""Exports: which lists are had as files, and the addresses that such files are read at."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal
from urllib.parse import parse_qsl, urlencode

from hoursmith_mcp.core.reports.kinds import KINDS
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.schemas.base import DateText, Public

CSV: Final = "text/csv"
NDJSON: Final = "application/x-ndjson"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FORMATS: Final[Mapping[str, str]] = {"csv": CSV, "ndjson": NDJSON, "xlsx": XLSX}
"""The media types of tables, by the names that people know them by, and files end with."""

PAGING: Final = frozenset({"cursor", "limit"})
"""Arguments of lists that nothing exported has: it is always the whole."""

ADDRESS: Final = "hoursmith://exports/"
TEMPLATE: Final = "hoursmith://exports/{file}"

ExportKind = Literal[
    "time",
    "invoices",
    "lines",
    "payments",
    "expenses",
    "clients",
    "projects",
    "tasks",
    "report-time",
    "report-unbilled",
    "report-revenue",
    "report-profitability",
    "report-receivables",
    "report-utilisation",
    "report-gaps",
]
ExportFormat = Literal["csv", "ndjson", "xlsx"]


@dataclass(frozen=True)
class Exported:
    """What is exported under a name: the list of an operation, of all or of what is `given`.

    `day` is the filter that a period is about, where there is one. A report takes words itself.
    """

    operation: str
    day: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict[str, Any])


EXPORTS: Final[Mapping[str, Exported]] = {
    "time": Exported("filter_time_entries", day="entry_date"),
    "invoices": Exported("filter_invoices", day="issue_date"),
    "lines": Exported("filter_invoice_lines", day="issue_date"),
    "payments": Exported("filter_payments", day="received_on"),
    "expenses": Exported("list_expenses", day="expense_date"),
    "clients": Exported("filter_clients"),
    "projects": Exported("filter_projects"),
    "tasks": Exported("filter_tasks"),
    **{f"report-{kind}": Exported("report", given={"kind": kind}) for kind in KINDS},
}


@dataclass(frozen=True)
class Export:
    """What is wanted as a file: of which kind, in which format, and by which filters."""

    kind: str
    format: str
    given: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Refuse a filter that would make it another export than its name says, or a part of it."""
        name = next(
            (one for one in self.given if one in PAGING or one in self.exported.given), None
        )
        if name is not None:
            raise InvalidInput(f"What is exported of {self.kind} has no {name}: leave it out.")

    @property
    def exported(self) -> Exported:
        """The list that it is made of."""
        return EXPORTS[self.kind]

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the operation that lists it."""
        return {**self.exported.given, **self.given}

    @property
    def address(self) -> str:
        """Where it is read."""
        query = f"?{urlencode(self.given)}" if self.given else ""
        return f"{ADDRESS}{self.kind}.{self.format}{query}"

    @contextmanager
    def refused_in_its_name(self) -> Generator[None]:
        """Tell what its list refuses in the words of who asked for it, who called no operation."""

        def renamed(text: str) -> str:
            return text.replace(f"{self.exported.operation} takes ", f"export {self.kind} takes ")

        try:
            yield
        except InvalidInput as refusal:
            fields = {name: renamed(text) for name, text in (refusal.fields or {}).items()}
            raise InvalidInput(renamed(refusal.message), fields=fields or None) from refusal


def file_stem(what: str, days: str) -> str:
    """Return what a file is called that tells something of some days: "time-2026-10"."""
    return f"{what}-{days}".replace("..", "-to-").replace(" ", "-")


def read_export(address: str) -> Export:
    """Return what an address leads to; raises InvalidInput where that is nothing."""
    name, _, query = address.removeprefix(ADDRESS).partition("?")
    kind, _, form = name.partition(".")
    if kind not in EXPORTS or form not in FORMATS:
        raise InvalidInput(
            f"There is no export of that name: it is one of {', '.join(EXPORTS)}, with the ending "
            f"{', '.join(FORMATS)}; export_data gives its address."
        )
    given = dict(parse_qsl(query, keep_blank_values=True))
    return Export(kind, form, given)


class ExportLink(Public):
    """Where a file is read; it is made as it is read, of what is there then."""

    link: ClassVar[str | None] = "uri"

    uri: str
    name: str
    media_type: str
    first_day: DateText | None = None
    last_day: DateText | None = None
    larger: str
