"""Page *Reproduction*: every figure of ours is the stored result's, read here without the page."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from scipy.special import softmax
from scipy.stats import binomtest, entropy, t
from sklearn import metrics
from streamlit.testing.v1 import AppTest

from arncnn import config, data
from arncnn.data import Dataset
from arncnn.evaluation.paper_values import ITEMS
from arncnn.labels import title
from pages.ui import upload_queue
from pages.ui.shared import stored_results
from tests.pages import whole_tables

ROOT = Path(__file__).resolve().parent.parent.parent
PAPER = config.BUNDLED_MODELS / "paper"
PARTS = (
    "Network: Figures 1 to 4",
    "Data: Figures 5 and 6",
    "Training: Table 1, Figure 7",
    "Test: Tables 2 to 4, Figures 8 and 9",
    "Comparison: Table 6, Figure 10",
)


@pytest.fixture
def app(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The dashboard in an empty home, where the data set has not been fetched."""
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setattr(upload_queue, "get_model_ready", lambda: None)
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    st.cache_resource.clear()
    st.cache_data.clear()


def _open(app: AppTest, part: str) -> AppTest:
    app.session_state["reproduction_part"] = part
    app.switch_page("pages/model/reproduction.py").run()
    assert not app.exception and not app.error
    return app


def _texts(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.info])


def _table(app: AppTest, column: str, number: int = 0) -> list[dict[str, str]]:
    """The rows of the first (or a later) table that has a column of that name."""
    tables = [*(table.value for table in app.dataframe), *whole_tables.of(app)]
    found = [table for table in tables if column in table.columns]
    return found[number].fillna("").to_dict("records")


def _stored(name: str) -> dict:
    return json.loads((config.ASSETS / name).read_text(encoding="utf-8"))


def _predictions() -> tuple[np.ndarray, np.ndarray]:
    with np.load(PAPER / "predictions.npz") as stored:
        return stored["target"], stored["logits"].astype(np.float64)


def test_every_table_and_figure_is_there_in_the_papers_order(app: AppTest) -> None:
    heads = []
    full = next(run for run in _stored("comparison-full.json")["runs"] if run["key"] == "arn_cnn")
    for part in PARTS:
        heads += [head.value for head in _open(app, part).subheader]
        text = _texts(app)
        if part == PARTS[0]:
            assert f"{full['parameters']:,} parameters" in text, "the live network is the stored"
        assert text.count("**What differs.**") == text.count("Made by: ")
    assert heads == [item.title for item in ITEMS.values()]
    assert {head.split(" (")[0] for head in heads} == {
        *(f"Figure {number}" for number in range(1, 11)),
        *(f"Table {number}" for number in (1, 2, 3, 4, 6)),  # no caption says Table 5
    }
    assert "Table 4 (the text calls it Table 5)" in heads


def test_the_epochs_are_those_of_the_history_and_of_the_stored_run(app: AppTest) -> None:
    rows = _table(_open(app, PARTS[2]), "Whose")
    with (PAPER / "history.csv").open(encoding="utf-8", newline="") as file:
        history = list(csv.DictReader(file))
    ours = [row for row in rows if row["Whose"] == "bundled model"]
    assert len(ours) == len(history)
    for row, stored in zip(ours, history, strict=True):
        assert row["Loss"] == f"{float(stored['loss']):.3f}"
        assert row["V_loss"] == f"{float(stored['v_loss']):.5f}"
        assert row["Duration"] == f"{float(stored['duration_s']):,.2f} s"
        for head, name, n in (("Accuracy", "accuracy", 53_058), ("V_acc", "v_acc", 3537)):
            percent = float(stored[name])
            end = binomtest(round(percent / 100 * n), n).proportion_ci(0.95, "exact")
            interval = f"({100 * end.low:.2f} to {100 * end.high:.2f})"
            assert row[f"{head}, % (95%)"] == f"{percent:.3f} {interval}"
    full = next(run for run in _stored("comparison-full.json")["runs"] if run["key"] == "arn_cnn")
    kept = [row for row in rows if row["Whose"] == "full budget"]
    assert [row["Loss"] for row in kept] == [f"{loss:.3f}" for loss in full["losses"]]
    watched = [row["V_acc, % (95%)"].split(" ")[0] for row in kept]
    assert watched == [f"{value:.3f}" for value in full["validation_accuracy"]]
    with (PAPER / "model.json").open(encoding="utf-8") as file:
        epochs = json.load(file)["recipe"]["epochs"]
    assert f"train --recipe paper --epochs {epochs} --seed 0" in _texts(app)


