"""Every model page through ``app.py``: empty, with a result, failed; figures from oracles.

Goes past 300 lines because one sealed model stands behind the tests of all six pages.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from scipy.special import softmax
from scipy.stats import binomtest, entropy
from sklearn import metrics
from streamlit.testing.v1 import AppTest

from arncnn import config, data
from arncnn.data import facts, mednist, registry
from arncnn.evaluation import stored_reports
from arncnn.experiments.comparison import result
from arncnn.experiments.comparison.budget import SMALL
from arncnn.experiments.comparison.result import Comparison, RunResult
from arncnn.labels import title
from arncnn.models.bundle import ModelBundle
from pages.ui import upload_queue
from pages.ui.model import training_runs
from pages.ui.shared import stored_results
from tests.pages import whole_tables
from tests.sealed_model import HISTORY, LABELS, seal_model, stored_logits

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = ("training_curve", "confusion_matrix", "comparison", "data_set", "network", "model_card")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> ModelBundle:
    return seal_model(tmp_path_factory.mktemp("pages") / "model")


@pytest.fixture
def app(bundle: ModelBundle, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The dashboard in an empty home, with the sealed model in service."""
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setenv("ARNCNN_MODEL", str(bundle.folder))
    monkeypatch.setattr(upload_queue, "get_model_ready", lambda: None)  # its weights are void
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    st.cache_resource.clear()
    st.cache_data.clear()


def _open(app: AppTest, page: str, *, tab: tuple[str, str] | None = None) -> AppTest:
    if tab is not None:
        key, name = tab
        app.session_state[key] = name
    app.switch_page(f"pages/model/{page}.py").run()
    assert not app.exception
    return app


def _texts(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.info])


def _card(app: AppTest) -> str:
    """The words of the model card, without its tags."""
    written = app.main.get("html")[-1].proto.body
    return unescape(re.sub(r"<[^>]+>", " ", written))


@pytest.mark.parametrize("page", PAGES)
def test_every_model_page_opens_with_a_result(app: AppTest, page: str) -> None:
    _open(app, page)
    assert not app.error


def test_the_tiles_of_the_matrix_page_are_scikit_learns(app: AppTest, bundle: ModelBundle) -> None:
    target, logits = stored_logits(bundle)
    predicted, probabilities = logits.argmax(1), softmax(logits.astype(float) / 1.3, axis=1)
    right = int((predicted == target).sum())
    top = probabilities.max(1)
    bins = np.minimum((top * 15).astype(int), 14)
    gaps = [
        abs((predicted == target)[bins == b].mean() - top[bins == b].mean()) * (bins == b).sum()
        for b in np.unique(bins)
    ]
    brier = ((probabilities - np.eye(6)[target]) ** 2).sum(1).mean()
    tiles = {tile.label: tile.value for tile in _open(app, "confusion_matrix").metric}
    assert tiles == {
        "Accuracy": f"{100 * metrics.accuracy_score(target, predicted):.2f}%",
        "Errors": f"{len(target) - right} of {len(target)}",
        "Cohen's kappa": f"{metrics.cohen_kappa_score(target, predicted):.4f}",
        "Log loss": f"{metrics.log_loss(target, probabilities):.4f} nat",
        "Brier score": f"{brier:.4f}",
        "ECE": f"{sum(gaps) / len(target):.4f}",
    }
    interval = binomtest(right, len(target)).proportion_ci(0.95, method="exact")
    assert f"{100 * interval.low:.2f} to {100 * interval.high:.2f}%" in _texts(app)


def _by_class(app: AppTest) -> pd.DataFrame:
    return next(table for table in whole_tables.of(app) if "Recall" in table.columns)


