"""Evidence colours: one scale, a bar as the map is drawn, a stretch that says so."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from arncnn.figures import evidence
from arncnn.store import LOCAL_USER
from pages.ui import caches
from pages.ui.scan import case_downloads


@pytest.fixture
def page(app: AppTest) -> AppTest:
    """The evidence of the head phantom."""
    _press(app, "Head CT")
    app.switch_page("pages/scan/explanations.py").run()
    assert not app.exception
    return app


def _press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception


def _stretch(app: AppTest):
    return next(box for box in app.toggle if box.label == "Stretch the colours to this map")


def _bar(app: AppTest) -> str:
    """The first colour bar of the page, the map's in view."""
    return next(h.proto.body for h in app.get("html") if "arn-scale" in h.proto.body)


def _ends(app: AppTest) -> list[str]:
    return re.findall("<span>(.*?)</span>", _bar(app))


def _captions(app: AppTest) -> str:
    return "\n".join(element.value for element in app.caption)


def _overlay(app: AppTest) -> str:
    return app.get("image")[0].proto.imgs[0].url


def test_the_bar_lies_on_black_as_the_map_lies_on_the_scan_and_says_or_more(page: AppTest) -> None:
    bar = _bar(page)
    assert "background:#000" in bar
    assert "opacity:var(--arn-opacity,.7)" in bar
    low, middle, high = _ends(page)
    assert low.startswith("−")
    assert low.endswith(" logit or more, against")
    assert middle == "0"
    assert high.endswith(" logit or more, for")
    assert "One colour scale for all classes" in _captions(page)


def test_stretching_is_off_and_when_on_changes_picture_bar_and_words(page: AppTest) -> None:
    assert not _stretch(page).value
    before, usual = _overlay(page), _ends(page)
    _stretch(page).set_value(True).run()
    assert not page.exception
    assert _overlay(page) != before
    assert _ends(page) != usual
    assert not any("or more" in end for end in _ends(page))
    assert "**Colours stretched to this map**" in _captions(page)
    assert "Do not compare these colours" in _captions(page)


def test_stretching_ends_with_the_case(page: AppTest) -> None:
    _stretch(page).set_value(True).run()
    page.switch_page("pages/scan/upload.py").run()
    _press(page, "Hand X-ray")
    page.switch_page("pages/scan/explanations.py").run()
    assert not page.exception
    assert not _stretch(page).value


def test_an_attention_map_keeps_its_scale_from_0_to_1(page: AppTest) -> None:
    opened = caches.cases().open(LOCAL_USER, page.session_state["case_id"])
    modules = opened.reading.features.attention
    modules["attention_3"] = np.eye(32, dtype=np.float32)[..., None]  # an untrained one's is even
    _stretch(page).set_value(True).run()
    next(box for box in page.selectbox if box.label == "Layer").select("attention_3").run()
    assert not page.exception
    assert _stretch(page).disabled
    assert _ends(page) == ["0", "", "1 factor"]


def test_the_picture_and_the_report_that_are_handed_on_say_that_colours_are_stretched(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, plates = [], []
    show, plate = case_downloads.show, evidence.plate
    monkeypatch.setattr(case_downloads, "show", lambda *a, **k: (asked.append(a), show(*a, **k))[1])
    monkeypatch.setattr(evidence, "plate", lambda *a, **k: (plates.append(k), plate(*a, **k))[1])
    for is_stretched in (False, True):
        _stretch(page).set_value(is_stretched).run()
        assert not page.exception
        case_downloads._plate(*asked[-1])
        said = case_downloads._report(*asked[-1])
        drawn = plates[-2]
        assert drawn["is_open"] is not is_stretched
        assert any("Colours stretched" in line for line in drawn["lines"]) is is_stretched
        assert ("Colours stretched to this map" in said) is is_stretched
        assert f"full colour at {drawn['scale']:.3g} logit" in said
