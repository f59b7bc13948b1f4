"""Lints over the whole catalogue: what every operation owes to those who call it."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from hoursmith_mcp import catalogue
from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.adapters.mcp.tools import definitions
from hoursmith_mcp.adapters.rest.names import path_variables
from hoursmith_mcp.catalogue import DuplicateNameError
from hoursmith_mcp.core.addresses import PARTS
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.schemas.json_values import is_array, is_object
from hoursmith_mcp.schemas.named import hidden_fields, named_schemas

CATALOGUE = catalogue.load()
OPERATIONS = list(CATALOGUE.operations.values())
RESULTS = [model for model, _ in named_schemas([o.result for o in OPERATIONS], "{model}").values()]

VERBS = set(
    "accept add archive cancel complete create delete duplicate erase explain export filter get "
    "invite leave list log preview record remove replay restore revoke rotate run "
    "send set skip start stop update void".split()
)
NAMES_WITHOUT_A_VERB = {"overview", "find", "undo", "report"}
TOOLSETS = set("admin billing clients expenses projects reports tasks time webhooks".split())

# Where doors differ, it is by what the record says, and here is every difference.
NOT_OVER_MCP_AS_TOOLS = set(
    "archive_project archive_task complete_name create_contact delete_contact filter_clients "
    "filter_invoice_lines filter_invoices filter_members filter_payments filter_projects "
    "filter_tasks filter_time_entries get_activity get_client get_client_account "
    "get_grouped_report get_guide "
    "get_me get_member get_organization get_project get_report get_running_timer get_task "
    "get_time_entry get_timesheet list_contacts list_guides list_payments "
    "run_due_invoice_schedule update_contact update_time_entries".split()
)
# Lists in people's words: over REST they are filtered by fields, as documented.
IN_WORDS = {"list_invoices", "list_members", "list_tasks", "list_time_entries"}
# What they tell, `report` tells over REST.
BY_ADDRESS_ALONE = {"get_report", "get_grouped_report"}
NOT_OVER_REST = {
    *"complete_name export_data get_guide list_guides run_due_invoice_schedule".split(),
    *BY_ADDRESS_ALONE,
    *IN_WORDS,
}

FLAGS = {"toolset", "scope", "least", "read_only", "destructive", "idempotent", "open_world"}

MOST_DESCRIPTION_CHARACTERS = 120
MOST_ARGUMENT_CHARACTERS = 80
MOST_INSTRUCTIONS_CHARACTERS = 2_048
SAID_OTHERWISE = {"from_date", "to_date", "tag", "fiscal_year_start"}  # Or once for all.
MOST_INPUT_BYTES = 18_000
MOST_BYTES = 48_000

MONEY_WORDS = {"rate", "amount", "price", "fee", "total", "currency", "budget"}
NO_MONEY = {
    ("Names", "total"),  # names
    ("TimeEntryPage", "total_entries"),  # entries
    ("TimeEntryPage", "total_hours"),  # hours
    ("TimeEntriesLogged", "total_hours"),  # hours
    ("UnbilledClient", "hours_without_rate"),  # hours
    ("OpenWorkOut", "hours_without_rate"),  # hours
    ("TimeEntryOut", "day_total"),  # hours
}


def each(operations: list[Operation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("one", operations, ids=[one.name for one in operations])


every = each(OPERATIONS)


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every schema within a schema; names of properties are no keywords."""
    if is_array(schema):
        for item in schema:
            yield from nodes(item)
    elif is_object(schema):
        yield schema
        for key, value in schema.items():
            named = key in ("properties", "$defs") and is_object(value)
            yield from nodes(list(value.values()) if named else value)


# Names and words.


@every
def test_a_name_says_what_is_done_to_what(one: Operation) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", one.name)
    assert len(one.name) <= 64
    verb, *noun = one.name.split("_")
    assert one.name in NAMES_WITHOUT_A_VERB or (verb in VERBS and noun)


@every
def test_a_description_is_one_sentence(one: Operation) -> None:
    assert re.fullmatch(r"[A-Z][^.?!]*\.", one.description)
    assert len(one.description) <= MOST_DESCRIPTION_CHARACTERS


@every
def test_every_argument_is_described_briefly(one: Operation) -> None:
    for node in nodes(one.arguments.schema):
        for name, argument in node.get("properties", {}).items():
            text = argument.get("description", "")
            assert re.fullmatch(r"[\w\"'].*\.", text), f"{name}: {text!r}"
            assert len(text) <= MOST_ARGUMENT_CHARACTERS, name


