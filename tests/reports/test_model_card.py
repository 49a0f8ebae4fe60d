"""The model card tells each figure as an independent library computes it from the stored files."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import binomtest
from sklearn import metrics

from arncnn import config
from arncnn.labels import title
from arncnn.models.bundle import ModelBundle
from arncnn.models.metadata import AveragedWith, ModelIdentity, OutlierData
from arncnn.reports import model_card
from tests.sealed_model import HISTORY, LABELS, seal_model, stored_logits


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> ModelBundle:
    return seal_model(tmp_path_factory.mktemp("card") / "model")


@pytest.fixture
def text(bundle: ModelBundle, home: Path) -> str:
    return model_card.card(bundle)


def _share(hits: int, n: int) -> str:
    interval = binomtest(hits, n).proportion_ci(0.95, method="exact")
    low, high = (f"{100 * end:.2f}" for end in (interval.low, interval.high))
    return f"{100 * hits / n:.2f}% ({low} to {high}%)"


def test_accuracy_and_its_interval_are_scipys(text: str, bundle: ModelBundle) -> None:
    target, logits = stored_logits(bundle)
    right = int((logits.argmax(1) == target).sum())
    assert f"| Accuracy | {_share(right, len(target))} |" in text
    assert f"| Errors | {len(target) - right} of {len(target)} |" in text


def test_log_loss_and_kappa_are_scikit_learns(text: str, bundle: ModelBundle) -> None:
    target, logits = stored_logits(bundle)
    probabilities = softmax(logits.astype(np.float64) / 1.3, axis=1)
    assert f"| Log loss | {metrics.log_loss(target, probabilities):.4f} nat |" in text
    kappa = metrics.cohen_kappa_score(target, logits.argmax(1))
    assert f"| Cohen's kappa | {kappa:.4f} |" in text


def test_precision_and_recall_by_class_are_scikit_learns(text: str, bundle: ModelBundle) -> None:
    target, logits = stored_logits(bundle)
    matrix = metrics.confusion_matrix(target, logits.argmax(1))
    for place, label in enumerate(LABELS):
        hits, true, claimed = matrix[place, place], matrix[place].sum(), matrix[:, place].sum()
        row = f"| {title(label)} | {true} | {_share(hits, claimed)} | {_share(hits, true)} |"
        assert row in text


def test_training_is_told_from_the_stored_history(text: str) -> None:
    minutes = sum(record.duration_s for record in HISTORY) / 60
    assert f"3 epochs, seed 0, {minutes:.0f} minutes" in text
    assert "Lowest validation loss 0.0900 in epoch 2" in text


def test_the_card_names_every_hash_of_the_model(text: str, bundle: ModelBundle) -> None:
    for sha256 in (bundle.identity.sha256, *bundle.metadata.files.values()):
        assert f"`{sha256}`" in text


def test_licence_and_intended_use_are_on_every_card(text: str) -> None:
    assert "CC BY-SA 4.0" in text
    assert config.INTENDED_USE in text


def test_a_figure_that_was_never_measured_says_so(text: str) -> None:
    assert text.count("Not measured for this model") == 2


def test_a_report_on_scans_from_elsewhere_appears_on_its_own_models_card_only(
    bundle: ModelBundle, home: Path, tmp_path: Path
) -> None:
    report = {
        "model": {"id": bundle.identity.id, "sha256": bundle.identity.sha256},
        "n": {"in": 20, "ood": 5, "accepted": 12},
        "macro_accuracy": 0.65,
        "macro_accuracy_interval": [0.45, 0.81],
        "accepted_wrong": 3,
        "wrong_over_090": 4,
        "ood_not_accepted_share": 0.8,
        "ood_not_accepted_share_interval": [0.28, 0.99],
        "per_class": {
            "CXR": {
                "n": 20,
                "accuracy": 0.65,
                "accuracy_interval": [0.41, 0.85],
                "accepted": 12,
                "accepted_wrong": 3,
            }
        },
        "ood_per_kind": {
            "dicom_pattern_or_multi": {"n": 3, "accepted": 1},
            "SkinPhotos_2024|new": {"n": 2, "accepted": 0},
        },
    }
    folder = config.home() / "measured"
    folder.mkdir()
    (folder / "external.json").write_text(json.dumps(report))
    (folder / "damaged.json").write_text("{")
    told = model_card.card(bundle)
    assert "65.0% (45.0 to 81.0%) right" in told
    assert "| Chest X-ray | 20 | 65.0% (41.0 to 85.0%) | 12 | 3 |" in told
    assert "80.0% (28.0 to 99.0%) were refused or sent to review" in told
    assert "| DICOM test pattern or several images in one | 3 | 1 |" in told
    assert "| skin photos 2024 new | 2 | 0 |" in told, "no folder of others is shown raw"
    other = seal_model(tmp_path / "other", seed=1)
    assert model_card.card(other).count("Not measured for this model") == 2


def test_every_model_gets_the_same_template(text: str, home: Path, tmp_path: Path) -> None:
    plain = model_card.card(seal_model(tmp_path / "plain", calibrated=False, data="cd" * 32))
    heads = re.compile(r"^## .*$", re.MULTILINE)
    assert heads.findall(plain) == heads.findall(text)
    assert "was not calibrated" in plain
    assert "CC BY-SA" not in plain  # nobody knows the licence of another data set
    assert "95.0% of scans" in text


def test_a_class_learned_from_corrections_is_named_and_promised_nothing(tmp_path: Path) -> None:
    grown = model_card.card(seal_model(tmp_path / "grown", new_classes=("Knee",)))
    assert "Nothing is guaranteed for Knee" in grown
    assert "nan" not in grown.lower()


def test_a_model_that_another_one_is_part_of_names_it(bundle: ModelBundle, text: str) -> None:
    assert "began from" not in text and "of the weights are" not in text
    before = ("robust-0123", "0" * 64)
    metadata = replace(
        bundle.metadata,
        started_from=ModelIdentity(*before),
        averaged_with=AveragedWith(*before, 0.15),
    )
    grown = model_card.card(replace(bundle, metadata=metadata))
    assert "began from the weights of robust-0123. 15% of the weights are those of" in grown


_KNEE = {"title": "knee", "source": "atlas", "n": 5}


def test_what_was_never_trained_on_stands_on_the_card_of_the_model_that_it_is_about(
    bundle: ModelBundle, home: Path
) -> None:
    report: dict[str, Any] = {
        "left_out": ["mr_brain"],
        "without_kinds": {
            "outliers": {"mr_brain": {"n": 8, "accepted": 2}, "ecg": {}},
            "model": {"sha256": bundle.identity.sha256},
        },
        "sources": [{"left_out": {"knee": _KNEE | {"accepted_without_kind": 0, "accepted": 4}}}],
    }
    file = home / "measured" / "outliers.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(report))
    taught = replace(
        bundle.metadata.data, outliers=OutlierData("0" * 64, {"mr_brain": 8, "ecg": 4})
    )
    told = model_card.card(replace(bundle, metadata=replace(bundle.metadata, data=taught)))
    assert "12 images of 2 kinds" in told and "ECG 4, brain MR 8." in told
    assert "drawn as MR" not in told
    recipe = replace(bundle.metadata.recipe, drawn_as_mr=4)
    drawn = replace(bundle.metadata, data=taught, recipe=recipe)
    assert "brain MR 8. So did CTs of the data set, drawn as MR" in model_card.card(
        replace(bundle, metadata=drawn)
    )
    low, high = (100 * end for end in binomtest(6, 8).proportion_ci(method="exact"))
    assert f"| brain MR | all | 8 | 75.0% ({low:.1f} to {high:.1f}%) |" in told
    assert "| knee | atlas | 5 | 100.0% (" in told
    report["without_kinds"]["model"]["sha256"] = "0" * 64
    file.write_text(json.dumps(report))
    assert "Never trained on" not in model_card.card(bundle)
