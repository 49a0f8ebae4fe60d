"""The external report from a folder of made-up files and a reader with known answers."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

from arncnn.errors import DataError, IntakeError
from arncnn.evaluation import external
from arncnn.evaluation.external import external_report, read_folder
from arncnn.intake.scan import Scan
from arncnn.models.metadata import ModelIdentity

LABELS = ("A", "B", "C")


@dataclass(frozen=True)
class _Item:
    label: str
    open: Callable[[], Scan]


@dataclass(frozen=True)
class _Reading:
    probabilities: np.ndarray
    verdict: str
    labels: tuple[str, ...] = LABELS


def _expand(paths: Iterable[Path]) -> Iterator[_Item]:
    """A file's text names its answer, e.g. "B 0.95 accept"."""

    def opener(path: Path) -> Callable[[], Scan]:
        def open_scan() -> Scan:
            text = path.read_text()
            if text == "broken":
                raise IntakeError("truncated", "The file ends early.")
            return Scan(np.zeros((2, 2), np.float32), sha256=text, kind="png")

        return open_scan

    for folder in paths:
        for path in sorted(folder.iterdir()):
            yield _Item(str(path), opener(path))


def _read(scan: Scan) -> _Reading:
    label, probability, verdict = scan.sha256.split()
    probabilities = np.full(3, (1 - float(probability)) / 2)
    probabilities[LABELS.index(label)] = float(probability)
    return _Reading(probabilities, verdict)


def _write(folder: Path, kind: str, answers: list[str]) -> None:
    (folder / kind).mkdir(parents=True)
    for number, answer in enumerate(answers):
        (folder / kind / f"{number}.png").write_text(answer)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A reader whose answers the files' text names."""
    monkeypatch.setattr(external, "expand", _expand)
    return SimpleNamespace(
        labels=LABELS, read=_read, bundle=SimpleNamespace(identity=ModelIdentity("m1", "0" * 64))
    )


def _report(reader: Any, folder: Path) -> dict[str, Any]:
    return external_report(reader, folder, lambda *step: None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    _write(tmp_path, "in/A", ["A 0.99 accept", "A 0.8 review", "B 0.95 accept", "broken"])
    _write(tmp_path, "in/B", ["B 0.97 accept", "C 0.92 refuse"])
    _write(tmp_path, "ood/knee", ["C 0.99 refuse", "C 0.6 accept", "A 0.7 review"])
    return tmp_path


def test_every_count_is_the_hand_count(reader: Any, folder: Path) -> None:
    report = _report(reader, folder)
    assert report["n"] == {"in": 6, "ood": 3, "accepted": 3}
    assert report["macro_accuracy"] == pytest.approx((2 / 4 + 1 / 2) / 2)
    assert report["accepted_share"] == pytest.approx(3 / 6)
    assert report["accepted_accuracy"] == pytest.approx(2 / 3)
    assert report["accepted_wrong"] == 1
    assert report["accepted_wrong_over_090"] == 1
    assert report["wrong_over_090"] == 2
    assert report["ood_not_accepted_share"] == pytest.approx(2 / 3)
    assert report["per_class"]["A"]["n"] == 4 and report["per_class"]["A"]["accepted_wrong"] == 1
    assert report["ood_per_kind"] == {"knee": {"n": 3, "accepted": 1}}
    assert report["confusion_matrix"] == [[2, 1, 0], [0, 1, 1], [0, 0, 0]]
    assert report["model"] == {"id": "m1", "sha256": "0" * 64}
    said = [row["predicted"] for row in report["readings"]]
    assert said == ["A", "A", "B", None, "B", "C"]


def test_intervals_are_scipys_and_the_macro_interval_holds_its_figure(
    reader: Any, folder: Path
) -> None:
    report = _report(reader, folder)
    exact = binomtest(3, 6).proportion_ci(0.95, "exact")
    assert report["accepted_share_interval"] == pytest.approx(list(exact))
    lower, upper = report["macro_accuracy_interval"]
    assert lower < report["macro_accuracy"] < upper
    json.dumps(report, allow_nan=False)


def test_a_folder_without_out_of_distribution_scans_reports_none_for_them(
    reader: Any, tmp_path: Path
) -> None:
    _write(tmp_path, "in/A", ["A 0.5 refuse"])
    report = _report(reader, tmp_path)
    assert report["ood_not_accepted_share"] is None
    assert report["accepted_accuracy"] is None
    json.dumps(report, allow_nan=False)


def test_paths_are_relative_and_a_broken_file_is_kept_as_failed(reader: Any, folder: Path) -> None:
    readings = read_folder(reader, folder)
    assert [r.path for r in readings if r.verdict == "failed"] == ["in/A/3.png"]


def test_a_folder_without_in_is_refused_with_the_layout(reader: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="in/<Class>"):
        read_folder(reader, tmp_path)


def test_an_unknown_class_below_in_is_named(reader: Any, tmp_path: Path) -> None:
    _write(tmp_path, "in/Knee", ["A 0.9 accept"])
    with pytest.raises(DataError, match="does not know Knee"):
        _report(reader, tmp_path)
