"""From a scan to a reading with the bundled model."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from arncnn import config
from arncnn.inference.reader import Reader
from arncnn.inference.reading import Reading
from arncnn.intake.scan import Scan
from arncnn.models.bundle import golden_images
from arncnn.uncertainty.verdict import Thresholds

KEYS = [
    "path",
    "status",
    "label",
    "probabilities",
    "logits",
    "verdict",
    "reasons",
    "entropy",
    "prediction_set",
    "novelty_p_value",
    "header",
    "with_header",
    "frame",
    "frames",
    "model",
    "error",
]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.open(config.default_model())


def scan(seed: int = 0, **fields: object) -> Scan:
    pixels = np.random.default_rng(seed).uniform(0, 255, (128, 128)).astype(np.float32)
    return Scan(pixels, f"{seed:064}", "png", **fields)  # type: ignore[arg-type]


def test_probabilities_are_the_softmax_of_the_tempered_logits(reader: Reader) -> None:
    reading = reader.read(scan())
    expected = softmax(reading.logits.astype(np.float64) / reader.temperature)
    np.testing.assert_allclose(reading.probabilities, expected, atol=1e-6)
    assert reading.labels[int(reading.probabilities.argmax())] == reading.pixel_label


def test_a_batch_reads_like_its_members(reader: Reader) -> None:
    scans = [scan(seed) for seed in range(3)]
    scans.append(scan(3, is_hounsfield=True))
    together = reader.read_many(scans)
    for one, member in zip(scans, together, strict=True):
        alone = reader.read(one)
        np.testing.assert_allclose(alone.logits, member.logits, atol=1e-3)
        assert alone.verdict == member.verdict
        assert alone.sha256 == member.sha256


def test_no_scans_make_no_readings(reader: Reader) -> None:
    assert reader.read_many([]) == []


def test_the_json_has_exactly_the_promised_keys(reader: Reader) -> None:
    found = reader.read(scan()).to_json("a.png")
    assert list(found) == KEYS
    assert found["path"] == "a.png"
    assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert set(found["header"]) == {"modality", "body_part", "claimed_class", "verdict"}
    assert found["model"]["sha256"] == reader.bundle.identity.sha256


def test_a_refused_scan_has_no_label_but_keeps_its_probabilities(reader: Reader) -> None:
    flat = Scan(np.full((64, 64), 9, np.float32), "0", "png")
    reading = reader.read(flat)
    assert reading.verdict == "refuse"
    assert reading.label is None
    assert reading.to_json()["label"] is None
    assert reading.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert reading.reasons


def test_a_ct_header_on_anything_else_is_never_simply_accepted(reader: Reader) -> None:
    reading: Reading = reader.read(scan(1, attributes={"Modality": "US"}))
    assert reading.verdict != "accept"


def test_the_head_reproduces_the_networks_logits(reader: Reader) -> None:
    reading = reader.read(scan())
    found = reader.head.logits(reading.features.conv_map[None])[0]
    np.testing.assert_allclose(found, reading.features.logits, atol=1e-3)


DX = "Digital X-Ray Image Storage - For Presentation"


@pytest.mark.parametrize(
    ("modality", "sop_class", "verdict"),
    [
        ("DX", DX, "accept"),
        ("MR", "MR Image Storage", "refuse"),
        ("MR", "Secondary Capture Image Storage", "review"),
    ],
)
def test_a_header_of_another_modality_refuses_where_it_is_stated_twice(
    trusting: Reader, modality: str, sop_class: str, verdict: str
) -> None:
    plain = trusting.read(_pattern({}))
    found = trusting.read(_pattern({"Modality": modality, "SOPClass": sop_class}))
    assert (plain.verdict, plain.label) == ("accept", "CXR")
    assert (found.verdict, found.label) == (verdict, None if verdict == "refuse" else "CXR")
    assert found.header.verdict == ("silent" if modality == "DX" else "disagree")
    assert found.pixel_label == "CXR"  # the pixels' own answer is never touched
    np.testing.assert_array_equal(found.probabilities, plain.probabilities)


@pytest.fixture(scope="module")
def trusting(reader: Reader) -> Reader:
    """The same network, accepting whatever it is shown."""
    return replace(reader, novelty=None, sets=None, thresholds=Thresholds(probability_review=0.0))


def _pattern(attributes: dict[str, str]) -> Scan:
    """Smooth light and dark, which reads as a chest X-ray."""
    return Scan(golden_images()[0].astype(np.float32), "0" * 64, "png", attributes=attributes)