def test_the_table_by_class_is_scikit_learns(app: AppTest, bundle: ModelBundle) -> None:
    target, logits = stored_logits(bundle)
    precision, recall, f1, n = metrics.precision_recall_fscore_support(target, logits.argmax(1))
    table = _by_class(_open(app, "confusion_matrix"))
    for place, label in enumerate(LABELS):
        row = table[table["Class"] == title(label)].iloc[0]
        assert row["Images"] == f"{n[place]:,}"
        assert row["Precision"].startswith(f"{100 * precision[place]:.2f}% (")
        assert row["Recall"].startswith(f"{100 * recall[place]:.2f}% (")
        assert row["F1"].startswith(f"{100 * f1[place]:.2f}% (")
    assert table.iloc[-1]["F1"].startswith(f"{100 * f1.mean():.2f}% (")


def test_entropy_and_deviation_by_class_are_scipys_with_the_papers_beside(
    app: AppTest, bundle: ModelBundle
) -> None:
    _, logits = stored_logits(bundle)
    probabilities = softmax(logits.astype(float) / 1.3, axis=1)
    predicted = logits.argmax(1)
    _open(app, "confusion_matrix", tab=("matrix_more", "The paper's tables"))
    table = next(t.value for t in app.dataframe if "Deviation" in t.value.columns)
    for place, label in enumerate(LABELS):
        row = table[table["Class"] == title(label)].iloc[0]
        mine = probabilities[predicted == place]
        level = "low" if entropy(mine, axis=1).mean() < 0.03 else "moderate"
        assert row["Entropy"] == f"{entropy(mine, axis=1).mean():.4f}, {level}"
        assert row["Deviation"].startswith(f"{mine.max(1).std():.4f}, ")
    assert table[table["Class"] == "Abdomen CT"].iloc[0]["Paper's entropy"] == "0.04, moderate"


def test_images_that_need_review_are_left_out_on_request(app: AppTest) -> None:
    whole = {t.label: t.value for t in _open(app, "confusion_matrix").metric}
    app.button_group(key="matrix_split").set_value("Test part, no review needed").run()
    assert not app.exception
    kept = {t.label: t.value for t in app.metric}
    n = [int(tiles["Errors"].split(" of ")[1]) for tiles in (whole, kept)]
    assert 0 < n[1] < n[0]


def test_a_cell_lists_its_images_by_number_where_the_data_is_not_here(
    app: AppTest, bundle: ModelBundle
) -> None:
    target, logits = stored_logits(bundle)
    predicted = logits.argmax(1)
    wrong = np.flatnonzero(predicted != target)[0]
    row, column = int(target[wrong]), int(predicted[wrong])
    _open(app, "confusion_matrix")
    app.selectbox(key=f"matrix_{bundle.identity.sha256[:8]}_False_cell").set_value(
        (row, column)
    ).run()
    assert not app.exception
    table = next(t.value for t in app.dataframe if "Image" in t.value.columns)
    expected = np.flatnonzero((target == row) & (predicted == column)) * 3
    assert sorted(table["Image"]) == expected.tolist()
    assert "data fetch" in _texts(app)


