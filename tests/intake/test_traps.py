"""Bombs and traps: each read or refused, with a reason, within a second and 512 MB.

Two inflate all that may be inflated, and here have the time that their child is given for it:
whether a second is enough for that depends on the machine, and `make attack` measures it.
"""

from collections.abc import Iterator

import pytest

from arncnn.intake import limits
from arncnn.intake.sandbox import Sandbox
from tests.attack import traps
from tests.intake.traps import TRAPS

pytestmark = pytest.mark.attack

_INFLATING_S = limits.MAX_INFLATED_BYTES / limits.CPU_INFLATED_PER_SECOND


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def test_there_are_at_least_forty_traps() -> None:
    assert len(TRAPS) >= 40


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_is_read_or_refused_in_its_time_and_512_mb(sandbox: Sandbox, name: str) -> None:
    data = TRAPS[name]()
    found = traps.cost(sandbox, data)
    print(f"{name}: {found.outcome} after {found.cpu_s:.2f} s, {found.peak_mib:.0f} MB")
    inflated = found.outcome == "inflates_too_far"
    most = limits.cpu_seconds(len(data)) + _INFLATING_S if inflated else traps.SECONDS
    assert 0 < found.cpu_s <= most
    assert 0 < found.peak_mib <= traps.MIB
