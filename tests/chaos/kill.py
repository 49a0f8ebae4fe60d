"""``python -m tests.chaos.kill --kills 200``: the kill campaign; see ``tests.chaos.jobs``."""

import sys

from tests.chaos.jobs import main

if __name__ == "__main__":
    sys.exit(main())
