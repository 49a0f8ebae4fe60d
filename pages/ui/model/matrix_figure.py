"""The confusion matrix: counts or shares, with cells to select by click or by list."""

import numpy as np
import streamlit as st

from arncnn.figures import confusion_matrix, style
from arncnn.formatting import counted
from arncnn.labels import title
from pages.ui import state

Cell = tuple[int, int]  # row of the true class, column of the predicted one


def choose_cell(matrix: np.ndarray, labels: tuple[str, ...], *, key: str) -> Cell | None:
    """Draws the matrix and gives the chosen cell; errors are offered first.

    Args:
        matrix: int, (classes, classes), rows true.
        labels: of rows and columns.
        key: of the widgets.
    """
    shares = st.toggle("Row percentages", key=f"{key}_percent")
    cells = _cells(matrix)

    def _clicked() -> None:
        clicked = state.clicked(f"{key}_chart")
        if clicked is not None:
            row, column, count = clicked
            if count:
                state.choose_cell(f"{key}_cell", (row, column))

    st.plotly_chart(
        confusion_matrix.figure(matrix, labels, percent=shares),
        config=style.CONFIG,
        on_select=_clicked,
        selection_mode="points",
        key=f"{key}_chart",
        alt=confusion_matrix.alt_text(matrix, labels, percent=shares),
    )
    return st.selectbox(
        "Images of a cell",
        cells,
        index=None,
        format_func=lambda cell: _name(cell, matrix, labels),
        placeholder="Click a cell of the matrix, or choose one here",
        key=f"{key}_cell",
    )


def _cells(matrix: np.ndarray) -> list[Cell]:
    """Cells that hold images: the errors, most frequent first, then the diagonal."""
    filled = [(int(row), int(column)) for row, column in np.argwhere(matrix)]
    return sorted(filled, key=lambda cell: (cell[0] == cell[1], -int(matrix[cell]), cell))


def _name(cell: Cell, matrix: np.ndarray, labels: tuple[str, ...]) -> str:
    true, predicted = (title(labels[place]) for place in cell)
    read = "read right" if true == predicted else f"read as {predicted}"
    return f"{true} {read}: {counted(int(matrix[cell]), 'image')}"
