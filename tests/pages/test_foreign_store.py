"""A dashboard beside kept files of another store says so and draws nothing else."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

_APP = Path(__file__).resolve().parents[2] / "app.py"


@pytest.mark.attack
def test_an_empty_database_beside_kept_files_is_refused_in_a_sentence(home: Path) -> None:
    kept = home / "cases" / "ab" / ("ab" * 32)
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"somebody's pixels")
    st.cache_resource.clear()
    shown = AppTest.from_file(str(_APP), default_timeout=60).run()
    assert not shown.exception
    assert [error.value.partition(",")[0] for error in shown.error] == ["The database is empty"]
    assert kept.read_bytes() == b"somebody's pixels"
