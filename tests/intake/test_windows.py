"""A file's windows have names that are short, tell them apart and hold no free text."""

import pytest

from arncnn.figures import picture
from arncnn.intake import open_bytes
from tests.intake import made


def _names(**elements: object) -> list[str]:
    return [window.name for window in open_bytes(made.dicom(**elements)).windows]


def _ct(centers: list[str], widths: list[str], explanations: list[str] | None = None) -> list[str]:
    said = {} if explanations is None else {"WindowCenterWidthExplanation": explanations}
    return _names(
        RescaleSlope="1",
        RescaleIntercept="-1024",
        WindowCenter=centers,
        WindowWidth=widths,
        **said,
    )


def test_a_window_without_an_explanation_is_named_by_centre_and_width() -> None:
    assert _ct(["40", "-600"], ["400", "1500.5"]) == [
        "From file: 40 / 400 HU",
        "From file: -600 / 1500.5 HU",
    ]


def test_values_that_are_no_hounsfield_units_have_no_unit() -> None:
    assert _names(Modality="DX", WindowCenter="550", WindowWidth="1024") == [
        "From file: 550 / 1024"
    ]


@pytest.mark.parametrize("explanation", ["WINDOW1", "Doe Jane's lung", ""])
def test_an_explanation_that_is_no_known_name_gives_way_to_the_figures(explanation: str) -> None:
    assert _ct(["40"], ["400"], [explanation]) == ["From file: 40 / 400 HU"]


def test_explanations_name_windows_and_figures_tell_two_of_one_name_apart() -> None:
    assert _ct(["40", "60", "-600"], ["400", "350", "1500"], ["ABDOMEN", "Abdomen", "lung"]) == [
        "From file: abdomen",
        "From file: abdomen 60 / 350 HU",
        "From file: lung",
    ]


def test_a_window_given_twice_is_offered_once() -> None:
    assert _ct(["40", "40", "40"], ["100", "100", "200"]) == [
        "From file: 40 / 100 HU",
        "From file: 40 / 200 HU",
    ]


def test_the_files_soft_tissue_is_told_apart_from_the_usual_one() -> None:
    scan = open_bytes(
        made.dicom(
            RescaleSlope="1",
            RescaleIntercept="-1024",
            WindowCenter="50",
            WindowWidth="350",
            WindowCenterWidthExplanation="SOFT TISSUE",
        )
    )
    names = [window.name.casefold() for window in picture.windows(scan)]
    assert len(set(names)) == len(names) == 3