def test_the_instructions_are_short_and_name_tools_that_are_shown() -> None:
    assert len(CATALOGUE.instructions) < MOST_INSTRUCTIONS_CHARACTERS
    shown = CATALOGUE.tools("default")
    named = set(re.findall(r"\b[a-z]+_[a-z_]+\b", CATALOGUE.instructions))
    assert named <= set(shown)


# Records.


def decorated(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Yield each operation that a file defines, with the flags that it writes out."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.AsyncFunctionDef):
            for call in node.decorator_list:
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "operation":
                    yield node.name, {keyword.arg or "**" for keyword in call.keywords}


def test_every_flag_is_written_out() -> None:
    files = {Path(inspect.getfile(one.function)) for one in OPERATIONS}
    written = dict(found for path in files for found in decorated(path))
    assert set(written) == set(CATALOGUE.operations)
    for name, flags in written.items():
        assert flags >= FLAGS, name


@every
def test_permission_is_from_the_closed_lists(one: Operation) -> None:
    assert one.scope is None or isinstance(one.scope, Scope)
    assert isinstance(one.least, Role)


@every
def test_what_only_reads_is_marked_so_for_every_door(one: Operation) -> None:
    if one.read_only:
        assert not one.destructive
        assert one.idempotent
    if one.scope is not None:
        assert one.read_only == one.scope.endswith(":read")
    if one.rest is not None:
        # A preview only reads, and keeps what it said; that takes a POST.
        assert one.read_only == one.rest.startswith("GET ") or one.proposes
    if one.resource is not None or one.completes:
        assert one.read_only


@every
def test_whatever_changes_data_says_whether_it_can_be_taken_back(one: Operation) -> None:
    assert (one.undo is None) == one.read_only
    if one.undo is not None and one.undo.why_not:
        assert re.fullmatch(r"[A-Z].*\.", one.undo.why_not)


@every
def test_variables_of_addresses_are_arguments(one: Operation) -> None:
    required = one.arguments.schema.get("required", [])
    if one.rest is not None:
        assert re.fullmatch(r"(GET|POST|PATCH|DELETE)( /[a-z-]+(/[a-z-]+|/\{[a-z_]+\})*)", one.rest)
        assert set(path_variables(one.rest)) <= set(required)
    if one.resource is not None:
        assert re.fullmatch(r"hoursmith://[a-z-]+(/[a-z-]+|/\{[a-z_]+\})*", one.resource)
        assert set(path_variables(one.resource)) == set(required)


def test_no_two_operations_share_an_address() -> None:
    variable = re.compile(r"\{\w+\}")
    for addresses in (
        [variable.sub("{}", one.rest) for one in OPERATIONS if one.rest is not None],
        [variable.sub("{}", one.resource) for one in OPERATIONS if one.resource is not None],
    ):
        assert len(addresses) == len(set(addresses))


def test_what_is_taken_over_rest_alone_is_known() -> None:
    found = {one.name: one.rest_only for one in OPERATIONS if one.rest_only}
    assert found == {
        "create_client": PARTS,
        "create_project": ("status",),
        "create_task": ("end_date",),
        "log_time": ("member",),
        "update_client": PARTS,
        "update_task": ("project", "end_date"),
        "update_time_entry": ("member",),
    }


def test_doors_differ_only_where_it_is_known() -> None:
    assert {one.name for one in OPERATIONS if not one.mcp} == NOT_OVER_MCP_AS_TOOLS
    assert {one.name for one in OPERATIONS if one.rest is None} == NOT_OVER_REST
    assert [one.name for one in OPERATIONS if one.completes] == ["complete_name"]


# Toolsets.


def test_toolsets_are_the_known_ones() -> None:
    assert {one.toolset for one in OPERATIONS} == TOOLSETS
    assert CATALOGUE.toolsets == TOOLSETS | {"default", "all"}


def test_the_default_tools_exist_and_come_first_in_their_order() -> None:
    assert tuple(CATALOGUE.tools("default")) == CATALOGUE.default_tools
    shown = list(CATALOGUE.tools("all"))
    assert shown[: len(CATALOGUE.default_tools)] == list(CATALOGUE.default_tools)
    assert list(CATALOGUE.tools("tasks,default")) == [
        name
        for name in shown
        if name in CATALOGUE.default_tools or CATALOGUE.operations[name].toolset == "tasks"
    ]


def test_read_only_leaves_what_reads() -> None:
    for name, one in CATALOGUE.tools("all", read_only=True).items():
        assert one.read_only, name


@pytest.mark.parametrize("text", ["nonsense", "default,nonsense", "", " , "])
def test_an_unknown_toolset_is_refused_with_the_list(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        CATALOGUE.tools(text)
    for name in CATALOGUE.toolsets:
        assert name in refused.value.message


# Schemas.


@every
def test_schemas_are_valid_and_lean(one: Operation) -> None:
    validator: Any = importlib.import_module("jsonschema").Draft202012Validator
    for schema in (one.arguments.schema, one.result_schema):
        validator.check_schema(schema)
        assert schema["type"] == "object"
        assert not {"anyOf", "oneOf", "allOf", "$ref"} & set(schema)
        for node in nodes(schema):
            assert "title" not in node
            assert "null" not in (node.get("type"), *node.get("enum", ()))
            assert "null" not in (node["type"] if isinstance(node.get("type"), list) else ())
            assert node.get("default", "") is not None


@every
def test_arguments_are_closed(one: Operation) -> None:
    for node in nodes(one.arguments.schema):
        if "properties" in node:
            assert node["additionalProperties"] is False


@every
def test_results_have_types_and_no_prose(one: Operation) -> None:
    assert one.result_schema["properties"]
    for node in nodes(one.result_schema):
        assert not {"description", "default", "examples"} & set(node)


def test_the_list_of_tools_costs_an_assistant_little() -> None:
    listed = definitions(CATALOGUE.tools("default"))
    inputs = [{key: tool[key] for key in tool if key != "outputSchema"} for tool in listed]
    sizes = [
        len(json.dumps({"tools": tools}, ensure_ascii=False, separators=(",", ":")).encode())
        for tools in (inputs, listed)
    ]
    print(f"tools/list of the default: {sizes[0]} bytes without output schemas, {sizes[1]} with")
    assert sizes[0] <= MOST_INPUT_BYTES
    assert sizes[1] <= MOST_BYTES


@every
def test_what_is_not_listed_is_taken_and_can_be_left_out(one: Operation) -> None:
    listed = one.definition["inputSchema"]["properties"]
    for name in one.unlisted:
        assert name not in listed
        assert not one.arguments.fields[name].is_required()
    others = [CATALOGUE.operations[name] for name in CATALOGUE.tools("default")]
    elsewhere = {name for other in others for name in other.definition["inputSchema"]["properties"]}
    assert set(one.unlisted) - SAID_OTHERWISE <= elsewhere


# Money.


def test_whatever_sounds_like_money_is_marked_as_money() -> None:
    unmarked = {
        (model.__name__, name)
        for model in RESULTS
        for name in model.model_fields
        if MONEY_WORDS & set(name.split("_")) and name not in hidden_fields(model)
    }
    assert unmarked == NO_MONEY


def test_what_is_hidden_from_some_is_required_from_none() -> None:
    for model in RESULTS:
        for name in hidden_fields(model):
            assert not model.model_fields[name].is_required(), f"{model.__name__}.{name}"


# Loading.

PRODUCT = "DEFAULT_TOOLSET = ()\nALSO_FOR_MEMBERS = 'tasks'\nINSTRUCTIONS = ''\n"
OPERATION = """
from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.call import Call
from hoursmith_mcp.operation import operation
from hoursmith_mcp.schemas.base import Public

class Made(Public):
    made: bool

@operation(toolset="test", scope=None, least=Role.MEMBER, read_only=True, destructive=False,
           idempotent=True, open_world=False)
async def make_nothing(call: Call) -> Made:
    "Make nothing."
    return Made(made=False)
"""

Write = Callable[..., None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Write]:
    """Yield what writes the modules of the folder of components that is then loaded."""
    folder = tmp_path / "folder_of_components"
    folder.mkdir()
    (folder / "__init__.py").write_text(PRODUCT)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    importlib.invalidate_caches()
    monkeypatch.setattr(catalogue, "FOLDERS", (folder.name,))

    def write_modules(**modules: str) -> None:
        for name, text in modules.items():
            (folder / f"{name}.py").write_text(text)

    yield write_modules
    for name in [name for name in sys.modules if name.partition(".")[0] == folder.name]:
        del sys.modules[name]


def test_what_a_folder_defines_is_found(write: Write) -> None:
    write(one=OPERATION)
    assert list(catalogue.load().operations) == ["make_nothing"]


def test_a_broken_module_stops_the_start(write: Write) -> None:
    write(fine=OPERATION, broken="import nothing_of_that_name\n")
    with pytest.raises(ModuleNotFoundError, match="nothing_of_that_name"):
        catalogue.load()


def test_a_repeated_name_stops_the_start(write: Write) -> None:
    write(one=OPERATION, two=OPERATION)
    with pytest.raises(DuplicateNameError, match=r"make_nothing .* \S+\.one, \S+\.two"):
        catalogue.load()


def test_an_imported_operation_is_not_counted_twice(write: Write) -> None:
    write(one=OPERATION, two="from folder_of_components.one import make_nothing\n")
    found = catalogue.load().operations["make_nothing"]
    assert found.function.__module__ == "folder_of_components.one"
