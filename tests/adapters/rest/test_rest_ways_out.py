"""Ways out: a refusal says how what it names is called over REST, and changes nobody's words."""

from __future__ import annotations

import pytest
from houses import open_house
from rest_calls import key, refused, rest_client

from hoursmith_mcp.adapters.rest.ways_out import ways_out
from hoursmith_mcp.catalogue import load

pytestmark = pytest.mark.anyio
OPERATIONS = load().operations


@pytest.mark.parametrize(
    ("sentence", "ways"),
    [
        ("Free it with cancel_invoice.", {"cancel_invoice": "POST /invoices/{invoice}/cancel"}),
        ("Take it back with undo(activity=…).", {"undo": "POST /undo"}),
        ("What you undo, find or report is in the overview.", {}),
        ("my_update_client and update_clients are no operations.", {}),
        (
            "Set one with update_time_entry, or update_time_entry again.",
            {"update_time_entry": "PATCH /time-entries/{timeEntry}"},
        ),
    ],
)
def test_an_operation_is_known_by_its_exact_name(sentence: str, ways: dict[str, str]) -> None:
    found = ways_out(sentence, OPERATIONS)
    assert found == {name: way.replace(" /", " /api/v1/") for name, way in ways.items()}


async def test_a_refusal_says_how_what_it_names_is_called(sqlite_url: str) -> None:
    async with open_house(sqlite_url) as (runtime, _), rest_client(runtime) as api:
        nobody = refused(await api.patch("clients/Nobody", json={}), 404, "not_found")
        assert nobody["operations"] == {"create_client": "POST /api/v1/clients"}
        # A client of such a name keeps it.
        for one in ("1", "2"):
            given = {"name": "send_invoice", "currency": "EUR", "notes": one}
            made = await api.post("clients", json=given, headers=key(one))
        problem = refused(made, 409, "conflict")
        assert "send_invoice" in problem["detail"]
        assert problem["error"]["candidates"][0]["name"] == "send_invoice"
        answer = await api.post("clients", json={}, headers=key("3"))
        assert "operations" not in refused(answer, 422, "validation_error")
