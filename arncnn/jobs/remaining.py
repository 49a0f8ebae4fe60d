"""How far a training is and how long it still takes, from what it last said of itself."""

from dataclasses import dataclass

from arncnn.store.job import Job

_STAGES = {
    "calibrating": "Calibrating and sealing the candidate",
    "comparing": "Comparing the candidate with the model in service",
    "downloading": "Fetching the data set",
    "packing": "Preparing the data set",
}
_BEFORE = "Starting: loading the network and the data"


@dataclass(frozen=True)
class Remaining:
    """Where a running training stands.

    Attributes:
        epoch: the one in progress, from 1; 0 before the first.
        epochs: at most; 0 while unknown.
        share: 0 to 1, of the epochs.
        left_s: seconds until the last epoch ends, by its present speed; None while unknown.
        sentence: what it does now.
    """

    epoch: int
    epochs: int
    share: float
    left_s: float | None
    sentence: str


def of_job(job: Job) -> Remaining:
    """Read a job's progress."""
    progress = job.progress
    epochs = int(progress.get("epochs") or 0)
    done = int(progress.get("epochs_done") or 0)
    step, steps = int(progress.get("step") or 0), int(progress.get("steps") or 0)
    stage = str(progress.get("stage") or "")
    if not epochs or (stage != "training" and done < epochs and stage not in _STAGES):
        return Remaining(done, epochs, 0.0, None, _STAGES.get(stage, _BEFORE))
    epoch = min(epochs, max(done, int(progress.get("epoch") or 0)))
    within = step / steps if steps and epoch > done else 0.0
    share = min(1.0, (done + within) / epochs)
    left_s = None
    speed, images = progress.get("images_per_second"), progress.get("images")
    if speed and images:
        left_s = (epochs - done - within) * images / speed
    sentence = _STAGES.get(stage) or f"Training, epoch {epoch} of {epochs}"
    return Remaining(epoch, epochs, share, left_s, sentence)
