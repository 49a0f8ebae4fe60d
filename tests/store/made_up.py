"""Made-up readings, models and people for the store's tests."""

import hashlib
import json
from pathlib import Path

import numpy as np

from arncnn import preprocess
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
    history = f"epoch,loss\n1,{number}\n".encode()
    (folder / "history.csv").write_bytes(history)
    about = {
        "labels": ["CXR", "Hand"],
        "recipe": {"name": "paper"},
        "preprocessing": preprocess.contract(),
        "metrics": {"accuracy": 0.5},
        "files": {"history.csv": hashlib.sha256(history).hexdigest()},
    }
    (folder / "model.json").write_text(json.dumps(about))
    return folder
