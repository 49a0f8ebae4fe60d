"""``explain`` writes a picture with its scale and prints the map it drew."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from arncnn import cli, preprocess
from arncnn.explain import METHODS, HeadPass, explain_all, reference_scales
from arncnn.explain.known_evidence import explain_known
from arncnn.inference.reader import Reader
from arncnn.models import bundle
from arncnn.models.metadata import MadeWith, ModelMetadata, TrainingData
from arncnn.models.recipe import Recipe
from arncnn.uncertainty.known import Known
from arncnn.uncertainty.novelty import Novelty

LABELS = ("AbdomenCT", "BreastMRI", "CXR", "ChestCT", "Hand", "HeadCT")


@pytest.fixture(scope="module")
def model(case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    case.network.save_weights(folder / bundle.WEIGHTS)
    golden = bundle.golden_images()
    logits = keras.ops.convert_to_numpy(case.network(preprocess.normalize(golden)))
    np.savez_compressed(folder / "golden.npz", images=golden, logits=logits)
    learned = TrainingData("0" * 64, "paper", "0" * 64, 0, 0)
    made_with = MadeWith("0", keras.__version__, "3")
    bundle.seal(folder, ModelMetadata(LABELS, Recipe("random"), 0, learned, made_with))
    return folder


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("scan") / "scan.png"
    grey = np.random.default_rng(0).integers(0, 255, (96, 80), np.uint8)
    cv2.imwrite(str(file), cv2.GaussianBlur(grey, (0, 0), 4))
    return file


@pytest.fixture(autouse=True)
def _one_reader_for_all(reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening a model takes seconds and is tested elsewhere."""
    monkeypatch.setattr(Reader, "open", classmethod(lambda cls, folder=None: reader))


@pytest.fixture(scope="module")
def reader(model: Path) -> Reader:
    return Reader.open(model)


def _run(capsys: pytest.CaptureFixture[str], *words: object) -> dict:
    assert cli.main(["explain", *(str(word) for word in words)]) == 0
    return json.loads(capsys.readouterr().out)


def _conv_map(case, scan: Path) -> np.ndarray:
    grey = cv2.imread(str(scan), cv2.IMREAD_GRAYSCALE).astype(np.float32)
    return _conv_maps(case, preprocess.normalize(preprocess.resize(grey)[None]))[0]


def _conv_maps(case, images: np.ndarray) -> np.ndarray:
    watched = keras.Model(case.network.input, case.network.get_layer("conv_4").output)
    return keras.ops.convert_to_numpy(watched(images))


@pytest.mark.parametrize("method", METHODS)
def test_the_raw_map_is_the_methods_map_of_that_class(case, model, scan, capsys, method) -> None:
    told = _run(capsys, scan, "--model", model, "--method", method, "--label", "CXR", "--json")
    expected = METHODS[method].maps(case.head, _conv_map(case, scan))[LABELS.index("CXR")]
    assert np.abs(np.array(told["map"]) - expected).max() < 1e-5
    assert told["shape"] == [8, 8]
    assert told["unit"] == METHODS[method].unit
    assert told["label"] == "CXR"


def test_the_sum_of_the_default_map_is_the_logit_difference(model, scan, capsys) -> None:
    told = _run(capsys, scan, "--model", model, "--json")
    assert told["method"] == "integrated"
    assert told["sum"] == pytest.approx(told["difference"], abs=1e-4)
    assert told["residual"] == pytest.approx(told["sum"] - told["difference"], abs=1e-9)
    assert "evidence" in told["description"]


def test_the_picture_is_a_png_with_a_legend_below_the_scan(model, scan, capsys, tmp_path) -> None:
    out = tmp_path / "why.png"
    told = _run(capsys, scan, "--model", model, "--against", "Hand", "--label", "CXR", "--out", out)
    drawn = cv2.imread(str(out))
    assert drawn.shape[1] == round(512 * 80 / 96)
    assert drawn.shape[0] > 512
    assert told["against"] == "Hand"
    assert "map" not in told
    assert told["signed"] is True


def test_the_scale_is_the_models_and_not_the_images(case, model, scan, capsys) -> None:
    told = _run(capsys, scan, "--model", model, "--json")
    golden = preprocess.normalize(bundle.golden_images())
    scales = reference_scales(case.head, _conv_maps(case, golden))
    assert told["scale"] == pytest.approx(scales["integrated"], rel=1e-4)
    assert told["scale_is_the_models"] is True


def test_a_reference_makes_weak_maps_look_weak(case) -> None:
    weak = explain_all(case.head, 0.01 * case.conv_maps[0], {"integrated": 5.0})["integrated"]
    assert weak.scale == 5.0
    assert weak.largest < 1.0
    unknown = METHODS["integrated"].explain(HeadPass(case.head, case.conv_maps[0]))
    assert unknown.scale == unknown.largest


def test_reference_scales_are_medians_over_images(case) -> None:
    largest = [explain_all(case.head, conv_map)["layer_cam"].largest for conv_map in case.conv_maps]
    assert reference_scales(case.head, case.conv_maps)["layer_cam"] == sorted(largest)[1]


def test_known_is_drawn_where_the_model_has_that_output(
    case, model, scan, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(5)
    shapes = [(125, 4), (125, 4), (256, 4), (4,), (4, 1), (1,)]
    score = Known(*(rng.normal(size=shape).astype(np.float32) for shape in shapes))
    bank = np.zeros(1, np.float32)
    taught = replace(Reader.open(), novelty=Novelty((score,), (bank,), bank))
    monkeypatch.setattr(Reader, "open", classmethod(lambda cls, folder=None: taught))
    told = _run(capsys, scan, "--known", "--json")
    expected = explain_known(case.head, score, _conv_map(case, scan))["integrated"]
    assert np.abs(np.array(told["map"]) - expected.maps[0]).max() < 1e-4 * expected.largest
    assert told["sum"] == pytest.approx(told["difference"], abs=1e-4 * expected.largest)
    assert (told["label"], told["against"]) == ("known", None)
    assert "a known kind of scan" in told["description"]
    assert _run(capsys, scan, "--known", "--method", "occlusion", "--json")["shape"] == [64, 64]
    assert cli.main(["explain", str(scan), "--known", "--method", "rise", "--json"]) == 2
    assert "choose occlusion, integrated" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--known", "--json"], "trained without outliers"),
        (["--known", "--label", "CXR", "--json"], "leave out --label"),
        (["--label", "Knee", "--json"], "knows no class 'Knee'"),
        ([], "with --out FILE"),
        (["--out", "map.jpeg"], "ends in .png"),
        (["--out", "map.png", "--opacity", "7"], "from 0 to 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(model, scan, capsys, words, message) -> None:
    assert cli.main(["explain", str(scan), "--model", str(model), *words]) == 2
    assert message in capsys.readouterr().err


def test_input_checks_run_from_the_command_line(model, scan, capsys) -> None:
    told = _run(capsys, scan, "--model", model, "--method", "occlusion", "--json")
    assert told["shape"] == [64, 64]
    assert np.array(told["map"]).shape == (64, 64)
