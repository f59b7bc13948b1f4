"""Webhooks from a terminal: a real process each time."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_command_line import run

pytestmark = pytest.mark.ci


def test_a_webhook_is_looked_after_from_a_terminal(tmp_path: Path) -> None:
    made = run(
        tmp_path,
        *("webhook", "create", "https://hooks.example.com/in"),
        *("--event", "invoice.*", "--event", "task.completed", "--description", "for n8n"),
    )
    assert made.stdout.startswith("whsec_")
    assert "shown" not in made.stdout
    webhook = made.stderr.split()[0]
    changed = run(tmp_path, "webhook", "update", webhook, "--event", "task.*", "--thin").stdout
    assert "task.*; ids alone; for n8n" in changed
    assert made.stdout.strip() not in changed
    for unclear in ((), ("--project", "Website", "--all-projects")):
        assert run(tmp_path, "webhook", "update", webhook, *unclear).returncode == 2
    queued = run(tmp_path, "webhook", "test", webhook).stdout
    assert queued.startswith("Queued task.created as dl_")
    assert "  paused  " in run(tmp_path, "webhook", "pause", webhook).stdout
    refused = run(tmp_path, "webhook", "replay", queued.split()[3].strip(";"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "still being sent" in refused.stderr
    assert run(tmp_path, "webhook", "delete", webhook).stdout.startswith(f"Deleted {webhook}")
    listed = run(tmp_path, "webhook", "deliveries", "--status", "dropped").stdout
    assert listed.startswith("dl_")
    assert "  dropped  " in listed


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"HOURSMITH_READ_ONLY": "1"}, "HOURSMITH_READ_ONLY is set, and a worker writes down"),
        ({"HOURSMITH_URL": "https://hours.example"}, "This works on a database"),
        ({"HOURSMITH_SECRET_KEY": "short"}, "HOURSMITH_SECRET_KEY is no key"),
    ],
)
def test_a_worker_that_could_not_send_does_not_start(
    tmp_path: Path, environment: dict[str, str], sentence: str
) -> None:
    ended = run(tmp_path, "worker", **environment)
    assert ended.returncode == 1
    assert ended.stderr.startswith(sentence)
    assert len(ended.stderr.splitlines()) == 1
