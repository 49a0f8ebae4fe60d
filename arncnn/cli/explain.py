"""``explain``: draw why a model reads a scan as it does."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from arncnn.cli.progress import ProgressBar
from arncnn.errors import UsageError

if TYPE_CHECKING:
    from arncnn.cases.loaded_model import LoadedModel
    from arncnn.explain.base import Maps
    from arncnn.inference.reading import Reading
    from arncnn.intake.scan import Scan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from arncnn.explain import DEFAULT_METHOD, METHODS
    from arncnn.explain.input_checks import INPUT_CHECKS

    parser.epilog = (
        "Prints one JSON object that describes the map in words, with its unit, scale and "
        "model. Occlusion, RISE and integrated gradients on the pixels run the network "
        "many times."
    )
    parser.add_argument("path", type=Path, metavar="PATH", help="a scan")
    parser.add_argument(
        "--method",
        default=DEFAULT_METHOD,
        choices=[*METHODS, *INPUT_CHECKS],
        metavar="NAME",
        help=f"one of {', '.join([*METHODS, *INPUT_CHECKS])}; default: {DEFAULT_METHOD}",
    )
    parser.add_argument(
        "--label", metavar="CLASS", help="default: the likeliest class by the pixels"
    )
    parser.add_argument("--against", metavar="CLASS", help="draw the difference to this class")
    parser.add_argument(
        "--known",
        action="store_true",
        help='draw what speaks for and against the output "known": that it is one of the classes',
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the image, as PNG")
    parser.add_argument("--json", action="store_true", help="add the raw map to the output")
    parser.add_argument("--opacity", type=float, default=0.7, metavar="SHARE", help="0 to 1")
    parser.add_argument("--grid", action="store_true", help="draw the map's own cells")
    parser.add_argument("--frame", type=int, metavar="N", help="from 0; default: the middle one")
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="default: the bundled model")


def run(arguments: argparse.Namespace) -> int:
    """Explain one scan."""
    if arguments.out is None and not arguments.json:
        raise UsageError("Specify the output file with --out FILE, or use --json.")
    if arguments.out is not None and arguments.out.suffix.lower() != ".png":
        raise UsageError("The image is written as PNG; choose a file name that ends in .png.")
    if not 0 <= arguments.opacity <= 1:
        raise UsageError("The opacity must be from 0 to 1.")
    if arguments.known and (arguments.label or arguments.against):
        raise UsageError("--known draws no class; leave out --label and --against.")
    from arncnn.cases.loaded_model import LoadedModel
    from arncnn.intake import open_scan

    scan = open_scan(arguments.path, frame=arguments.frame)
    model = LoadedModel.open(arguments.model)
    reading = model.reader.read(scan)
    if arguments.known:
        maps, label, other = _maps_of_known(arguments.method, model, reading), None, None
    else:
        label = _class(arguments.label or reading.pixel_label, reading.labels)
        other = None if arguments.against is None else _class(arguments.against, reading.labels)
        maps = _maps(arguments.method, model, reading)
    result, values = _described(maps, reading, label, other)
    if arguments.out is not None:
        _draw(arguments, scan, reading, maps, result, values)
    if arguments.json:
        result["map"] = [[round(float(v), 7) for v in row] for row in values]
    json.dump({"path": str(arguments.path), **result}, sys.stdout)
    sys.stdout.write("\n")
    return 0


def _class(label: str, labels: tuple[str, ...]) -> int:
    if label not in labels:
        raise UsageError(f"The model knows no class {label!r}; it knows {', '.join(labels)}.")
    return labels.index(label)


def _maps(method: str, model: "LoadedModel", reading: "Reading") -> "Maps":
    from arncnn.explain import METHODS, HeadPass
    from arncnn.explain.input_checks import INPUT_CHECKS

    if method in METHODS:
        head_pass = HeadPass.of(model.reader.head, reading.features)
        return METHODS[method].explain(head_pass, model.reader.scales.get(method) or None)
    with ProgressBar() as progress:
        image = reading.model_input.images[reading.view]
        return INPUT_CHECKS[method].compute(model.probe, image, progress)


def _maps_of_known(method: str, model: "LoadedModel", reading: "Reading") -> "Maps":
    from arncnn.explain import METHODS
    from arncnn.explain.known_evidence import explain_known, known_logits
    from arncnn.explain.occlusion import occlusion

    reader, guard = model.reader, model.reader.novelty
    if guard is None or guard.known is None:
        raise UsageError('The model has no output "known": it was trained without outliers.')
    if method in METHODS:
        conv_map = reading.features.conv_map
        return explain_known(reader.head, guard.known, conv_map, reader.scales)[method]
    if method != "occlusion":
        raise UsageError(
            f'{method} is not available for "known"; choose occlusion, {", ".join(METHODS)}.'
        )
    with ProgressBar() as progress:
        predict = known_logits(model.probe, reader.head, guard.known)
        image = reading.model_input.images[reading.view]
        return occlusion(predict, image, progress=progress)


def _described(
    maps: "Maps", reading: "Reading", label: int | None, other: int | None
) -> tuple[dict[str, Any], np.ndarray]:
    """The JSON object without the map, and the map; without a label it is one of "known"."""
    from arncnn.explain import words
    from arncnn.explain.class_evidence import class_evidence
    from arncnn.explain.known_evidence import TITLE
    from arncnn.labels import title

    found = class_evidence(maps, label or 0, other)
    name = "known" if label is None else reading.labels[label]
    values, against = found.map, None if other is None else reading.labels[other]
    return {
        "method": maps.method,
        "label": name,
        "against": against,
        "unit": maps.unit,
        "signed": found.is_signed,
        "scale": maps.scale,
        "scale_is_the_models": maps.reference is not None,
        "shape": list(values.shape),
        "sum": float(values.sum(dtype=np.float64)),
        "difference": found.difference,
        "residual": found.residual,
        "description": words.describe(
            values,
            TITLE if label is None else title(name),
            maps.unit,
            is_signed=found.is_signed,
            other=against and title(against),
        ),
        "verdict": reading.verdict,
        "reasons": list(reading.reasons),
        "view": reading.model_input.views[reading.view],
        "frame": reading.frame,
        "frames": reading.frames,
        "model": {"id": reading.model.id, "sha256": reading.model.sha256},
    }, values


def _draw(
    arguments: argparse.Namespace,
    scan: "Scan",
    reading: "Reading",
    maps: "Maps",
    result: dict[str, Any],
    values: np.ndarray,
) -> None:
    from arncnn.config import INTENDED_USE
    from arncnn.figures import evidence, picture
    from arncnn.preprocess import CT_WINDOWS

    view = reading.model_input.views[reading.view]
    seen_through = next((w for w in CT_WINDOWS if scan.is_hounsfield and w.name == view), None)
    over = picture.overlay(
        picture.fit(picture.display(scan, seen_through)),
        values,
        scale=maps.scale,
        is_signed=result["signed"],
        opacity=arguments.opacity,
        smooth=not arguments.grid,
    )
    against = f" rather than {result['against']}" if result["against"] else ""
    drawn = evidence.plate(
        over,
        scale=maps.scale,
        unit=maps.unit,
        is_signed=result["signed"],
        opacity=arguments.opacity,
        lines=[
            f"{result['label']}{against}, {maps.method}, {view}",
            f"model {reading.model.id}",
            INTENDED_USE,
        ],
    )
    try:
        arguments.out.write_bytes(picture.png(drawn))
    except OSError as error:
        raise UsageError("The image cannot be written there; choose another --out.") from error
