"""``read``: read scans from files, folders and ZIP archives, one JSON object a line."""

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from arncnn.errors import UsageError

COLUMNS = (
    "path",
    "status",
    "label",
    "verdict",
    "reasons",
    "entropy",
    "novelty_p_value",
    "header",
    "error",
)

_ALL = 0  # slices: every one


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--jsonl", action="store_true", help="one JSON object per line (default)")
    form.add_argument("--csv", action="store_true", help="a table of the main columns")
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="default: the bundled model")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="decoder processes")
    parser.add_argument(
        "--sr",
        type=Path,
        metavar="OUT",
        help="of one DICOM file: also a structured report (TID 1500)",
    )
    parser.add_argument(
        "--series",
        action="store_true",
        help="one answer per scan: the files of a DICOM series together, or the frames of a file",
    )
    parser.add_argument(
        "--slices",
        type=_slices,
        metavar="N",
        help="with --series: frames read of one file, evenly spaced, or all; default: 32",
    )
    parser.add_argument(
        "--resume", type=Path, metavar="FILE", help="skip the paths in that JSONL file"
    )


def run(arguments: argparse.Namespace) -> int:
    """Read everything, in order, never stopping at a bad file; 0 even when some failed."""
    from arncnn.inference.read_paths import read_paths
    from arncnn.intake import sandbox

    sandbox.shared().start()  # the decoders load while TensorFlow does
    from arncnn.inference.reader import Reader

    if arguments.sr is not None:
        return _report(arguments)
    if arguments.series:
        return _series(arguments)
    if arguments.slices is not None:
        raise UsageError("--slices sets how much of a scan is read; use it with --series.")
    done = _done(arguments.resume) if arguments.resume else frozenset()
    reader = Reader.open(arguments.model)
    lines = read_paths(reader, arguments.paths, workers=arguments.workers, skip=done)
    if arguments.csv:
        _write_csv(lines)
    else:
        for line in lines:
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
    return 0


def _report(arguments: argparse.Namespace) -> int:
    """Read one DICOM file, write its structured report and print its reading."""
    if len(arguments.paths) != 1 or not arguments.paths[0].is_file():
        raise UsageError("A structured report covers one file; give exactly one with --sr.")
    if arguments.csv or arguments.resume:
        raise UsageError("--csv and --resume are for tables of readings; leave them out with --sr.")
    if arguments.sr.exists():
        raise UsageError("The file at --sr OUT already exists; choose a new name.")
    from arncnn.files import write_durably
    from arncnn.inference.reader import Reader
    from arncnn.intake import open_scan
    from arncnn.reports.structured_report import structured_report

    path = arguments.paths[0]
    reading = Reader.open(arguments.model).read(open_scan(path))
    report = structured_report(reading, path.read_bytes())
    try:
        write_durably(arguments.sr, report)  # it names the patient: for the owner's eyes
    except OSError as error:
        raise UsageError("The report cannot be written there; choose another --sr OUT.") from error
    sys.stdout.write(json.dumps(reading.to_json(str(path))) + "\n")
    return 0


def _series(arguments: argparse.Namespace) -> int:
    """Read whole scans, one JSON object a line."""
    if arguments.csv or arguments.resume:
        raise UsageError("--csv and --resume are for single readings; leave them out here.")
    from arncnn.inference.read_series import read_series
    from arncnn.inference.reader import Reader
    from arncnn.inference.series import SLICES

    reader = Reader.open(arguments.model)
    wanted = SLICES if arguments.slices is None else arguments.slices
    most = None if wanted == _ALL else wanted
    for line in read_series(reader, arguments.paths, most=most, workers=arguments.workers):
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
    return 0


def _slices(said: str) -> int:
    if said == "all":
        return _ALL
    number = int(said)
    if number < 1:
        raise ValueError
    return number


def _done(file: Path) -> frozenset[str]:
    if not file.exists():
        return frozenset()
    paths = set()
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            paths.add(json.loads(line)["path"])
        except (ValueError, KeyError):
            continue  # the line that was being written when the last run was stopped
    return frozenset(paths)


def _write_csv(lines: Iterator[dict[str, Any]]) -> None:
    writer = csv.DictWriter(sys.stdout, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for line in lines:
        header = line["header"]["verdict"] if line["header"] else None
        reasons = " ".join(line["reasons"])
        writer.writerow({**line, "reasons": reasons, "header": header})
        sys.stdout.flush()
