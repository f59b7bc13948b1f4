"""The page that explains the API: drawn in a real browser, by what lies here alone."""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browsers import BROWSER, open_page
from houses import open_house
from rest_calls import HOST, rest_client
from served import served

from hoursmith_mcp.adapters.rest import viewer
from hoursmith_mcp.adapters.rest.documentation import DOCUMENT, FILES, PAGE, RELEASED
from hoursmith_mcp.adapters.rest.openapi import build_openapi
from hoursmith_mcp.catalogue import load
from hoursmith_mcp.schemas.event_types import EVENT_TYPES

pytestmark = pytest.mark.anyio

OPERATIONS = [one.name for one in load().operations.values() if one.rest is not None]
TOLD = [f"post{name.replace('.', '_')}" for name in EVENT_TYPES]
"""What is sent to others has no name of its own in the document, but for its type."""

DRAWN = """
new Promise((done) => {
  const look = () => document.querySelectorAll(".opblock").length >= COUNT && done(true);
  new MutationObserver(look).observe(document, {childList: true, subtree: true});
  look();
})
"""
SUMMARIES = """[...document.querySelectorAll(".opblock")].map((one) => one.id.split("-").pop())"""
OPEN_ONE = """
document.querySelector(".opblock-summary-control").click();
new Promise((done) => {
  const look = () => document.querySelector(".opblock-body") && done(true);
  new MutationObserver(look).observe(document, {childList: true, subtree: true});
  look();
})
"""
FOREIGN = "https://elsewhere.example/pixel.png"
BREAK_THE_POLICY = f"""
new Promise((done) => {{
  document.addEventListener("securitypolicyviolation", () => done(violations.length));
  document.body.appendChild(new Image()).src = "{FOREIGN}";
}})
"""


async def test_the_page_and_all_its_parts_are_served_from_here(sqlite_url: str) -> None:
    async with open_house(sqlite_url) as (runtime, _), rest_client(runtime) as client:
        page = await client.get(f"http://{HOST}{PAGE}")
        parts = re.findall(r'(?:src|href)="(?!data:)([^"]+)" integrity="sha256-', page.text)
        assert len(parts) == len(re.findall(r'(?:src|href)="(?!data:)', page.text)) == len(FILES)
        for path in (PAGE, DOCUMENT, *parts):
            answer = await client.get(f"http://{HOST}{path}")
            assert answer.status_code == 200
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; ")
            assert "unsafe" not in policy
            assert "//" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            tag = {"If-None-Match": answer.headers["etag"]}
            assert (await client.get(f"http://{HOST}{path}", headers=tag)).status_code == 304
        assert (await client.get(f"http://{HOST}{DOCUMENT}")).json() == json.loads(
            json.dumps(build_openapi(load(), server_url=""))
        )


@pytest.mark.parametrize("name", RELEASED)
def test_the_viewer_is_what_was_released(name: str) -> None:
    content = (importlib.resources.files(viewer) / name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == RELEASED[name]


@pytest.mark.ci
@pytest.mark.skipif(BROWSER is None, reason="there is no chromium here")
def test_a_browser_draws_every_operation_and_asks_nobody_else(
    sqlite_url: str, tmp_path: Path
) -> None:
    with served(sqlite_url) as url, open_page(tmp_path) as page:
        address = url.removesuffix("/mcp") + PAGE
        page.say("Page.navigate", url=address)
        page.evaluate(DRAWN.replace("COUNT", str(len(OPERATIONS + TOLD))))
        page.evaluate(OPEN_ONE)
        assert sorted(page.evaluate(SUMMARIES)) == sorted(OPERATIONS + TOLD)
        page.picture(tmp_path / "page.png")
        assert page.evaluate("violations") == []
        assert page.complaints() == []
        assert {urlsplit(one).netloc for one in page.requests()} == {urlsplit(address).netloc, ""}
        # And all this would be seen:
        assert page.evaluate(BREAK_THE_POLICY) == 1
        assert page.evaluate("violations") == [f"img-src {FOREIGN}"]
        assert page.complaints()
