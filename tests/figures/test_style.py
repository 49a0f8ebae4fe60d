"""The shared look."""

import plotly.graph_objects as go

from arncnn.figures import style


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
