"""A CT's windows on Reading, and what is said of a scan that the model learned from."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from arncnn.cases import training_match
from tests.intake import made
from tests.pages.worklist_steps import ct, give, shown, worklist


def _windows(app: AppTest):
    return next(box for box in app.selectbox if box.label == "Display window")


def test_the_tick_of_the_view_that_decided_cannot_stand_on_a_line_of_its_own(app: AppTest) -> None:
    give(app, ct(40))
    ticked = [element.value for element in app.caption if "✓" in element.value]
    assert len(ticked) == 1
    assert "**\u00a0✓  \n" in ticked[0]


def test_a_ct_offers_its_windows_and_a_slider_of_its_own(app: AppTest) -> None:
    give(app, ct(40, WindowCenter="50", WindowWidth="350"))
    windows = _windows(app)
    assert windows.options == [
        "From file: 50 / 350 HU",
        "Soft tissue",
        "Bone and contrast",
        "Custom window",
    ]
    pictures = {windows.options[0]: shown(app)}
    for place, name in enumerate(windows.options):
        _windows(app).select_index(place).run()
        assert not app.exception
        pictures[name] = shown(app)
    (slider,) = [slider for slider in app.slider if slider.label.endswith("in HU")]
    assert slider.min >= -1024
    slider.set_value((slider.min, (slider.min + slider.max) / 2)).run()
    assert not app.exception
    pictures["moved"] = shown(app)
    assert len(set(pictures.values())) == len(pictures), "two windows look the same"


def test_a_ct_of_one_even_value_is_shown_whichever_window_is_chosen(app: AppTest) -> None:
    even = made.dicom(np.full((40, 48), 1000, np.uint16), RescaleSlope="1", RescaleIntercept="-990")
    give(app, even)
    for place in range(len(_windows(app).options)):
        _windows(app).select_index(place).run()
        assert not app.exception
        assert shown(app)
        assert not [slider for slider in app.slider if slider.label.endswith("in HU")]


@pytest.mark.parametrize(
    ("match", "words"), [("exact", "This exact image"), ("near", "near-duplicate")]
)
def test_a_scan_that_the_model_learnt_from_says_so(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, match: str, words: str
) -> None:
    monkeypatch.setattr(training_match.TrainingImages, "match", lambda *_: match)
    give(app, ct(40))
    assert any(words in info.value and "little about" in info.value for info in app.info)
    notes = worklist(app).dataframe[0].value["Notes"].iloc[0]
    assert ("near-duplicate" if match == "near" else "in the training set") in notes
