"""The confusion matrix draws the counts it is given, and every cell can be selected."""

import numpy as np

from arncnn.figures import confusion_matrix

LABELS = ("AbdomenCT", "CXR", "Hand")
MATRIX = np.array([[99_990, 10, 0], [0, 50, 0], [1, 3, 46]])


def test_diagonal_and_errors_are_separate_and_empty_cells_quiet() -> None:
    right, wrong, _ = confusion_matrix.figure(MATRIX, LABELS).data
    for cells, inside in ((right, np.eye(3, dtype=bool)), (wrong, ~np.eye(3, dtype=bool))):
        assert np.array_equal(np.isfinite(np.array(cells.z, float)), inside & (MATRIX > 0))
    assert right.text[0][2] == wrong.text[0][2] == ""


def test_counts_are_printed_in_their_cells() -> None:
    printed = confusion_matrix.figure(MATRIX, LABELS).data[0].text
    assert [list(row) for row in printed] == [
        ["99,990", "10", ""],
        ["", "50", ""],
        ["1", "3", "46"],
    ]


def test_percentages_are_of_the_row_and_never_round_to_perfection() -> None:
    printed = confusion_matrix.figure(MATRIX, LABELS, percent=True).data[0].text
    assert printed[0][0] == ">\u00a099.9%" and printed[0][1] == "<\u00a00.1%"
    assert printed[1][1] == "100%"
    assert printed[2][2] == "92.0%"


def test_an_invisible_point_over_each_cell_names_row_column_and_count() -> None:
    drawn = confusion_matrix.figure(MATRIX, LABELS)
    points = drawn.data[2]
    assert points.marker.opacity == 0
    assert drawn.layout.clickmode == "event+select"
    for x, y, (row, column, count) in zip(points.x, points.y, points.customdata, strict=True):
        assert (x, y) == (drawn.data[0].x[column], drawn.data[0].y[row])
        assert count == MATRIX[row, column]
    assert len(points.x) == 9


def test_a_class_without_images_does_not_divide_by_zero() -> None:
    drawn = confusion_matrix.figure(np.array([[5, 0], [0, 0]]), LABELS[:2], percent=True)
    assert [list(row) for row in drawn.data[0].text] == [["100%", ""], ["", ""]]


def test_alt_text_lists_errors_largest_first() -> None:
    words = confusion_matrix.alt_text(MATRIX, LABELS)
    assert "100,086 of 100,100" in words
    assert words.index("10 Abdomen CT read as Chest X-ray") < words.index("3 Hand X-ray read as")
    assert "no errors" in confusion_matrix.alt_text(np.eye(3, dtype=int), LABELS)
