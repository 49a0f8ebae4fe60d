"""Made-up readings, models and people for the store's tests."""

import hashlib
from pathlib import Path

import numpy as np

from arncnn.models.bundle import seal
from arncnn.models.metadata import MadeWith, ModelMetadata, TrainingData
from arncnn.models.recipe import Recipe
from arncnn.store import Actor, Role
from arncnn.store.case import NewCase
from arncnn.store.pictures import Pixels

MODEL = hashlib.sha256(b"a model").hexdigest()
ANNA = Actor("anna@clinic.example", frozenset({Role.CLINICIAN}))
BERT = Actor("bert@clinic.example", frozenset({Role.CLINICIAN}))
TILDA = Actor("tilda@clinic.example", frozenset({Role.TRAINER}))
APOLLO = Actor("apollo@clinic.example", frozenset({Role.APPROVER}))
ADA = Actor("ada@clinic.example", frozenset({Role.ADMIN}))
VERA = Actor("vera@clinic.example", frozenset({Role.VIEWER}))


def reading(label: str | None = "CXR", verdict: str = "accept", **changes: object) -> dict:
    """What `Reading.to_json()` gives, with an original file name in it."""
    return {
        "path": "Doe_Jane_19700101.dcm",
        "status": "read",
        "label": label,
        "probabilities": {"CXR": 0.9, "Hand": 0.1},
        "logits": {"CXR": 2.0, "Hand": -0.5},
        "verdict": verdict,
        "reasons": [],
        "entropy": 0.325,
        "prediction_set": ["CXR"],
        "novelty_p_value": 0.4,
        "header": {"modality": "CR", "body_part": "CHEST", "verdict": "agree"},
        "frame": 0,
        "frames": 1,
        "model": {"id": "paper-1", "sha256": MODEL},
        "error": None,
        **changes,
    }


def pixels(number: int = 0, views: int = 1) -> Pixels:
    random = np.random.default_rng(number)
    return Pixels(
        random.integers(0, 256, (40, 30), dtype=np.uint8),
        random.random((views, 64, 64, 1), dtype=np.float32),
    )


def new_case(number: int = 0, *, views: int = 1, label: str | None = "CXR", **rest) -> NewCase:
    """A case of its own for every number; `rest` goes to NewCase, `reading_…` to its reading."""
    changes = {
        key.removeprefix("reading_"): rest.pop(key) for key in list(rest) if "reading_" in key
    }
    return NewCase(
        reading=reading(label, **changes),
        scan_sha256=hashlib.sha256(f"scan {number}".encode()).hexdigest(),
        kind="dicom",
        pixels=pixels(number, views),
        **{"attributes": {"Modality": "CR", "BodyPartExamined": "CHEST"}, **rest},
    )


def model_folder(folder: Path, number: int = 0) -> Path:
    """A model's folder as far as the registry looks at it."""
    folder.mkdir(parents=True)
    (folder / "history.csv").write_text(f"epoch,loss\n1,{number}\n")
    learned = TrainingData("0" * 64, "paper", "0" * 64, 0, 0)
    recipe = Recipe("paper").with_classes(2)
    seal(folder, ModelMetadata(("CXR", "Hand"), recipe, 7, learned, MadeWith("0", "0", "0")))
    return folder
