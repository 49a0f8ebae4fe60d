"""The strip of a whole scan: every slice a cell, every range in words and at its place."""

import re

import numpy as np

from arncnn.inference.series import SliceVote, answer
from pages.ui.scan import series_strip

LABELS = ("AbdomenCT", "ChestCT", "HeadCT")


def _answer(shown: str, count: int | None = None):
    votes = [
        SliceVote(
            place,
            np.eye(3, dtype="f4")["ACH".index(sign.upper())] * 9,
            0.5,
            "refuse" if sign.islower() else "accept",
        )
        for place, sign in enumerate(shown, 1)
    ]
    return answer(LABELS, votes, count or len(votes))


def test_cells_and_ranges_lie_where_the_slices_do() -> None:
    html = series_strip.strip_html(_answer("CCCCHCcaAAAAA"), 5)
    cells = re.findall(r'<span class="([^"]*)" style="([^"]*)" title="([^"]*)">', html)
    assert len(cells) == 13
    assert cells[4][0] == "now" and cells[4][1].startswith("box-shadow"), "an odd one is hollow"
    assert [kind for kind, _, _ in cells[6:8]] == ["none", "none"]
    assert cells[6][2] == "Slice 7: refused" and cells[12][2] == "Slice 13: Abdomen CT"
    assert re.findall(r"grid-column:(\d+)/(\d+)", html) == [("1", "7"), ("9", "14")]
    assert "<b>Chest CT</b> 1–6" in html and "<b>Abdomen CT</b> 9–13" in html
    assert 'aria-label="Chest CT to Abdomen CT: slices 1 to 6 Chest CT, from 9 Abdomen CT."' in html


def test_a_long_scan_has_no_more_cells_than_a_phone_can_show() -> None:
    html = series_strip.strip_html(_answer("C" * 200 + "A" * 200), 301)
    assert html.count("title=") == 64
    assert html.count('class="now"') == 1
    assert "Chest CT</b> 1–200" in html and "Abdomen CT</b> 201–400" in html
