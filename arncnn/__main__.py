"""``python -m arncnn``: the command line."""

import sys

from arncnn.cli import main

if __name__ == "__main__":
    sys.exit(main())
