"""What the database itself refuses: the declared triggers, by dialect.

A rule refuses an act on a table, always or on a condition. On PostgreSQL a condition lives in the
trigger's function, where its text is kept as it was written, so that it can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass

REFUSING_FUNCTION = "hoursmith_refuse"
POSTGRESQL_FUNCTION = f"""
CREATE FUNCTION {REFUSING_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows are never changed', TG_OP, TG_TABLE_NAME;
END $$
"""


@dataclass(frozen=True)
class Rule:
    """An act that a table refuses; `frozen` are columns whose change alone is refused.

    `condition` is SQL over OLD (or NEW, for an INSERT) that must hold for the act to be refused;
    where `also` holds it is refused in any case.
    """

    table: str
    act: str
    condition: str = ""
    frozen: tuple[str, ...] = ()
    also: str = ""

    @property
    def name(self) -> str:
        """The name of the trigger, and of its function on PostgreSQL."""
        return f"{self.table}_refuses_{self.act.lower()}"

    def sqlite(self) -> str:
        """Return the trigger's DDL for SQLite."""
        when = f"WHEN {self._when('IS NOT')} " if self.condition or self.frozen else ""
        return (
            f"CREATE TRIGGER {self.name} BEFORE {self.act} ON {self.table} {when}"
            f"BEGIN SELECT RAISE(ABORT, '{self.act} of {self.table} is refused: "
            f"its rows are never changed'); END"
        )

    def postgresql(self) -> str:
        """Return the trigger's DDL for PostgreSQL."""
        function = self.name if self.condition or self.frozen else REFUSING_FUNCTION
        return (
            f"CREATE TRIGGER {self.name} BEFORE {self.act} ON {self.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {function}()"
        )

    def postgresql_function(self) -> str:
        """Return the DDL of the function that the trigger calls on PostgreSQL."""
        if not (self.condition or self.frozen):
            return POSTGRESQL_FUNCTION
        row = "OLD" if self.act == "DELETE" else "NEW"
        return f"""
CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {self._when("IS DISTINCT FROM")} THEN
        RAISE EXCEPTION '{self.act} of {self.table} is refused: its rows are never changed';
    END IF;
    RETURN {row};
END $$
"""

    def _when(self, differs: str) -> str:
        changed = " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in self.frozen)
        parts = [self.condition, f"({changed})" if changed else ""]
        refused = " AND ".join(part for part in parts if part)
        return f"({refused}) OR ({self.also})" if self.also else refused


FIRST_RULES = (Rule("activity", "UPDATE"), Rule("activity", "DELETE"), Rule("event", "UPDATE"))
"""Written once: what happened."""

_ISSUED = (
    "EXISTS (SELECT 1 FROM invoice WHERE invoice.id = {row}.invoice_id AND number IS NOT NULL)"
)
_STANDING = (
    "EXISTS (SELECT 1 FROM invoice WHERE invoice.id = {row}.invoice_id "
    "AND number IS NOT NULL AND status <> 'CANCELLED')"
)

BILLING_RULES = (
    Rule(
        "invoice",
        "UPDATE",
        "OLD.number IS NOT NULL",
        (
            "id",
            "organization_id",
            "client_id",
            "proposal_id",
            "sequence",
            "number",
            "number_key",
            "issue_date",
            "due_date",
            "payment_terms_days",
            "currency",
            "grouped_by",
            "bill_to_name",
            "bill_to_address",
            "bill_to_tax_number",
            "seller_name",
            "seller_address",
            "seller_tax_number",
            "bank_details",
            "po_number",
            "notes",
            "discount_percent",
            "discount_amount",
            "lines_total",
            "discount",
            "net",
            "tax",
            "total",
            "sent_at",
            "created_at",
            "deleted_at",
        ),
        also="OLD.number IS NOT NULL AND (NEW.status = 'DRAFT' OR "
        "(OLD.status = 'CANCELLED' AND NEW.status <> 'CANCELLED'))",
    ),
    Rule("invoice", "DELETE"),
    Rule("invoice_line", "INSERT", _ISSUED.format(row="NEW")),
    # Neither away from what is issued, nor onto it.
    Rule("invoice_line", "UPDATE", f"({_ISSUED.format(row='OLD')} OR {_ISSUED.format(row='NEW')})"),
    Rule("invoice_line", "DELETE", _ISSUED.format(row="OLD")),
    Rule(
        "billing_claim",
        "UPDATE",
        "",
        (
            "line_id",
            "subject_id",
            "organization_id",
            "invoice_id",
            "subject_kind",
            "raw_seconds",
            "billed_seconds",
            "rate_id",
            "amount",
            "created_at",
        ),
        # What was issued and cancelled never takes its subjects back; what stands never lets go.
        also="(OLD.released_at IS NOT NULL AND NEW.released_at IS NULL AND "
        + _ISSUED.format(row="NEW")
        + ") OR (OLD.released_at IS NULL AND NEW.released_at IS NOT NULL AND "
        + _STANDING.format(row="NEW")
        + ")",
    ),
    Rule("billing_claim", "INSERT", _ISSUED.format(row="NEW")),
    Rule("billing_claim", "DELETE"),
    Rule(
        "payment",
        "UPDATE",
        "",
        (
            "id",
            "organization_id",
            "invoice_id",
            "amount",
            "currency",
            "received_on",
            "note",
            "created_at",
        ),
        also="OLD.voided_at IS NOT NULL AND NEW.voided_at IS NULL",
    ),
    Rule("payment", "INSERT", f"NOT {_ISSUED.format(row='NEW')}"),
    Rule("payment", "DELETE"),
)
"""What is issued, claimed and paid: what it says is frozen, and it is never taken away."""

WEBHOOK_RULES = (
    Rule("delivery_attempt", "UPDATE"),
    Rule(
        "delivery_attempt",
        "DELETE",
        "EXISTS (SELECT 1 FROM delivery WHERE delivery.id = OLD.delivery_id)",
    ),
)
"""What was tried: it goes only with the delivery that it was tried for, once that is too old."""

SCHEDULE_RULES = (
    Rule("schedule_run", "UPDATE"),
    Rule("schedule_run", "DELETE", "OLD.outcome <> 'skipped'"),
)
"""Written once: what became of a day that a schedule was due; a skip alone is taken back."""

RULES = (*FIRST_RULES, *BILLING_RULES, *WEBHOOK_RULES, *SCHEDULE_RULES)


def trigger_definitions(dialect: str) -> dict[str, str]:
    """Return the declared triggers of a dialect: name to DDL."""
    return {
        rule.name: rule.sqlite() if dialect == "sqlite" else rule.postgresql() for rule in RULES
    }


def function_definitions() -> dict[str, str]:
    """Return the functions that the triggers call on PostgreSQL: name to DDL."""
    named = {rule.name: rule for rule in RULES if rule.condition or rule.frozen}
    functions = {name: rule.postgresql_function() for name, rule in named.items()}
    return {REFUSING_FUNCTION: POSTGRESQL_FUNCTION, **functions}
