"""The table of targets gets what ``make load`` measured: ``python -m tests.load.table``."""

import json
import sys

from arncnn.experiments import targets
from tests.load.__main__ import RESULT, TABLE


def main() -> int:
    """Puts the stored result into the table and names what fell; 0 when done."""
    found = json.loads(RESULT.read_text(encoding="utf-8"))
    known = {"machine": {"cores": found["cores"]}, **found}  # results of before name no more
    for sentence in targets.write(TABLE, "load", known):
        sys.stderr.write(f"{sentence}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
