"""``bench``: how fast it is, as ratios measured in one run."""

import argparse
import json
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--repeats", type=int, default=200, metavar="N", help="interleaved, median")
    parser.add_argument("--skip-browser", action="store_true", help="leave out what needs a server")
    parser.add_argument(
        "--files",
        type=int,
        default=0,
        metavar="N",
        help="also read N drawn files as read --workers 2 does; 1000 take a minute or two",
    )
    parser.add_argument(
        "--batches",
        type=int,
        default=512,
        metavar="N",
        help="small JPEGs and CT slices read in batches, in turns with the bare network",
    )
    parser.add_argument(
        "--table",
        type=Path,
        metavar="FILE",
        help="write targets, figures and ratios to that table; list those that fell by a tenth",
    )
    parser.add_argument("--json", action="store_true", help="print JSON (the only form there is)")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print one JSON object."""
    from arncnn.experiments import targets
    from arncnn.experiments.latency import latencies

    machine = targets.machine()
    result = latencies(arguments.repeats, with_server=not arguments.skip_browser)
    result["machine"] = machine
    if arguments.batches:
        from arncnn.experiments.batch_reading import batch_reading

        result["batches"] = batch_reading(arguments.batches)
    if arguments.files:
        from arncnn.experiments.throughput import read_drawn_files

        result["read"] = read_drawn_files(arguments.files)
    json.dump(result, sys.stdout, indent=1)
    sys.stdout.write("\n")
    if arguments.table:
        for sentence in targets.write(arguments.table, "bench", result):
            sys.stderr.write(f"{sentence}\n")
    return 0
