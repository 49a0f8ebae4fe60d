"""``train``: train a network from a recipe, or go on where a training stopped."""

import argparse
import json
import signal
import sys
from dataclasses import fields
from pathlib import Path
from types import FrameType

from arncnn.cli.progress import ProgressBar
from arncnn.progress import Event


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = (
        "The same command on the same --run folder resumes where it was stopped or killed. "
        "The finished model is in its folder 'model'."
    )
    parser.add_argument(
        "--recipe",
        default="robust",
        help="robust (default), paper, fine-tune, transfer or outliers",
    )
    parser.add_argument(
        "--run", required=True, type=Path, metavar="FOLDER", help="of this training"
    )
    parser.add_argument(
        "--from", dest="source", metavar="SOURCE", help="of the data; else ARNCNN_DATA"
    )
    parser.add_argument("--subset", type=int, metavar="N", help="train on N images only")
    parser.add_argument("--epochs", type=int, metavar="N", help="at most")
    parser.add_argument("--batch-size", type=int, metavar="N", help="images per step (batch size)")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--initial", metavar="MODEL", help="start from that model's weights")
    parser.add_argument(
        "--average-with",
        dest="averaged_with",
        metavar="MODEL",
        help="make the result the mean of the weights and that model's",
    )
    parser.add_argument(
        "--share", type=float, default=0.5, metavar="S", help="of --average-with, 0 to 1 (0.5)"
    )
    parser.add_argument(
        "--extra", dest="corrections", metavar="FILE", help=".npz of approved corrections"
    )
    parser.add_argument(
        "--leave-out", metavar="CLASS", help="train without one class, to test refusals"
    )
    parser.add_argument(
        "--fold", type=int, metavar="I", help="test on that grouped fold, counted from 0"
    )
    parser.add_argument("--folds", type=int, default=5, metavar="K", help="of how many (5)")
    parser.add_argument(
        "--outliers",
        metavar="FOLDER",
        help="of <kind>/ folders of images that show none of the classes (recipe outliers)",
    )
    parser.add_argument(
        "--without-kind",
        dest="without_kinds",
        action="append",
        default=[],
        metavar="KIND",
        help="of outlier left out of training, to measure on it; may be repeated",
    )
    parser.add_argument("--events", action="store_true", help="print one JSON event per line")


def run(arguments: argparse.Namespace) -> int:
    """Train, calibrate and seal the model; print where it is."""
    from arncnn.pipeline.train import train  # Keras loads here
    from arncnn.training.request import TrainingRequest

    stop = _StopOnSignal()
    progress = ProgressBar()

    def on_event(event: Event) -> None:
        if arguments.events:
            sys.stdout.write(json.dumps(event) + "\n")
            sys.stdout.flush()
        elif event["event"] == "step":
            progress(f"epoch {event['epoch']}", event["step"], event["steps"])
        elif event["event"] == "epoch":
            progress.close()
            sys.stderr.write(
                f"epoch {event['epoch']}: loss {event['loss']:.4f}, accuracy "
                f"{event['accuracy']:.3f}%, V_loss {event['v_loss']:.5f}, V_acc "
                f"{event['v_acc']:.3f}%, {event['duration_s']:.0f} s\n"
            )

    asked = {field.name: getattr(arguments, field.name) for field in fields(TrainingRequest)}
    bundle = train(
        TrainingRequest(**asked),
        arguments.run,
        on_event=on_event,
        should_stop=stop.asked,
        progress=progress,
    )
    done = {"event": "done", "model": str(bundle.folder), **vars(bundle.identity)}
    on_event(done)
    if not arguments.events:
        progress.close()
        json.dump(done, sys.stdout)
        sys.stdout.write("\n")
    return 0


class _StopOnSignal:
    """SIGTERM or SIGUSR1 asks for a stop after the current step; the best weights are kept."""

    def __init__(self) -> None:
        self._asked = False
        for number in (signal.SIGTERM, signal.SIGUSR1):
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._asked = True

    def asked(self) -> bool:
        """Whether a stop was asked for."""
        return self._asked