def test_a_cell_of_external_scans_lists_their_readings_and_shows_them_where_they_are(
    app: AppTest, bundle: ModelBundle, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    matrix = np.zeros((6, 6), int)
    matrix[LABELS.index("Hand"), LABELS.index("CXR")] = 1
    row = {"path": "in/Hand/odd.png", "kind": "Hand", "predicted": "CXR", "probability": 0.6}
    report = json.loads((config.ASSETS / "measured" / "external-robust.json").read_text())
    report |= {
        "model": vars(bundle.identity),
        "confusion_matrix": matrix.tolist(),
        "readings": [row | {"verdict": "review"}],
    }
    (home / "measured").mkdir(parents=True)
    (home / "measured" / "external.json").write_text(json.dumps(report))
    _open(app, "confusion_matrix")
    app.button_group(key="matrix_split").set_value("External scans").run()
    cell = next(box for box in app.selectbox if box.label == "Images of a cell")
    cell.set_value((LABELS.index("Hand"), LABELS.index("CXR"))).run()
    assert not app.exception
    table = next(t.value for t in app.dataframe if "Scan" in t.value.columns)
    assert table.iloc[0].tolist() == ["odd.png", "Chest X-ray", "60.0%", "Needs review"]

    (tmp_path / "in" / "Hand").mkdir(parents=True)
    hand = (config.ASSETS / "samples" / "Hand.png").read_bytes()
    (tmp_path / "in" / "Hand" / "odd.png").write_bytes(hand)
    monkeypatch.setenv("ARNCNN_EXTERNAL", str(tmp_path))
    app.run()
    assert not app.exception and not app.error
    assert "Evidence" in [button.label for button in app.button]
    assert "odd.png" in _texts(app)


def test_grouped_folds_are_offered_once_they_were_run_and_until_then_the_command_is_named(
    app: AppTest, bundle: ModelBundle, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = home / "measured"  # and not what the repository brings
    monkeypatch.setattr(
        stored_reports, "_reports", lambda: [(f.stat().st_mtime, f) for f in stored.glob("*.json")]
    )
    assert "train --fold I --folds K" in _texts(_open(app, "confusion_matrix"))
    target, logits = stored_logits(bundle)
    predicted = logits.argmax(1)
    wrong = np.flatnonzero(predicted != target)
    matrix = metrics.confusion_matrix(target, predicted, labels=range(6))
    right = 1 - len(wrong) / len(target)
    rows = [
        {"index": int(i), "true": LABELS[target[i]], "predicted": LABELS[predicted[i]]}
        for i in wrong
    ]
    fold = {"model": "robust-1", "n": len(target), "errors": len(wrong), "accuracy": right}
    fold |= {"accuracy_interval": [0.1, 0.9], "train_images": 100, "epochs": 2}
    report = {
        **{key: fold[key] for key in ("n", "errors", "accuracy", "accuracy_interval")},
        "log_loss": 0.5,
        "accepted": 100,
        "accepted_wrong": 3,
        "labels": list(LABELS),
        "confusion_matrix": matrix.tolist(),
        "wrong": [row | {"probability": 0.75} for row in rows],
        "folds": [fold, fold],
        "recipe": bundle.metadata.recipe.to_json(),
    }
    stored.mkdir(parents=True)
    (stored / "folds.json").write_text(json.dumps(report))
    _open(app, "confusion_matrix")
    assert "train --fold" not in _texts(app)
    app.button_group(key="matrix_split").set_value("Grouped folds").run()
    assert not app.exception and not app.error
    tiles = {tile.label: tile.value for tile in app.metric}
    assert tiles["Errors"] == f"{len(wrong)} of {len(target)}"
    recall = metrics.recall_score(target, predicted, average=None)
    table = _by_class(app)
    for place, label in enumerate(LABELS):
        row = table[table["Class"] == title(label)].iloc[0]
        assert row["Recall"].startswith(f"{100 * recall[place]:.2f}% (")
    first = (int(target[wrong[0]]), int(predicted[wrong[0]]))
    app.selectbox(key="matrix_folds_cell").set_value(first).run()
    listed = next(t.value for t in app.dataframe if "Image" in t.value.columns)
    assert len(listed) == matrix[first]
    assert int(wrong[0]) in listed["Image"].tolist()


def test_the_training_curve_page_prints_the_stored_history_beside_the_papers(app: AppTest) -> None:
    page = _open(app, "training_curve")
    (ours,) = (table.value for table in page.dataframe)
    (papers,) = whole_tables.of(page)
    assert ours["v_loss"].tolist() == [record.v_loss for record in HISTORY]
    assert ours["event"].tolist()[-1] == "rate halved, weights restored"
    assert len(papers) == 5
    printed = "2 0.117 99.945 0.08788 99.943 0.001 0.001 32.30 93.52 val_loss"  # its Table 1
    assert " ".join(papers.iloc[1]) == printed


@pytest.mark.parametrize("is_randomised", [True, False])
def test_validation_above_training_is_explained_where_the_recipe_randomises(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, is_randomised: bool
) -> None:
    history = [*HISTORY[:-1], replace(HISTORY[-1], lr=0.0)]
    runs = {"run": training_runs.History(history, is_randomised=is_randomised)}
    monkeypatch.setattr(training_runs, "finished", lambda actor: runs)
    text = _texts(_open(app, "training_curve"))
    assert ("randomised appearance and dropout" in text) is is_randomised
    assert "A learning rate of 0 cannot be shown" in text


def test_a_model_without_epochs_says_so(
    app: AppTest, bundle: ModelBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.ui.model.training_runs.finished", lambda actor: {})
    assert "No training has been stored yet" in _texts(_open(app, "training_curve"))


def test_the_card_on_the_page_is_the_card_of_the_core(app: AppTest, bundle: ModelBundle) -> None:
    from arncnn.reports import model_card

    text = model_card.card(bundle).partition("\n\n")[2]
    signs = re.sub(r"^(#+ |- )|[|`]|-{3}", " ", text, flags=re.MULTILINE)
    assert _card(_open(app, "model_card")).split() == signs.split()


def test_what_is_written_into_a_card_is_shown_and_not_obeyed() -> None:
    written = "| A | B |\n| --- | --- |\n| <script>alert(1)</script> | <b>bold</b> |\n"
    drawn = stored_results.html(written)
    assert "<td>&lt;script&gt;" in drawn and "<script" not in drawn and "<b>" not in drawn


def _stored(monkeypatch: pytest.MonkeyPatch, compared: Comparison | None) -> None:
    stored_results.comparison.clear()
    monkeypatch.setattr(result, "load", lambda: compared)


def test_without_a_comparison_the_page_names_the_command(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stored(monkeypatch, None)
    text = _texts(_open(app, "comparison"))
    assert "Nothing has been compared yet" in text
    assert "python -m arncnn compare" in text


def test_only_the_open_tab_of_the_compared_rows_is_drawn(app: AppTest) -> None:
    page = _open(app, "comparison")
    assert len(page.get("plotly_chart")) == 2
    page.session_state["compared_groups"] = "Optimisers"
    page.run()
    assert "SGD" in page.dataframe[0].value["Row"].tolist()
    assert len(page.get("plotly_chart")) == 2


def test_rows_with_too_few_seeds_are_called_not_distinguishable(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [
        RunResult("arn_cnn", s, 200, e, 0.1, 0.9, None, (1.0, 0.5), (98.0, 99.2), 9, 1.0, 5.0)
        for s, e in enumerate((1, 2, 3))
    ]
    runs += [replace(run, key="relu", errors=150) for run in runs[:2]]
    runs += [replace(run, key="tanh", errors=100) for run in runs[:3]]
    _stored(monkeypatch, Comparison(SMALL, mednist.SHA256, "cd", 200, runs=tuple(runs)))
    app.session_state["compared_groups"] = "Dense activations"
    page = _open(app, "comparison")
    table = next(
        t.value for t in page.dataframe if "Row" in t.value and "tanh" in t.value["Row"].tolist()
    )
    said = dict(zip(table["Row"], table["Against ARN-CNN"], strict=True))
    assert said["ReLU"] == "not distinguishable: too few seeds"
    assert said["tanh"] == "worse in every run"
    assert said["SELU"] == "not run"
    accuracy = dict(zip(table["Row"], table["Accuracy"], strict=True))
    assert accuracy["GELU"] == "99.00% (98.50 to 99.50%)"
    assert accuracy["SELU"] == ""
    assert SMALL.sentence in _texts(page)
    tiles = {tile.label: tile.value for tile in page.metric}
    assert tiles["ARN-CNN, Table 6"] == "99.6%"
    assert "MQCNN, cited" in tiles
    assert tiles["ARN-CNN, abstract and Table 2"] == "99.96%"


def test_a_row_is_judged_by_what_the_page_compares_by(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [
        RunResult("arn_cnn", s, 200, e, 0.1, 0.9, 0.5, (1.0, 0.5), (98.0, 99.2), 9, 1.0, 5.0)
        for s, e in enumerate((1, 2, 3))
    ]
    runs += [replace(run, key="sgd", errors=100, external_accuracy=0.75) for run in runs]
    _stored(monkeypatch, Comparison(SMALL, mednist.SHA256, "cd", 200, 67, tuple(runs)))
    app.session_state["compared_groups"] = "Optimisers"
    page = _open(app, "comparison")
    said = {}
    for chosen in ("Accuracy", "Accuracy on external scans"):
        page.selectbox(key="compared_by").set_value(chosen).run()
        table = next(
            t.value
            for t in page.dataframe
            if chosen in t.value and "SGD" in t.value["Row"].tolist() and "Seeds" in t.value
        )
        row = table[table["Row"] == "SGD"].iloc[0]
        said[chosen] = (row[chosen], row["Against ARN-CNN"])
    assert said["Accuracy"] == ("50.00% (50.00 to 50.00%)", "worse in every run")
    external = ("75.0% (75.0 to 75.0%)", "better in every run")
    assert said["Accuracy on external scans"] == external


def test_a_row_that_the_budget_taught_nothing_says_so_and_draws_no_value(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [
        RunResult("arn_cnn", s, 200, e, 0.1, 0.9, None, (1.0, 0.5), (98.0, v), 9, 1.0, 60.0)
        for s, (e, v) in enumerate(((1, 98.5), (2, 99.2), (3, 99.4)))
    ]
    stuck = {"losses": (0.9, 0.065), "validation_accuracy": (16.5, 17.6), "errors": 166}
    runs += [replace(run, key="resnet50", **stuck) for run in runs]
    _stored(monkeypatch, Comparison(SMALL, mednist.SHA256, "cd", 200, 67, tuple(runs)))
    page = _open(app, "comparison")
    text = _texts(page)
    said = (
        "ResNet50 cannot be judged within this budget: its training loss fell to 0.07, "
        "but no run got beyond 17.6%"
    )
    assert said in text
    assert "and 67 external scans" in text
    assert "All trainings took 6 core-minutes" in text
    table = next(
        t.value
        for t in page.dataframe
        if "Row" in t.value and "ResNet50" in t.value["Row"].tolist()
    )
    row = table[table["Row"] == "ResNet50"].iloc[0]
    assert row["Against ARN-CNN"] == "not feasible within this budget"
    page.selectbox(key="compared_by").set_value("Epochs to 99% validation accuracy").run()
    charts = [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]
    notes = [note["text"] for chart in charts for note in chart["layout"].get("annotations", [])]
    assert "never in 1 of 3 runs" in notes
    assert "not feasible within this budget" in notes


def test_a_damaged_comparison_is_named_and_not_shown(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bad.json").write_text("{")
    load = result.load
    stored_results.comparison.clear()
    monkeypatch.setattr(result, "load", lambda: load(tmp_path / "bad.json"))
    assert "damaged" in _open(app, "comparison").error[0].value


def test_the_data_page_prints_the_stored_facts(app: AppTest) -> None:
    facts = json.loads((config.ASSETS / "data_set.json").read_text())
    page = _open(app, "data_set")
    tiles = {tile.label: tile.value for tile in page.metric}
    assert tiles["Pairs of near-duplicates"] == f"{facts['near_twin_pairs']:,}"
    table = next(t for t in whole_tables.of(page) if "Images" in t.columns)
    assert dict(zip(table["Class"], table["Images"], strict=True)) == {
        title(label): f"{count:,}" for label, count in facts["classes"].items()
    }


def test_the_data_page_tells_of_the_data_set_of_the_model_in_view(
    app: AppTest, tmp_path: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = data.load(tiny_folder)
    other = seal_model(tmp_path / "other", data=dataset.sha256)
    monkeypatch.setenv("ARNCNN_MODEL", str(other.folder))
    page = _open(app, "data_set")
    text = _texts(page)
    assert "not registered here" in text and "has not been analysed yet" in text
    assert "58,954" not in text
    entry = registry.described(dataset, "Shapes", source="drawn", licence="CC0", added_by="x")
    registry.add(entry)
    next(button for button in page.button if button.label == "Analyse it").click().run()
    assert not page.exception and facts.of(dataset.sha256) is not None
    assert "**Shapes**: 60 images" in _texts(page)
    table = next(t for t in whole_tables.of(page) if "Images" in t.columns)
    assert dict(zip(table["Class"], table["Images"], strict=True)) == {
        "Bar": "20", "Disc": "20", "Post": "20"
    }  # fmt: skip
    assert "What the CT slices show" not in [head.value for head in page.subheader]
    assert "Shapes" in _card(_open(app, "model_card"))


def test_figures_of_another_data_set_are_not_shown_as_this_models(
    app: AppTest, tmp_path: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = data.load(tiny_folder)
    other = seal_model(tmp_path / "other", data=dataset.sha256)
    monkeypatch.setenv("ARNCNN_MODEL", str(other.folder))
    page = _open(app, "comparison")
    assert "does not apply to this model" in _texts(page)
    assert "Row by row" not in [head.value for head in page.subheader]
    next(b for b in page.button if b.label == "Compute the baselines").click().run()
    tiles = {tile.label: tile.value for tile in page.metric}
    assert len(tiles) == 3 and "This model" in tiles
    assert "n = 3" in _texts(page), "the test set of 60 images"


def test_the_bundled_models_stand_side_by_side_with_their_samples_and_the_caution(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_MODEL", str(config.BUNDLED_MODELS / "robust"))
    page = _open(app, "comparison")
    assert "The bundled model “paper”" in page.selectbox(key="comparison_model").options
    table = pd.concat(whole_tables.of(page))
    row = table[table["Figure"] == "Right on external scans, mean of the classes"].iloc[0]
    for name in ("robust", "paper"):
        identity = ModelBundle.open(config.BUNDLED_MODELS / name).identity
        outside = stored_reports.find(identity.sha256, "external")
        (column,) = (each for each in table.columns if each.startswith(identity.id))
        assert row[column].startswith(f"{100 * outside['macro_accuracy']:.1f}")
    assert row["Measured on"] == f"{outside['n']['in']} external scans of 6 classes"
    assert all(table["Measured on"])
    assert stored_reports.CAUTION in [warning.value for warning in page.warning]


def test_an_altered_model_is_refused_in_words(
    app: AppTest, tmp_path: Path, bundle: ModelBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    from arncnn.errors import ModelError

    def altered(folder: str) -> ModelBundle:
        raise ModelError("The model's file history.csv is missing or was altered.")

    monkeypatch.setattr(stored_results, "open_model", altered)
    for page in ("confusion_matrix", "network", "model_card"):
        assert "altered" in _open(app, page).error[0].value


def test_the_caution_stands_before_figures_on_external_scans_in_the_card(app: AppTest) -> None:
    _open(app, "model_card")
    box = next(box for box in app.selectbox if box.label == "Model")
    box.select(next(option for option in box.options if "“robust”" in option)).run()
    assert not app.exception
    card = " ".join(_card(app).split())
    assert stored_reports.CAUTION in card
    assert card.index(stored_reports.CAUTION) < card.index("real external scans")


@pytest.mark.parametrize(
    ("page", "tabs", "name"),
    [
        ("network", "network_tabs", "Dense layers"),
        ("confusion_matrix", "matrix_more", "Probabilities"),
    ],
)
def test_what_a_closed_tab_would_draw_is_not_drawn(
    app: AppTest, page: str, tabs: str, name: str
) -> None:
    at_first = {chart.key for chart in _open(app, page).get("plotly_chart")}
    app.session_state[tabs] = name
    then = {chart.key for chart in app.run().get("plotly_chart")}
    assert not app.exception
    assert at_first - then or then - at_first
    assert len(at_first) <= 3


def test_rates_are_called_nominal_or_measured(app: AppTest) -> None:
    said = _texts(_open(app, "confusion_matrix", tab=("matrix_more", "Probabilities")))
    assert "Nominal: " in said
    assert "Measured: of the " in said


def test_the_epoch_table_names_when_its_learning_rate_was_taken(app: AppTest) -> None:
    _open(app, "training_curve")
    assert "LR is the learning rate at the end of the epoch" in _texts(app)
