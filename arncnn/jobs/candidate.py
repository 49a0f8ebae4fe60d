"""From a finished attempt to a candidate in the registry; doing it twice changes nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arncnn.errors import JobError
from arncnn.jobs import artefacts, attempt
from arncnn.models.bundle import ModelBundle
from arncnn.store import Store
from arncnn.store.job import Claim
from arncnn.store.roles import SUPERVISOR


def register(
    store: Store, claim: Claim, folder: Path, events: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Record the run and register its model with the gate's comparison.

    Args:
        store: of the registry.
        claim: the attempt that trained it.
        folder: of the job.
        events: the attempt's latest event of each kind; "done" and, when compared, "gate".

    Returns:
        The job's result: the model's address and name, and whether the gate lets it pass.

    Raises:
        JobError: the model is not the one the trainer announced, or not the one to be compared.
        ModelError: it is damaged.
        StoreError: it could not be stored now.
    """
    artefacts.of_job(folder).fetch()
    model_folder = folder / attempt.RUN / attempt.MODEL
    bundle = ModelBundle.open(model_folder)
    if bundle.identity.sha256 != events["done"].get("sha256"):
        raise JobError("The trained model is not the one its trainer reported; retry the job.")
    gate = events.get("gate")
    serving = gate.get("serving") if gate else None
    data_sha256 = bundle.metadata.data.sha256
    compared = store.jobs.get(SUPERVISOR, claim.job_id).spec.get("candidate")
    if compared is not None and compared != bundle.identity.sha256:
        raise JobError("The model compared is not the one requested; retry the job.")
    if compared is not None:
        model = store.models.get(SUPERVISOR, compared)  # nothing was trained: it is only judged
    else:
        known = store.runs.list(SUPERVISOR, job_id=claim.job_id)
        run = (
            known[0]
            if known
            else store.runs.record(
                SUPERVISOR,
                folder=str(folder),
                recipe=bundle.metadata.recipe.to_json(),
                seed=bundle.metadata.seed,
                metrics={"gate": dict(gate)} if gate else {},
                data_sha256=data_sha256,
                job_id=claim.job_id,
            )
        )
        model = store.models.register(
            SUPERVISOR,
            model_folder,
            job_id=claim.job_id,
            run_id=run.id,
            parent_sha256=serving["sha256"] if serving else None,
            data_sha256=data_sha256,
        )
    if gate is not None:
        store.models.judge(SUPERVISOR, model.sha256, gate)
    return {
        "model": model.sha256,
        "model_id": model.id,
        "passes_gate": bool(gate["passes"]) if gate else None,
    }
