"""Whatever is logged, billed, paid and taken back in any order, the money stays right."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from billing_machine import FRIDAY_MORNING_US, BillingMachine
from founding_again import Founder
from houses import Refused
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from planted_billing_faults import FAULTS, Plant

# Nothing of it has to outlive a power cut: in memory, where the platform has such a place.
MEMORY = Path("/dev/shm")
ROOM_FOR_CHOICES = 64 * 1024

NewHouse = Callable[[], AbstractContextManager[str]]


@contextmanager
def new_file() -> Generator[str]:
    """Yield the URL of a SQLite file that is not there yet."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield f"sqlite+aiosqlite:///{(Path(folder) / 'hoursmith.db').as_posix()}"


@contextmanager
def emptied(founder: Founder) -> Generator[str]:
    """Yield the URL of a migrated PostgreSQL database after it was emptied."""
    founder.found_again(FRIDAY_MORNING_US)
    yield founder.url


def run(new_house: NewHouse, examples: int, steps: int, **more: Any) -> None:
    """Run the machine that often, each time that long; another order each time it is asked."""
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        report_multiple_bugs=False,
        **more,
    )
    machine: Any = partial(BillingMachine, new_house)
    with pytest.MonkeyPatch.context() as patch:
        # Hypothesis ends an example that has drawn 8 KB, about 400 steps, and says nothing.
        for module in ("stateful", "internal.conjecture.engine"):
            patch.setattr(f"hypothesis.{module}.BUFFER_SIZE", ROOM_FOR_CHOICES)
        run_state_machine_as_test(machine, settings=chosen)


@pytest.mark.parametrize(
    ("examples", "steps"),
    [
        (5, 30),
        pytest.param(20, 60, marks=pytest.mark.ci),
        pytest.param(100, 500, marks=pytest.mark.long),
    ],
)
def test_in_any_order_of_calls_no_hour_is_billed_twice_or_never(examples: int, steps: int) -> None:
    run(new_file, examples, steps)


@pytest.mark.parametrize(
    ("examples", "steps"),
    [
        pytest.param(5, 60, marks=pytest.mark.ci),
        pytest.param(20, 500, marks=pytest.mark.long),
    ],
)
def test_on_postgresql_no_hour_is_billed_twice_or_never_either(
    postgresql_founder: Founder, examples: int, steps: int
) -> None:
    run(partial(emptied, postgresql_founder), examples, steps)


@pytest.mark.ci
@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_found(monkeypatch: pytest.MonkeyPatch, plant: Plant) -> None:
    plant(monkeypatch)
    with pytest.raises((AssertionError, Refused)):
        run(new_file, 40, 60, derandomize=True, database=None, phases=[Phase.generate])
