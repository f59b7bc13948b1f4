"""Agents log two hours and draft the invoice, whoever's model and library they are made of.

vendors.py is a part of agent_in_process.py, and runs with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from pathlib import Path

import pytest
from houses import open_house
from running import call, open_books, run, url
from scripted_model import LAST_WORDS, scripted_model
from served import served

from hoursmith_mcp.access.issuing import issue_token

REQUEST = "Log two hours of wireframes to the Acme redesign, and draft the invoice."


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """Return the database of a business that has clients, projects and prices."""
    database = tmp_path / "books.db"
    open_books(database)
    return database


@pytest.fixture
def model() -> Generator[dict[str, str]]:
    """Yield the environment in which a model follows the script, whoever's model is asked for."""
    with scripted_model() as environment:
        yield environment


@pytest.fixture
def token(books: Path) -> str:
    """Return a token; from then on nobody gets in over HTTP without one."""

    async def issue() -> str:
        async with open_house(url(books)) as (runtime, _):
            return (await issue_token(runtime, name="agent")).token

    return asyncio.run(issue())


def assert_drafted(books: Path) -> None:
    (entry,) = call(books, "list_time_entries")["time_entries"]
    assert (entry["duration"], entry["project"]) == ("2h", "Website redesign")
    (invoice,) = call(books, "list_invoices")["invoices"]
    shown = (invoice["status"], invoice["bill_to_name"], invoice["total"])
    assert shown == ("DRAFT", "Acme", "180.00")
    assert call(books, "list_unbilled")["clients"] == []


# Loading the libraries, and anything else, takes its time: every day one of each kind.
ci = pytest.mark.ci


@pytest.mark.parametrize(
    "vendor", ["anthropic", pytest.param("openai", marks=ci), pytest.param("google", marks=ci)]
)
def test_one_loop_serves_the_models_of_three_vendors(
    vendor: str, books: Path, model: dict[str, str]
) -> None:
    shown = run("agent_in_process.py", str(books), vendor, "scripted", REQUEST, **model)
    assert "refused: " in shown
    assert shown.endswith(f"{LAST_WORDS}\n")
    assert_drafted(books)


@pytest.mark.ci
def test_an_agent_of_openai_works_over_stdio(books: Path, model: dict[str, str]) -> None:
    shown = run("openai_agents.py", REQUEST, HOURSMITH_DATABASE_URL=url(books), **model)
    assert shown == f"{LAST_WORDS}\n"
    assert_drafted(books)


@ci
def test_an_agent_of_pydantic_works_over_stdio(books: Path, model: dict[str, str]) -> None:
    settings = {"HOURSMITH_DATABASE_URL": url(books), **model}
    shown = run("pydantic_ai_agent.py", "openai:scripted", REQUEST, **settings)
    assert shown == f"{LAST_WORDS}\n"
    assert_drafted(books)


@ci
def test_an_agent_of_openai_works_over_http(books: Path, token: str, model: dict[str, str]) -> None:
    with served(url(books)) as address:
        shown = run("openai_agents.py", REQUEST, address, HOURSMITH_TOKEN=token, **model)
    assert shown == f"{LAST_WORDS}\n"
    assert_drafted(books)


@ci
def test_an_agent_of_pydantic_works_over_http(
    books: Path, token: str, model: dict[str, str]
) -> None:
    with served(url(books)) as address:
        settings = {"HOURSMITH_TOKEN": token, **model}
        shown = run("pydantic_ai_agent.py", "openai:scripted", REQUEST, address, **settings)
    assert shown == f"{LAST_WORDS}\n"
    assert_drafted(books)
