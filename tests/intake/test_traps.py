"""Bombs and traps: each read or refused, with a reason, within a second and 512 MB."""

from collections.abc import Iterator

import numpy as np
import pytest

from arncnn.errors import IntakeError
from arncnn.intake.refusals import REASONS
from arncnn.intake.sandbox import Sandbox
from tests.intake.traps import TRAPS

pytestmark = pytest.mark.attack

SECONDS = 1.0
KIB = 512 * 1024


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def test_there_are_at_least_forty_traps() -> None:
    assert len(TRAPS) >= 40


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_is_read_or_refused_in_a_second_and_512_mb(sandbox: Sandbox, name: str) -> None:
    data = TRAPS[name]()
    sandbox.rest()
    sandbox.peak_kib, sandbox.cpu_s = 0, 0.0
    code = "read"
    try:
        scan = sandbox.decode([data], len(data), None)
    except IntakeError as error:
        code = error.code
        assert error.code in REASONS
        assert error.code != "sandbox"
    else:
        assert np.isfinite(scan.pixels).all()
    sandbox.rest()  # the child ends, and what it used is known
    print(f"{name}: {code} after {sandbox.cpu_s:.2f} s, {sandbox.peak_kib // 1024} MB")
    # Processor seconds of the child, which do not depend on what else the machine does
    assert 0 < sandbox.cpu_s <= SECONDS
    assert 0 < sandbox.peak_kib <= KIB
