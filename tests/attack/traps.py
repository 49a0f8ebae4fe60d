"""Bombs and traps at the intake, and what each costs: ``python -m tests.attack.traps``.

Each is to be read or refused within a second of the processor and 512 MB. The least of a few tries
is taken, since a busy processor takes longer for the same. Exit code 1 when one costs more.
"""

import json
import sys
from dataclasses import asdict, dataclass

import numpy as np

from arncnn.errors import IntakeError
from arncnn.intake.refusals import REASONS
from arncnn.intake.sandbox import Sandbox
from tests.intake.traps import TRAPS

SECONDS, MIB = 1.0, 512
_TRIES = 3


@dataclass(frozen=True)
class Cost:
    """What became of a file, and what its child used.

    Attributes:
        outcome: "read", or the refusal's code.
        cpu_s: processor seconds.
        peak_mib: the most memory, in MiB.
    """

    outcome: str
    cpu_s: float
    peak_mib: float


def cost(sandbox: Sandbox, data: bytes) -> Cost:
    """One file, given to a child of its own.

    Raises:
        AssertionError: a picture without finite pixels, or a refusal without a reason.
    """
    sandbox.rest()
    sandbox.peak_kib, sandbox.cpu_s = 0, 0.0
    outcome = "read"
    try:
        scan = sandbox.decode([data], len(data), None)
    except IntakeError as error:
        outcome = error.code
        assert outcome in REASONS and outcome != "sandbox"
    else:
        assert np.isfinite(scan.pixels).all()
    sandbox.rest()  # the child ends, and what it used is known
    return Cost(outcome, sandbox.cpu_s, sandbox.peak_kib / 1024)


def main() -> int:
    """The command."""
    sandbox = Sandbox()
    costs = {
        name: min((cost(sandbox, build()) for _ in range(_TRIES)), key=lambda each: each.cpu_s)
        for name, build in TRAPS.items()
    }
    sandbox.close()
    broken = [n for n, each in costs.items() if each.cpu_s > SECONDS or each.peak_mib > MIB]
    dearest = max(costs, key=lambda name: costs[name].cpu_s)
    told = {"traps": len(costs), "dearest": {dearest: asdict(costs[dearest])}, "broken": broken}
    print(json.dumps(told))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
