"""The command line: one file a command, imported only when that command runs.

A command's file has two functions, ``add_arguments(parser)`` and ``run(arguments)``, which
returns the exit code. Results go to standard output, as JSON alone; progress and messages
go to standard error.

| Exit code | Meaning |
| --- | --- |
| 0 | done |
| 1 | could not be done; one line on standard error says why and what to do |
| 2 | the command was not written as it should be |
| 130 | interrupted from the keyboard |
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from arncnn import __version__
from arncnn.errors import ArncnnError

COMMANDS = {
    "data": "fetch, show or verify the data set",
    "train": "train a network, or resume a stopped training",
    "calibrate": "recalibrate a trained model; its weights stay",
    "evaluate": "measure a model on a test set",
    "read": "read scans: files, folders and ZIP archives",
    "explain": "draw why a model gives its answer for a scan",
    "bench": "measure how fast readings and pages are",
    "jobs": "list, start and stop trainings",
    "models": "list, promote and roll back models",
    "compare": "train and compare networks side by side",
    "users": "list accounts, grant and revoke roles, switch an account off",
    "pacs": "receive scans from archives, read them and answer",
    "store": "check, back up and restore the case store",
}
"""Each command, a module of this package, with the line that the help shows."""

_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        parsed = _parser(arguments).parse_args(arguments)
        code: int = importlib.import_module(f"arncnn.cli.{parsed.command}").run(parsed)
        sys.stdout.flush()
    except ArncnnError as error:
        sys.stderr.write(f"arncnn: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("arncnn: interrupted\n")
        return _INTERRUPTED
    except BrokenPipeError:  # the reader of the output, e.g. head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _parser(arguments: list[str]) -> argparse.ArgumentParser:
    """The parser, with the arguments of the one command that is asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m arncnn",
        description="ARN-CNN reads Medical MNIST scans and explains its readings. "
        "For research and demonstration. Not for diagnosis.",
    )
    parser.add_argument("--version", action="version", version=f"arncnn {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    asked = next((word for word in arguments if not word.startswith("-")), None)
    for name, line in COMMANDS.items():
        command = commands.add_parser(name, help=line, description=line.capitalize() + ".")
        if name == asked:
            importlib.import_module(f"arncnn.cli.{name}").add_arguments(command)
    return parser
