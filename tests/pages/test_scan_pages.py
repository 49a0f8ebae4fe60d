"""The scan pages through ``app.py``: empty, working, with a result, refused and failed."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from arncnn.config import INTENDED_USE
from arncnn.labels import MEDICAL_MNIST, title
from arncnn.store import LOCAL_USER, Store
from arncnn.store.audit import AuditFilter
from pages.ui.scan import case_downloads
from tests.intake import made
from tests.store import made_up

ROOT = Path(__file__).resolve().parent.parent.parent
SCAN_PAGES = ("upload", "probabilities", "explanations", "worklist")


def _open(app: AppTest, page: str) -> AppTest:
    app.switch_page(f"pages/scan/{page}.py").run()
    assert not app.exception
    return app


def _html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.main if element.type == "html") + str(
        [element.proto.body for element in app.get("html")]
    )


def _mislabelled_strip() -> bytes:
    """A picture too narrow to be read, whose header says chest."""
    strip = made.ramp(400, 40)
    return made.dicom(strip, Modality="CR", BodyPartExamined="CHEST", SeriesInstanceUID="1.2")


def _verdicts(app: AppTest) -> list[str]:
    bodies = (element.proto.body for element in app.get("html"))
    return [body for body in bodies if 'class="arn-verdict' in body]


def _press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


@pytest.fixture
def read(app: AppTest) -> AppTest:
    """The dashboard after the head phantom has been read."""
    return _press(app, "Head CT")


@pytest.mark.parametrize("page", SCAN_PAGES)
def test_every_empty_page_says_what_to_do_first_and_what_it_is_for(app: AppTest, page: str) -> None:
    _open(app, page)
    assert INTENDED_USE in _html(app)
    assert not app.error


def test_a_sample_leads_to_its_reading(read: AppTest) -> None:
    html = _html(read)
    assert 'class="arn-verdict' in html
    assert "Class probabilities" in [heading.value for heading in read.subheader]
    assert html.count('<span class="name">') >= 6


def test_the_header_is_shown_beside_the_pixels(app: AppTest) -> None:
    html = _html(_press(app, "Wrong header"))
    assert "The header says" in html
    assert "CHEST" in html.upper()


def test_a_photograph_is_refused_and_its_numbers_wait_behind_a_click(app: AppTest) -> None:
    _press(app, "Not a scan")
    assert "arn-verdict refuse" in _html(app)
    assert any("Shown in grey" in caption.value for caption in app.caption)
    (numbers,) = (each for each in app.expander if each.label == "Show the numbers anyway")
    behind = {heading.value for heading in numbers.subheader}
    assert behind == {"Class probabilities", "How sure", "What the network saw"}
    assert behind == {heading.value for heading in app.main.subheader}, "none lies in the open too"


def test_a_case_stays_when_the_page_is_opened_anew(read: AppTest, model: Path) -> None:
    case_id = read.session_state["case_id"]
    st.cache_resource.clear()  # a restart: nothing is left but the store
    fresh = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    fresh.session_state["case_id"] = case_id
    _open(fresh.run(), "probabilities")
    assert 'class="arn-verdict' in _html(fresh)


@pytest.mark.parametrize("page", ["probabilities", "explanations"])
def test_a_case_that_another_model_read_shows_both_answers_and_says_whose_each_is(
    read: AppTest, page: str
) -> None:
    _open(read, page)
    assert len(_verdicts(read)) == 1, "this model read it"
    opened = Store.open()
    recorded = made_up.new_case(label="CXR", reading_probabilities={"CXR": 0.97, "Hand": 0.03})
    other = opened.cases.add(LOCAL_USER, recorded)
    opened.close()
    read.session_state["case_id"] = other.id
    read.query_params["case"] = other.id
    _open(read, page)
    then, now = _verdicts(read)
    assert 'aria-label="Recorded verdict"' in then and "Chest X-ray" in then and "97.0" in then
    assert 'aria-label="Verdict"' in now
    assert _html(read).index("Recorded on 20") < _html(read).index("The model in service now")
    said = " ".join(caption.value for caption in read.caption)
    assert f"By model {other.model_id}." in said
    assert ", from the same image." in said


def test_a_refusal_names_no_class_but_behind_its_click(app: AppTest) -> None:
    app.file_uploader[0].set_value([("odd", _mislabelled_strip(), "application/dicom")]).run()
    assert not app.exception
    html = [element.proto.body for element in app.main.children.values() if element.type == "html"]
    assert any("arn-verdict refuse" in body for body in html)
    assert any("Header check" in body for body in html)
    for name in map(title, MEDICAL_MNIST):
        assert not any(name in body for body in html), name


def test_how_sure_is_one_sentence_with_the_figures_folded_behind_it(read: AppTest) -> None:
    (folded,) = (each for each in read.expander if "sure" in each.label)
    assert folded.label in ("**Not sure**", "**Very sure**"), "this model has no novelty score"
    assert not folded.proto.expanded and "Entropy" not in _html(read), "drawn when asked for"
    read.session_state["reading_sure"] = True
    read.run()
    (folded,) = (each for each in read.expander if "sure" in each.label)
    assert "Entropy" in str([element.proto.body for element in folded.get("html")])


def test_a_reading_can_be_taken_away_as_a_report_of_one_page(
    read: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[bytes] = []
    monkeypatch.setattr(
        case_downloads.buttons, "download", lambda *given, **_: made.append(given[1]())
    )
    _open(read, "probabilities")
    (pdf,) = made
    assert pdf.startswith(b"%PDF-") and len(pdf) > 10_000
    (line,) = Store.open().audit.entries(LOCAL_USER, AuditFilter(action="case.download")).entries
    assert line.detail["what"] == "PDF report"


def test_the_headers_values_stand_in_a_table(app: AppTest) -> None:
    _press(app, "Wrong header")
    (folded,) = (each for each in app.expander if each.label.endswith("of the header"))
    assert (
        '<th scope="row">Body part examined</th><td>CHEST</td>' in folded.get("html")[0].proto.body
    )


def test_the_evidence_answers_to_class_method_and_comparison(read: AppTest) -> None:
    _open(read, "explanations")
    for box in read.selectbox:
        if box.label == "Method":
            box.select("grad_cam").run()
            assert not read.exception
    box = next(box for box in read.selectbox if box.label == "Compared with")
    box.select_index(1).run()
    assert not read.exception
    assert any("rather than" in text.value for text in read.markdown)


def test_the_worklist_lists_what_was_read_and_the_same_bytes_once(read: AppTest) -> None:
    _open(read, "upload")
    _press(read, "Head CT")
    _open(read, "worklist")
    cases = read.dataframe[0].value
    assert len(cases) == 1
    assert cases["Class"].iloc[0] or cases["Verdict"].iloc[0]


def test_a_filter_that_nothing_fits_says_so(read: AppTest) -> None:
    _open(read, "worklist")
    next(text for text in read.text_input if text.label == "Search").input("no such scanner").run()
    assert any("No case matches" in text.value for text in read.markdown)


def test_a_case_that_is_gone_is_a_sentence_and_not_a_traceback(app: AppTest) -> None:
    fresh = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    fresh.session_state["case_id"] = "0123456789abcdef"
    _open(fresh, "probabilities")
    assert "There is no such case" in fresh.error[0].value


def test_an_altered_model_is_a_sentence_and_no_reading(
    app: AppTest, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    altered = shutil.copytree(model, tmp_path / "altered")
    with (altered / "weights.weights.h5").open("ab") as file:
        file.write(b"!")
    monkeypatch.setenv("ARNCNN_MODEL", str(altered))
    st.cache_resource.clear()
    fresh = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    assert not fresh.exception
    assert any("altered" in error.value for error in fresh.error)
