"""The evidence page: layers, tests of a map and checks on the pixels, each worked out once."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from arncnn.cases.open_case import OpenCase
from arncnn.explain import occlusion
from arncnn.explain.similar import Neighbour
from arncnn.store import LOCAL_USER, Store
from arncnn.uncertainty.known import Known
from arncnn.uncertainty.novelty import Novelty
from pages.ui import caches
from pages.ui.scan import similar_cases
from pages.ui.shared import stored_results


@pytest.fixture
def page(app: AppTest) -> AppTest:
    """The evidence of the head phantom, whose attention maps differ from place to place."""
    page = _evidence_of(app, "Head CT")
    modules = _attention(page)
    for name, values in modules.items():  # an untrained network's are all but even
        modules[name] = _with(values, np.s_[:, 0], 0.25)
    return page.run()


def _with(values: np.ndarray, where: object, value: float) -> np.ndarray:
    changed = values.copy()
    changed[where] = value
    return changed


def _attention(page: AppTest) -> dict[str, np.ndarray]:
    opened = caches.cases().open(LOCAL_USER, page.session_state["case_id"])
    return opened.reading.features.attention


def _evidence_of(app: AppTest, sample: str) -> AppTest:
    _press(app, sample)
    app.switch_page("pages/scan/explanations.py").run()
    assert not app.exception
    return app


def _box(app: AppTest, label: str):
    return next(box for box in app.selectbox if box.label == label)


def _tab(app: AppTest, name: str) -> AppTest:
    app.session_state["evidence_more"] = name
    app.run()
    assert not app.exception
    return app


def _texts(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.markdown, *app.caption, *app.info))


def _press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def test_a_refused_scans_maps_are_not_called_evidence_for_an_answer(app: AppTest) -> None:
    said = _texts(_evidence_of(app, "Not a scan"))
    assert "This scan was refused, so it has no class" in said


def test_every_attention_module_and_the_last_convolution_can_be_laid_over_the_scan(
    page: AppTest,
) -> None:
    layers = _box(page, "Layer").options
    assert layers == ["Last convolution", *(f"Attention module {n}" for n in range(1, 9))]
    _box(page, "Layer").select("attention_3").run()
    assert not page.exception
    said = _texts(page)
    assert "Attention module 3 lets most through at the" in said or "every place alike" in said
    assert "in the residual block: each of its 32 × 32 values" in said
    assert "no answer to test it against" in said
    assert _box(page, "Method").disabled


def test_a_module_is_laid_open_with_the_ranges_of_its_three_steps(page: AppTest) -> None:
    _box(page, "Layer").select("attention_5").run()
    said = _texts(_tab(page, "Inside a module"))
    assert "**Attention module 5**, after the last max pooling, first of four" in said
    for name, shape in (("before", "256"), ("after", "256")):
        assert f"**Features {name}**, mean over channels  \n8 × 8 × {shape}" in said
    assert "**Attention map**  \n8 × 8 × 1" in said


def test_a_map_is_tested_on_its_scan_once_and_each_map_by_itself(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Not tested on this scan yet" in _texts(page)
    _press(page, "Test it on this scan")
    said = _texts(page)
    assert "Tested on this scan: this map" in said
    (figures,) = [box for box in page.expander if box.label == "The figures behind this"]
    (listed,) = [element.value for element in figures.markdown]
    assert "area under the deletion curve" in listed
    assert "Shifting the image by 1 to 2 pixels" in listed
    assert "(residual " in listed
    assert said.count("(residual ") == 1
    assert "no stored release check" in said  # of an untrained model
    _box(page, "Method").select("grad_cam").run()
    assert "Not tested on this scan yet" in _texts(page)
    monkeypatch.setattr(OpenCase, "trust", _must_not_run)
    _box(page, "Method").select("integrated").run()
    assert "Tested on this scan: this map" in _texts(page)


def test_what_a_logit_is_stands_before_the_sum_in_logits(page: AppTest) -> None:
    (said,) = [element.value for element in page.caption if "A logit is" in element.value]
    assert said.index("A logit is") < said.index("All cells together: ")
    _box(page, "Compared with").select("Hand").run()
    assert "this scan moves the score of" in _texts(page)


def test_a_check_on_the_pixels_runs_once_and_is_held_against_the_map_in_view(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    _tab(page, "Checks on the pixels")
    buttons = [button.label for button in page.button]
    assert {"Run Occlusion", "Run RISE"} < set(buttons)
    _press(page, "Run Occlusion")
    assert "Run Occlusion" not in [button.label for button in page.button]
    first = _agreement(page)
    assert "over 64 cells" in first
    monkeypatch.setattr(occlusion, "occlusion", _must_not_run)
    _box(page, "Method").select("grad_cam").run()
    assert not page.exception
    assert _agreement(page) != first  # the same check, held against another map


def test_similar_cases_are_worked_out_only_when_their_tab_is_open(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(OpenCase, "similar", lambda opened: asked.append(opened) or ())
    page.run()
    assert not asked
    assert "no features of its training images" in _texts(_tab(page, "Similar cases"))
    assert asked


def test_similar_cases_show_their_pictures_or_say_how_to_get_them(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = (Neighbour(2, "HeadCT", 1.5, 3), Neighbour(0, "Hand", 2.0, 1))
    monkeypatch.setattr(OpenCase, "similar", lambda opened: found)
    monkeypatch.setattr(stored_results, "dataset_of", lambda bundle: None)
    said = _texts(_tab(page, "Similar cases"))
    assert "**Head CT**  \ndistance 1.5, 3 identical copies" in said
    assert "**Hand X-ray**  \ndistance 2.0" in said
    assert "python -m arncnn data fetch" in said
    without = len(page.image)
    dataset = SimpleNamespace(images=np.zeros((3, 64, 64), np.uint8))
    monkeypatch.setattr(stored_results, "dataset_of", lambda bundle: dataset)
    page.run()
    assert not page.exception
    assert "data fetch" not in _texts(page)
    assert len(page.image) == without + len(found)


@pytest.mark.parametrize(("label", "is_said"), [("HeadCT", False), ("Hand", True)])
def test_similar_cases_of_another_class_than_the_answer_are_remarked_on(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, label: str, is_said: bool
) -> None:
    page = _evidence_of(app, "Head CT")
    show = similar_cases.show

    def answered(opened: OpenCase) -> None:
        show(replace(opened, reading=replace(opened.reading, label="HeadCT")))

    monkeypatch.setattr(similar_cases, "show", answered)
    monkeypatch.setattr(OpenCase, "similar", lambda opened: (Neighbour(0, label, 1.0, 1),) * 6)
    said = _texts(_tab(page, "Similar cases"))
    assert ("6 of the 6 most similar training images are of another class" in said) is is_said


def test_similar_cases_of_a_refused_scan_have_no_answer_to_differ_from(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = _evidence_of(app, "Not a scan")
    monkeypatch.setattr(OpenCase, "similar", lambda opened: (Neighbour(0, "Hand", 1.0, 1),))
    assert "of another class" not in _texts(_tab(page, "Similar cases"))


def _agreement(app: AppTest) -> str:
    return next(element.value for element in app.markdown if "rank correlation" in element.value)


def _must_not_run(*_: object, **__: object) -> None:
    raise AssertionError("worked out twice")


def test_a_case_that_is_deleted_elsewhere_is_no_longer_shown_or_given_out(page: AppTest) -> None:
    store = Store.open()
    (case,) = store.cases.list(LOCAL_USER).cases
    store.cases.delete(LOCAL_USER, case.id)
    _box(page, "Method").select("grad_cam").run()
    assert not page.exception
    assert any("may have been deleted" in error.value for error in page.error)
    assert not page.get("image") and not page.get("download_button")


def test_attention_maps_that_do_not_vary_are_told_in_one_line_and_not_drawn(
    page: AppTest,
) -> None:
    for name in ("attention_2", "attention_7"):
        _attention(page)[name] = np.ones_like(_attention(page)[name])
    page.run()
    said = _texts(page)
    assert "Attention modules 2 and 7 treat every place alike (values 1.00 to 1.00)." in said
    assert "**Attention module 2**" not in said
    assert "**Attention module 1**" in said
    _box(page, "Layer").select("attention_2").run()
    assert not page.exception
    assert "Attention module 2 treats every place alike" in _texts(page)
    bars = [h for h in page.get("html") if 'class="arn-scale"' in h.proto.body]
    assert not bars, "what has no colours has no colour bar"


def test_each_check_on_the_pixels_says_that_its_scale_is_its_own(page: AppTest) -> None:
    _tab(page, "Checks on the pixels")
    _press(page, "Run Occlusion")
    said = _texts(page)
    assert "Colours on a scale of its own: full colour is its strongest place" in said
    bar = [h.proto.body for h in page.get("html") if 'class="arn-scale"' in h.proto.body][-1]
    assert "or more" not in bar


def test_known_is_explained_where_the_model_has_that_output_and_nowhere_else(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Known or not" not in [tab.label for tab in page.tabs]
    opened = caches.cases().open(LOCAL_USER, page.session_state["case_id"])
    rng = np.random.default_rng(0)
    shapes = [(125, 4), (125, 4), (256, 4), (4,), (4, 1), (1,)]
    score = Known(*(rng.normal(size=shape).astype(np.float32) for shape in shapes))
    bank = np.zeros(200, np.float32)
    monkeypatch.setitem(opened.model.reader.__dict__, "novelty", Novelty((score,), (bank,), bank))
    page.run()
    said = _texts(_tab(page, "Known or not"))
    (told,) = [line for line in said.splitlines() if line.startswith("The logit of")]
    assert "of 200 calibration images have a lower one" in told
    assert "for a known kind of scan" in said
    assert "moves the score of a known kind of scan" in said
    _press(page, "Run Occlusion of known")
    assert "the map beside it (rank correlation" in _texts(page)
    monkeypatch.setattr(occlusion, "occlusion", _must_not_run)
    _box(page, "Method").select("grad_cam").run()
    assert not page.exception
