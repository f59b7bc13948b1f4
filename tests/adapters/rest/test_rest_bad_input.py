"""What no call is: refused with a clear problem, never a fault of ours, and never repeated."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import httpx2
import pytest
from houses import open_house
from rest_calls import key, refused, rest_client

from hoursmith_mcp.arguments import MOST_MISTAKES

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

JSON = {"Content-Type": "application/json"}
SECRET = "Zq7"
"""Stands in what is sent wherever something may stand, and in no answer."""


@pytest.fixture
async def api(sqlite_url: str) -> AsyncGenerator[httpx2.AsyncClient]:
    """Yield the API of an empty house."""
    async with open_house(sqlite_url) as (runtime, _), rest_client(runtime) as client:
        yield client


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 422, id="nothing"),
        pytest.param(b'{"name": "Zq7"', 400, id="half"),
        pytest.param(b'{"name": "Zq7\xff"}', 400, id="no UTF-8"),
        pytest.param('{"name": "Zq7"}'.encode("utf-16"), 400, id="UTF-16"),
        pytest.param(b'\xef\xbb\xbf{"name": "Zq7"}', 400, id="a byte order mark"),
        pytest.param(b'{"name": "Zq7", "name": "Zq7"}', 400, id="a name twice"),
        pytest.param(b'{"name": "x", "notes": {"Zq7": 1, "Zq7": 2}}', 400, id="twice, within"),
        pytest.param(b"[" * 10_000 + b"]" * 10_000, 400, id="10,000 deep"),
        pytest.param(b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400, id="objects, as deep"),
        pytest.param(b'{"name": ' + b"[" * 40 + b"]" * 40 + b"}", 400, id="40 deep"),
        pytest.param(b'{"name": NaN}', 400, id="not a number"),
        pytest.param(b'{"defaultRate": ' + b"9" * 5_000 + b"}", 400, id="5,000 digits"),
        pytest.param(b'{"name": "x", "requirePoNumber": 1e999}', 422, id="infinity"),
        pytest.param(b'["Zq7"]', 422, id="an array"),
        pytest.param(b'"Zq7"', 422, id="text"),
        pytest.param(b"null", 422, id="null"),
        pytest.param(b'{"name": "Zq7\\u0000"}', 422, id="NUL"),
        pytest.param(b'{"name": "Zq7\\ud800"}', 422, id="half of a pair"),
        pytest.param(b'{"Zq7\\ud800": 1}', 422, id="half of a pair in a name"),
        pytest.param(b'{"name": "x", "Zq7": 1}', 422, id="an unknown name"),
        pytest.param(b'{"name": 5.5}', 422, id="a number for text"),
        pytest.param(b'{"name": null}', 422, id="nothing for text"),
        pytest.param(b'{"name": "x", "requirePoNumber": "Zq7"}', 422, id="text for a switch"),
    ],
)
async def test_a_body_that_cannot_be_meant(
    api: httpx2.AsyncClient, body: bytes, status: int
) -> None:
    answer = await api.post("clients", content=body, headers=JSON | key("k"))
    code = "bad_request" if status == 400 else "validation_error"
    refused(answer, status, code)
    assert SECRET not in answer.text
    # Nothing of it was stored, its key included.
    whole = await api.post("clients", json={"name": "Acme"}, headers=key("k"))
    assert whole.status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {},
    ],
)
async def test_a_body_of_another_kind(api: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    answer = await api.post("clients", content=b'{"name": "Zq7"}', headers=headers | key("k"))
    refused(answer, 415, "bad_request")


async def test_a_body_that_is_too_large_however_it_comes(api: httpx2.AsyncClient) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b" " * 1024 * 1024

    for content in (b" " * 10 * 1024 * 1024, parts()):
        answer = await api.post("clients", content=content, headers=JSON | key("k"))
        refused(answer, 413, "bad_request")


MANY_MISTAKES: list[tuple[str, dict[str, Any]]] = [
    ("clients", {f"a{number}": 1 for number in range(50_000)}),
    ("time-entries", {"duration": "1h", "tags": ["\0"] * 50_000}),
    ("time-entries/bulk", {"entries": [{"a": 1}] * 50_000}),
    ("time-entries/bulk", {"entries": [{"duration": "1"}] * 100, "b": 1}),
]


@pytest.mark.parametrize(("address", "body"), MANY_MISTAKES)
async def test_of_very_many_mistakes_only_some_are_told(
    api: httpx2.AsyncClient, address: str, body: dict[str, Any]
) -> None:
    answer = await api.post(address, json=body, headers=key("k"))
    problem = refused(answer, 422, "validation_error")
    assert 1 <= len(problem["errors"]) <= 2 * MOST_MISTAKES
    assert len(answer.content) < 100_000


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("time-entries?limit=1&limit=1", 422),
        ("time-entries?Zq7=1", 422),
        ("time-entries?=1", 422),
        ("time-entries?limit=Zq7", 422),
        ("time-entries?limit=1.0", 422),
        ("time-entries?limit=" + "9" * 5_000, 422),
        ("time-entries?billable=Zq7", 422),
        ("time-entries?cursor=Zq7", 422),
        ("time-entries?cursor=", 422),
        ("time-entries?search=%00", 422),
        ("time-entries?search=%ff", 400),
        ("time-entries?search=%ED%A0%80", 400),
        ("invoices?status=Zq7", 422),
        ("clients/%00", 422),
        ("clients/%ff", 400),
        ("clients/" + "x" * 5_000, 422),
        ("clients/Zq7", 404),
        ("clients/%zz", 404),
        ("clients/%", 404),
        ("clients/%2e%2e%2f%2e%2e%2fetc%2fpasswd", 404),
        ("clients/..%2ftokens", 404),
        ("clients/%2e%2e/tokens", 404),
        ("clients/x%0d%0aZq7", 404),
        ("//clients", 404),
        ("clients//", 404),
        ("time-entries?limit=1e400", 422),
        ("time-entries?limit=NaN", 422),
        ("time-entries?limit=-1", 422),
        ("time-entries?limit=0", 422),
        ("time-entries?limit=201", 422),
        ("time-entries?" + "&".join(f"a{one}=1" for one in range(5_000)), 422),
    ],
)
async def test_an_address_that_leads_nowhere(
    api: httpx2.AsyncClient, address: str, status: int
) -> None:
    code = {400: "bad_request", 404: "not_found", 422: "validation_error"}[status]
    answer = await api.get(address)
    refused(answer, status, code)
    if status != 404:
        assert SECRET not in answer.text


async def test_a_percent_sign_that_means_nothing_is_only_that(api: httpx2.AsyncClient) -> None:
    for text in ("%", "%zz", "100%"):
        assert (await api.get(f"time-entries?search={text}")).status_code == 200


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("value", ["", "rubbish", '"a', '"a" "b"', '"a",', "w/'a'", '"a", *'])
async def test_rubbish_for_a_tag(api: httpx2.AsyncClient, header: str, value: str) -> None:
    await api.post("clients", json={"name": "Acme"}, headers=key("k"))
    sent: dict[str, Any] = {"headers": {header: value}}
    if header == "If-Match":
        answer = await api.patch("clients/Acme", json={"notes": "x"}, **sent)
    else:
        answer = await api.get("clients/Acme", **sent)
    problem = refused(answer, 400, "bad_request")
    assert problem["errors"][0]["header"] == header
    assert "notes" not in (await api.get("clients/Acme")).json()["data"]


async def test_what_is_missing_is_told_by_each_of_its_names(api: httpx2.AsyncClient) -> None:
    entry = {"projectId": "Site"}
    one = await api.post("time-entries", json=entry, headers=key("k"))
    many = await api.post("time-entries/bulk", json={"entries": [entry]}, headers=key("l"))
    for answer, place in ((one, "duration"), (many, "entries.0.duration")):
        fields = refused(answer, 422, "validation_error")["error"]["fields"]
        assert fields[place].startswith(f"{place} or durationSeconds is missing; log_time")


async def test_every_mistake_is_told_at_once(api: httpx2.AsyncClient) -> None:
    entry: dict[str, Any] = {"duration": "2", "notes": "x", "Zq7": {}}
    sent: dict[str, Any] = {"entries": [entry], "Zq7": 1}
    answer = await api.post("time-entries/bulk", json=sent, headers=key("k"))
    problem = refused(answer, 422, "validation_error")
    assert [one["pointer"] for one in problem["errors"]] == [
        *("/entries/0/duration", "/entries/0", "/entries/0", "")
    ]
    takes = (
        "It takes: duration, projectId, entryDate, taskId, note, billable, tags, durationSeconds."
    )
    fields = problem["error"]["fields"]
    assert fields["entries.0"] == (
        f"entries.0 takes no argument of that name. Did you mean note? {takes} "
        f"entries.0 takes no argument of that name. {takes}"
    )
    assert fields["arguments"].startswith("log_times takes no argument of that name. It takes: ent")
    assert problem["detail"] == " ".join(fields.values())
    assert SECRET not in answer.text
    answer = await api.get("time-entries?limit=x&billable=maybe&limt=5&search=a&search=b")
    problem = refused(answer, 422, "validation_error")
    assert {one["parameter"]: one["detail"].split(" It takes")[0] for one in problem["errors"]} == {
        "limit": "limit must be a whole number.",
        "billable": "billable must be true or false.",
        "": "filter_time_entries takes no argument of that name. Did you mean limit?",
        "search": "search comes twice: give it once.",
    }


async def test_an_entry_is_named_by_one_place_whatever_is_wrong_with_it(
    api: httpx2.AsyncClient,
) -> None:
    client = await api.post("clients", json={"name": "Acme"}, headers=key("a"))
    site = {"clientId": client.json()["data"]["id"], "name": "Site"}
    await api.post("projects", json=site, headers=key("b"))
    good = {"duration": "2h", "projectId": "Site"}
    for wrong, inner, said in (
        ({"duration": "3"}, "/duration", 'entries.1.duration: "3" has no unit'),
        ({"entryDate": "2026-13-16"}, "/entryDate", "entries.1.entryDate: "),
        ({"projectId": "Nowhere"}, "", 'entries.1: There is no project "Nowhere"'),
    ):
        sent = {"entries": [good, good | wrong]}
        answer = await api.post("time-entries/bulk", json=sent, headers=key("k"))
        problem = answer.json()
        assert [one["pointer"] for one in problem["errors"]] == [f"/entries/1{inner}"]
        assert problem["detail"].startswith(said), problem["detail"]


async def test_days_that_run_backwards_are_told_by_the_names_of_scripts(
    api: httpx2.AsyncClient,
) -> None:
    days = "fromDate=2026-11-20&toDate=2026-11-01"
    for path, names, said in (
        (f"reports/time?{days}", ["fromDate", "toDate"], "toDate (2026-11-01) is before fromDate"),
        (f"reports/time?period=october&{days}", ["period", "fromDate", "toDate"], "Give a period,"),
        (
            "reports/time?fromDate=2126-11-20",
            ["fromDate"],
            "fromDate: Wednesday 2126-11-20 is after",
        ),
        (
            "time-entries?entryDateFrom=2026-11-20&entryDateTo=2026-11-01",
            ["entryDateFrom", "entryDateTo"],
            "entryDateTo (2026-11-01) is before entryDateFrom (2026-11-20)",
        ),
    ):
        problem = refused(await api.get(path), 422, "validation_error")
        assert [one["parameter"] for one in problem["errors"]] == names
        assert problem["detail"].startswith(said)
        assert "_" not in str(problem["errors"]), problem
        assert problem["error"]["fields"] == dict.fromkeys(names, problem["detail"])


async def test_what_is_in_the_wrong_place(api: httpx2.AsyncClient) -> None:
    answer = await api.post("clients?name=Zq7", json={"name": "Acme"}, headers=key("k"))
    refused(answer, 422, "validation_error")
    answer = await api.request("GET", "overview", content=b"{}", headers=JSON)
    refused(answer, 400, "bad_request")
    answer = await api.patch("clients/Acme", json={"name": "Bolt", "client": "Zq7"})
    refused(answer, 422, "validation_error")


@pytest.mark.parametrize("given", ["", " ", '""', "\x01", "x" * 256, "é"])
async def test_a_key_that_is_none(api: httpx2.AsyncClient, given: str) -> None:
    headers = [(b"Idempotency-Key", given.encode("latin-1"))]
    answer = await api.post("clients", json={"name": "Acme"}, headers=headers)
    if given == "é":  # It can be read, as it came.
        assert answer.status_code == 201
    else:
        refused(answer, 422, "validation_error")


async def test_pages_of_other_sites_and_other_names_are_refused(api: httpx2.AsyncClient) -> None:
    refused(await api.get("overview", headers={"Host": "evil.example"}), 421, "bad_request")
    foreign = {"Origin": "https://evil.example"}
    refused(await api.get("overview", headers=foreign), 403, "forbidden_scope")
    own = {"Origin": "http://127.0.0.1:8484"}
    assert (await api.get("overview", headers=own)).status_code == 200
