"""``calibrate``: calibrate a trained model anew; its weights stay."""

import argparse
import json
import sys
from pathlib import Path

from arncnn.cli.progress import ProgressBar


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = (
        "Temperature, prediction sets and refusal are made by this version, on the images that "
        "the training kept for that. For models of the paper's split, without corrections."
    )
    parser.add_argument("model", type=Path, metavar="MODEL", help="its folder; left as it is")
    parser.add_argument(
        "--to", required=True, type=Path, metavar="FOLDER", help="of the new model, not there yet"
    )
    parser.add_argument(
        "--from", dest="source", metavar="SOURCE", help="of the data; else ARNCNN_DATA"
    )


def run(arguments: argparse.Namespace) -> int:
    """Calibrate and seal; print where the model is."""
    from arncnn.pipeline.recalibrate import recalibrate  # Keras loads here

    progress = ProgressBar()
    bundle = recalibrate(arguments.model, arguments.to, source=arguments.source, progress=progress)
    progress.close()
    json.dump({"model": str(bundle.folder), **vars(bundle.identity)}, sys.stdout)
    sys.stdout.write("\n")
    return 0
