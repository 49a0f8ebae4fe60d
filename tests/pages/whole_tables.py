"""Tables that break their lines, as they are read: no sign in their cells means anything."""

import pandas as pd
from streamlit.testing.v1 import AppTest

_READ = {r"\\([\W_])": r"\1", "\u00a0": " "}  # Markdown's escapes, and spaces that hold an interval


def of(app: AppTest) -> list[pd.DataFrame]:
    """Every table of the page in the order they are drawn."""
    return [_read(table.value) for table in app.table]


def _read(table: pd.DataFrame) -> pd.DataFrame:
    read = table.replace(_READ, regex=True)
    read.columns = read.columns.str.replace("\\", "")
    return read
