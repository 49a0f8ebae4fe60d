"""``read``: read scans from files, folders and ZIP archives, one JSON object a line."""

import argparse
import csv
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arncnn.errors import UsageError

if TYPE_CHECKING:
    from arncnn.inference.unread import Unread

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
    parser.add_argument(
        "paths",
        nargs="+",
        type=_place,
        metavar="PATH",
        help="files, folders, ZIP archives; with --engine ray addresses such as s3://bucket/scans",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--jsonl", action="store_true", help="one JSON object per line (default)")
    form.add_argument("--csv", action="store_true", help="a table of the main columns")
    form.add_argument("--parquet", action="store_true", help="with --engine ray: Parquet files")
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="default: the bundled model")
    parser.add_argument(
        "--workers",
        type=int,
        default=1,
        metavar="N",
        help="decoder processes; with --engine ray: processors per reader",
    )
    parser.add_argument(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="ray: use the cluster at RAY_ADDRESS, or all processors of this machine",
    )
    parser.add_argument(
        "--out",
        type=_place,
        metavar="PLACE",
        help="with --engine ray: folder or address for the results; run again to resume",
    )
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
        "--resume",
        type=Path,
        metavar="FILE",
        help="skip the paths in that JSONL file, but those that failed because they did not come",
    )


def run(arguments: argparse.Namespace) -> int:
    """Read everything, in order, never stopping at a bad file; 0 even when some failed.

    1 when files were left unread, without a row: a run with --resume reads those.
    """
    if arguments.engine == "ray":
        return _on_ray(arguments)
    if arguments.out is not None or arguments.parquet:
        raise UsageError("--out and --parquet belong to --engine ray; leave them out without it.")
    if any(isinstance(path, str) for path in arguments.paths):
        raise UsageError(
            "Addresses are read with --engine ray; without it, name files and folders."
        )
    from arncnn.inference.read_paths import read_paths
    from arncnn.inference.unread import Unread
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
    left = Unread()
    lines = left.taken_from(
        read_paths(reader, arguments.paths, workers=arguments.workers, skip=done)
    )
    if arguments.csv:
        _write_csv(lines)
    else:
        for line in lines:
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
    return _said(left, "Read again with --resume and the JSON lines written so far.")


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


def _on_ray(arguments: argparse.Namespace) -> int:
    """Read on a Ray cluster into a folder or an object store; one JSON object of what was done.

    1 when files were left unread; a second run reads those.
    """
    is_other = arguments.sr or arguments.series or arguments.resume or arguments.csv
    if is_other or arguments.slices is not None or arguments.out is None:
        raise UsageError(
            "--engine ray reads single files into --out PLACE, as JSON lines or --parquet, and "
            "resumes there by itself; leave --csv, --sr, --series, --slices and --resume out."
        )
    from arncnn import config
    from arncnn.cli.progress import ProgressBar
    from arncnn.inference.read_on_ray import read_on_ray
    from arncnn.inference.shards import Form, Place, Plan
    from arncnn.inference.unread import Unread
    from arncnn.models.bundle import ModelBundle

    model = arguments.model or config.default_model()
    out = arguments.out if isinstance(arguments.out, str) else str(arguments.out.absolute())
    form: Form = "parquet" if arguments.parquet else "jsonl"
    identity = ModelBundle.open(model).identity
    plan = Plan.of(Place(out.rstrip("/")), arguments.paths, form, identity.sha256)
    with ProgressBar() as told:
        done = read_on_ray(plan, model, workers=max(1, arguments.workers), told=told)
    sys.stdout.write(json.dumps({"out": out, **asdict(done)}) + "\n")
    left = Unread()
    for missing in plan.missing().values():
        left.not_found(missing.files, missing.host)
    left.undelivered = max(0, done.unread - left.missing.total())
    return _said(left, "Run the same command again to read what is left.")


def _place(said: str) -> Path | str:
    """A path of this machine, or an address as it is."""
    from arncnn.intake.remote import is_address

    return said if is_address(said) else Path(said)


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
    from arncnn.inference.read_paths import has_no_row

    paths: set[str] = set()
    with file.open("rb") as lines:
        for line in lines:
            try:
                row = json.loads(line)
                paths.update(() if has_no_row(row) else (row["path"],))  # as older versions wrote
            except (ValueError, KeyError, TypeError):
                continue  # the line that was being written when the last run was stopped
    return frozenset(paths)


def _said(left: "Unread", advice: str) -> int:
    """Say what is left unread, if anything; the exit code."""
    if left:
        sys.stderr.write(f"arncnn: {' '.join(left.sentences())} {advice}\n")
    return 1 if left else 0


def _write_csv(lines: Iterator[Mapping[str, Any]]) -> None:
    writer = csv.DictWriter(sys.stdout, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for line in lines:
        header = line["header"]["verdict"] if line["header"] else None
        reasons = " ".join(line["reasons"])
        writer.writerow({**line, "reasons": reasons, "header": header})
        sys.stdout.flush()
