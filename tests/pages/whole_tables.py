"""Tables that break their lines, as they are read: a table is well-formed HTML of plain words."""

from xml.etree import ElementTree

import pandas as pd
from streamlit.testing.v1 import AppTest


def of(app: AppTest) -> list[pd.DataFrame]:
    """Every table of the page in the order they are drawn."""
    bodies = (element.proto.body for element in app.get("html"))
    return [_read(body) for body in bodies if body.startswith('<div class="arn-table')]


def _read(body: str) -> pd.DataFrame:
    table = ElementTree.fromstring(body)
    columns = [head.text for head in table.iterfind(".//thead//th")]
    rows = [[_words(cell) for cell in row] for row in table.iterfind(".//tbody/tr")]
    return pd.DataFrame(rows, columns=columns)


def _words(cell: ElementTree.Element) -> str:
    """Without what keeps an interval or a word on one line."""
    return (cell.text or "").replace("\u00a0", " ").replace("\u2060", "")
