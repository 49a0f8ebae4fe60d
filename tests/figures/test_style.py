"""The shared look."""

import re
import tomllib

import plotly.graph_objects as go

from arncnn.config import ASSETS
from arncnn.figures import style

ROOT = ASSETS.parent


def _luminance(red: float, green: float, blue: float) -> float:
    def linear(channel: float) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def _contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two hexadecimal colours."""
    lights = sorted(
        _luminance(*(int(colour[i : i + 2], 16) for i in (1, 3, 5))) for colour in (one, other)
    )
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def test_text_reads_on_light_and_dark_pages() -> None:
    assert _contrast(style.TEXT, "#ffffff") > 3.5
    assert _contrast(style.TEXT, "#0e1117") > 3.5


def test_words_in_a_figure_take_a_colour_that_reads_on_each_theme() -> None:
    sheet = (ASSETS / "theme" / "dashboard.css").read_text(encoding="utf-8")
    themes = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    found = re.search(r"--arn-soft: light-dark\((#\w{6}), (#\w{6})\)", sheet)
    assert found is not None
    for theme, colour in zip(("light", "dark"), found.groups(), strict=True):
        assert _contrast(colour, themes[theme]["backgroundColor"]) > 4.5
    (rule,) = re.findall(r"\.js-plotly-plot :is\(([^)]*)\) text \{ fill: var\(--arn-soft\)", sheet)
    assert {".xtick", ".annotation", ".legend", ".barlayer"} <= set(re.split(r",\s*", rule))


def test_no_element_is_asked_for_what_it_holds_unless_it_is_named() -> None:
    # A ":has" that may hold anywhere makes browsers look at the whole page after every change, and
    # one of ".stApp", which stays, has them restyle all of it from the first match on.
    sheets = [file.read_text(encoding="utf-8") for file in (ASSETS / "theme").glob("*.css")]
    rules = re.sub(r"/\*.*?\*/", "", "".join(sheets), flags=re.DOTALL)
    asking = re.findall(r"[^\s,(){}>+~]*:has\(", rules)
    assert len(sheets) == 2 and asking
    assert {one for one in asking if not re.match(r".*st-key-|.*stLayoutWrapper", one)} == set()


def test_the_last_tick_of_an_axis_is_labelled_and_has_room() -> None:
    drawn = style.styled(go.Figure(), height=300, key="some-figure")
    assert drawn.layout.template.layout.xaxis.ticklabeloverflow == "allow"
    assert drawn.layout.margin.r >= 19  # half of "100%" at 13 px


def test_backgrounds_are_transparent_and_zoom_survives_by_key() -> None:
    drawn = style.styled(go.Figure(), height=300, key="some-figure")
    template = drawn.layout.template.layout
    assert template.paper_bgcolor == template.plot_bgcolor == style.TRANSPARENT
    assert (drawn.layout.uirevision, drawn.layout.height) == ("some-figure", 300)


def test_an_empty_figure_says_why() -> None:
    drawn = style.empty("No epoch has finished yet.")
    assert drawn.layout.annotations[0].text == "No epoch has finished yet."
    assert not drawn.data


def test_no_toolbar_lies_over_a_legend() -> None:
    assert style.CONFIG["displayModeBar"] is False
