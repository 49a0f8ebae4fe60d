"""A trainer that sleeps instead of computing: the same folder, events and checkpoints.

``python tests/jobs/light_trainer.py FOLDER``; the folder's ``training.json`` may carry, as its
``source``, how to misbehave: "crash", "memory", "disk", "hang", "child", "silent".
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from arncnn.models import bundle
from arncnn.models.metadata import MadeWith, ModelIdentity, ModelMetadata, TrainingData
from arncnn.models.recipe import Recipe

STEP_S = float(os.environ.get("LIGHT_STEP_S", "0.05"))
STEPS = 3


def main(folder: Path) -> int:
    spec = json.loads((folder / "training.json").read_text())
    run = folder / "run"
    run.mkdir(exist_ok=True)
    epochs = spec["epochs"] or 3
    if spec.get("candidate"):
        return compare_again(folder)
    checkpoint = run / "epochs-done"
    done = int(checkpoint.read_text()) if checkpoint.exists() else 0
    say("start", epoch=done, epochs=epochs, images=100, precision="float32", parameters=1)
    misbehave(spec.get("source"))
    for epoch in range(done + 1, epochs + 1):
        for step in range(1, STEPS + 1):
            time.sleep(STEP_S)
            say("step", epoch=epoch, step=step, steps=STEPS, loss=1 / epoch, images_per_second=10.0)
        replace(checkpoint, str(epoch))
        with (run / "trained.txt").open("a") as trained:
            trained.write(f"{epoch} {os.getpid()}\n")
        say("epoch", epoch=epoch, loss=1 / epoch, v_loss=float("nan"), v_acc=90.0)
        if (folder / "stop").exists():
            break
    identity = seal(run / "model", folder.name)
    say("gate", passes=True, reasons=[], serving=None)
    say("done", model="run/model", id=identity.id, sha256=identity.sha256)
    return 0


def compare_again(folder: Path) -> int:
    serving = bundle.ModelBundle.open(folder / "serving").identity
    model = bundle.ModelBundle.open(folder / "run/model").identity
    say("gate", passes=True, reasons=[], serving=vars(serving))
    say("done", model="run/model", id=model.id, sha256=model.sha256)
    return 0


def misbehave(how: str | None) -> None:
    if how == "crash":
        raise SystemExit(3)
    if how == "memory":
        sys.stderr.write("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 9 bytes\n")
        raise SystemExit(1)
    if how == "disk":
        raise OSError(28, "No space left on device")
    if how == "silent":
        os.kill(os.getpid(), 9)
    if how == "child":
        subprocess.Popen(["sleep", "600"])
    if how in ("hang", "child"):
        time.sleep(600)


def seal(folder: Path, name: str) -> ModelIdentity:
    """A folder that passes every check short of building the network."""
    folder.mkdir(exist_ok=True)
    replace(folder / bundle.WEIGHTS, f"weights of {name}")
    recipe = Recipe("light").with_classes(2)
    learned = TrainingData("0" * 64, name, "0" * 64, 0, 0)
    described = ModelMetadata(("Disc", "Bar"), recipe, 0, learned, MadeWith("0", "0", "0"))
    return bundle.seal(folder, described).identity


def replace(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text)
    temporary.replace(path)


def say(event: str, **values: object) -> None:
    sys.stdout.write(json.dumps({"event": event, **values}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