def test_the_tables_of_the_test_part_are_scikit_learns_and_scipys(app: AppTest) -> None:
    target, logits = _predictions()
    predicted, probabilities = logits.argmax(1), softmax(logits, axis=1)
    _open(app, PARTS[3])
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        target, predicted, average="macro"
    )
    ours = [row["Ours"] for row in _table(app, "Metric")]
    expected = [precision, recall, f1, metrics.accuracy_score(target, predicted)]
    expected += [metrics.cohen_kappa_score(target, predicted)]
    expected += [metrics.log_loss(target, probabilities)]
    assert ours == [f"{value:.4f}" for value in expected]
    accuracy = next(row for row in _table(app, "Metric") if row["Metric"] == "Accuracy")
    end = binomtest(int((predicted == target).sum()), len(target)).proportion_ci(0.95, "exact")
    assert accuracy["95% interval"] == f"{end.low:.4f} to {end.high:.4f}"
    for table, values, statistic in (
        (0, entropy(probabilities, axis=1), np.mean),
        (1, probabilities.max(1), np.std),
    ):
        rows = {row["Class read"]: row for row in _table(app, "Class read", table)}
        labels = sorted(_stored("data_set.json")["classes"])
        assert len(rows) == len(labels)
        for column, label in enumerate(labels):
            inside = values[predicted == column]
            row, value = rows[title(label)], float(statistic(inside))
            assert row["Ours"] == f"{value:.4f}, {'low' if value < 0.03 else 'moderate'}"
            low, high = (float(end) for end in row["95% interval"].split(" to "))
            assert low - 5e-5 <= value <= high + 5e-5
            assert row["Sample"] == f"{len(inside)} test images read as it"
    stored = _stored("measured/paper-test-paper.json")
    assert f"{stored['errors']} of {stored['n']:,} test images read wrongly" in _texts(app)


def test_table_6_has_the_stored_rows_and_names_those_that_were_not_reached(app: AppTest) -> None:
    rows = _table(_open(app, PARTS[4]), "Network")
    runs = {run["key"]: run for run in _stored("comparison-full.json")["runs"]}
    titles = {
        "ResNet50": "resnet50",
        "CNN, residual block only": "residual_only",
        "CNN, attention only": "attention_only",
        "ARN-CNN, spatial attention": "arn_cnn",
        "MQCNN, our interpretation": "mqcnn",
    }
    assert [row["Network"] for row in rows] == list(titles)
    for row in rows:
        run = runs.get(titles[row["Network"]])
        if run is None or run["failed"]:
            assert row["Accuracy (95%)"] == "–"
            assert row["Network"] in _texts(app)
            continue
        end = binomtest(run["n"] - run["errors"], run["n"]).proportion_ci(0.95, "exact")
        right = 100 * (1 - run["errors"] / run["n"])
        span = f"({100 * end.low:.2f} to {100 * end.high:.2f}%)"
        assert row["Errors"] == f"{run['errors']:,} in {run['n']:,}"
        assert row["Accuracy (95%)"] == f"{right:.2f}% {span}"
        assert row["Log loss, nat"] == f"{run['log_loss']:.4f}"
        assert row["Epochs"] == str(len(run["losses"]))
        assert row["Core-minutes"] == f"{run['training_core_s'] / 60:,.0f}"
        assert row["Parameters"] == f"{run['parameters']:,}"
        assert row["Corrupted"] == f"{100 * run['corruption_accuracy']:.1f}%"
        assert row["External"] == f"{100 * run['external_accuracy']:.1f}%"


def test_figures_over_seeds_are_the_stored_runs_with_students_interval(app: AppTest) -> None:
    _open(app, PARTS[4])
    runs = _stored("comparison.json")["runs"]
    of = {key: [run for run in runs if run["key"] == key] for key in ("arn_cnn", "relu")}
    small = {row["Row"]: row for row in _table(app, "Row")}
    losses = np.array([run["log_loss"] for run in of["arn_cnn"]])
    reach = t.ppf(0.975, len(losses) - 1) * losses.std(ddof=1) / np.sqrt(len(losses))
    row = small["ARN-CNN, spatial attention: log loss, nat"]
    assert row["Ours"] == f"{losses.mean():.4f}"
    interval = f"{losses.mean() - reach:.4f} to {losses.mean() + reach:.4f}"
    assert row["95% interval"] == interval
    ends = {row["Dense activation"]: row for row in _table(app, "Dense activation")}
    last = np.mean([run["losses"][-1] for run in of["relu"]])
    assert ends["ReLU"]["Ours"].startswith(f"{last:.4f}, ")
    specs = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    assert len(specs) == len(ends), "a small panel for each activation"


def test_where_the_pictures_are_not_here_a_button_fetches_them(
    app: AppTest, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_DATA", str(tiny_folder))
    _open(app, PARTS[1])
    assert "not on this machine" in _texts(app) or "have not been imported" in _texts(app)
    app.button(key="reproduction_fetch").click().run()
    assert not app.exception and not app.error
    assert data.availability() == "prepared"
    assert "The data set is on this machine now." in _texts(app)


def test_where_the_pictures_are_here_samples_and_heat_maps_are_drawn(
    app: AppTest, mednist: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_results, "dataset", lambda: mednist)
    assert len(_open(app, PARTS[1]).get("image")) == 6
    _open(app, PARTS[3])
    target, logits = _predictions()
    wrong = int((logits.argmax(1) != target).sum())
    captions = [image.proto.imgs[0].caption for image in app.get("image")]
    assert len(captions) == 2 * 6 + wrong
    assert sum("read as" in caption for caption in captions) == wrong
    assert re.search(r"\d+ of 2,359 test images: the first two of every class", _texts(app))
