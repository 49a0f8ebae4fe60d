"""A trainer that takes memory without end, as far as it is let: ``greedy_trainer.py FOLDER``."""

import sys
from typing import Any

import numpy as np

from arncnn.jobs import attempt

ENOUGH = 4 * 10**9  # lest a limit that does not hold takes the machine's memory after all


def take_all(*_arguments: Any) -> None:
    taken: list[np.ndarray] = []
    while len(taken) * 10**8 < ENOUGH:
        taken.append(np.ones(10**8, np.uint8))
    raise SystemExit(3)


if __name__ == "__main__":
    attempt._train_and_judge = take_all
    sys.exit(attempt.main(sys.argv[1:]))
