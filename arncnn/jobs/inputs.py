"""What an attempt needs, laid into its job's folder by the supervisor before it starts."""

import json
import shutil
import sys
from pathlib import Path

from arncnn import config
from arncnn.data.approved_corrections import HELD_OUT, LEARNED
from arncnn.errors import JobError, ModelError
from arncnn.files import write_durably
from arncnn.jobs import artefacts, attempt
from arncnn.jobs.training_spec import FROM_SERVICE, TrainingSpec
from arncnn.models.bundle import ModelBundle
from arncnn.store import Store, training_examples
from arncnn.store.job import Job
from arncnn.store.roles import SUPERVISOR


def folder_of(job_id: str) -> Path:
    """The working folder of a job."""
    return config.home() / training_examples.RUNS / job_id


def prepare_inputs(store: Store, job: Job) -> Path:
    """Write a job's inputs, once: every attempt trains on the same.

    Raises:
        JobError: the job was queued by another version, there is no model to go on from, a case
            it learned from was deleted since, or the shared artefact store does not answer.
        StoreError: the corrections cannot be read, or the disk is full.
        ModelError: the model in service was altered.
    """
    folder = folder_of(job.id)
    artefacts.of_job(folder).withdraw_stop()
    spec = TrainingSpec.from_json(job.spec)
    if (folder / attempt.SPEC).exists():
        _require_examples(folder, spec)
        return folder
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    serving = serving_folder(store)
    labels: tuple[str, ...] = ()
    if serving is not None:
        labels = ModelBundle.open(serving).labels
        shutil.copytree(serving, folder / attempt.SERVING, dirs_exist_ok=True)
    elif spec.start == FROM_SERVICE:
        raise JobError("There is no model in service to continue from; train from scratch instead.")
    if spec.use_corrections and labels:
        export = training_examples.export
        export(store, SUPERVISOR, labels, folder / LEARNED, part="train")
        export(store, SUPERVISOR, labels, folder / HELD_OUT, part="held-out")
    if spec.candidate is not None:
        trained = store.models.get(SUPERVISOR, spec.candidate).folder
        shutil.copytree(trained, folder / attempt.RUN / attempt.MODEL, dirs_exist_ok=True)
    write_durably(folder / attempt.SPEC, json.dumps(spec.to_json(), indent=1).encode())
    artefacts.of_job(folder).push()
    return folder


def _require_examples(folder: Path, spec: TrainingSpec) -> None:
    """Deleting a case takes the examples away that hold it, see ``Cases.delete``."""
    names = (LEARNED, HELD_OUT)
    learns = spec.use_corrections and (folder / attempt.SERVING).is_dir()
    if learns and not all((folder / name).exists() for name in names):
        raise JobError(
            "A scan that was used to train or test it has since been deleted. Start a new training."
        )


def serving_folder(store: Store) -> Path | None:
    """The model in service: of the registry, else the bundled one, else None.

    Raises:
        ModelError: the registered model was altered.
    """
    serving = store.models.serving()
    if serving is not None:
        return serving.folder
    bundled = config.default_model()
    try:
        ModelBundle.open(bundled)
    except ModelError:
        if (bundled / "model.json").exists():
            raise
        return None
    return bundled


def command(folder: Path) -> tuple[str, ...]:
    """The program that carries out an attempt in a folder."""
    return (sys.executable, "-m", "arncnn.jobs.attempt", str(folder))
