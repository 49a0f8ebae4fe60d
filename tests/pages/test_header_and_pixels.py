"""What pixels and header say together stands beside the answer, and never in its place."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from arncnn.intake.header_statement import Statement
from arncnn.labels import MEDICAL_MNIST
from arncnn.uncertainty.header_posterior import combine
from pages.ui.scan.header_and_pixels import html
from tests import a_reading

CHEST = Statement("CT", "CT", (frozenset({"chest"}),))


def _reading(statement: Statement, *probabilities: float, **changes: object):
    found = np.array(probabilities, np.float32)
    together = combine(statement, a_reading.LABELS, found, MEDICAL_MNIST, needed=0.9)
    return a_reading.build(label="AbdomenCT", probabilities=found, with_header=together, **changes)


def test_the_table_holds_both_numbers_of_every_class() -> None:
    shown = html(_reading(CHEST, 0.6, 0.0, 0.0, 0.4, 0.0, 0.0))
    for label in MEDICAL_MNIST.values():
        assert label.title in shown
    assert "60.0%" in shown and "40.0%" in shown  # the pixels' own
    assert shown.index("Chest CT") < shown.index("Abdomen CT")
    assert "Pixels alone" in shown


@pytest.mark.parametrize(
    ("statement", "refused", "sections"),
    [(CHEST, False, 1), (Statement(), False, 0), (CHEST, True, 0)],
)
def test_it_is_drawn_where_a_header_tells_classes_apart_and_a_class_is_given(
    statement: Statement, refused: bool, sections: int
) -> None:
    reading = _reading(statement, 0.6, 0.0, 0.0, 0.4, 0.0, 0.0)
    if refused:
        reading = a_reading.refused(with_header=reading.with_header)

    def page() -> None:
        import streamlit as st

        from pages.ui.scan import header_and_pixels

        header_and_pixels.show(st.session_state["reading"])

    app = AppTest.from_function(page)
    app.session_state["reading"] = reading
    app.run(timeout=60)
    assert not app.exception
    assert len(app.expander) == sections
    if sections:
        assert "Chest CT" in app.expander[0].label
        assert "by the pixels alone it is Abdomen CT (60.0%)" in app.markdown[0].value
