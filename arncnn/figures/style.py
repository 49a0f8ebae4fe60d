"""One look for every figure: calm, readable on light and dark, safe for colour-blind eyes.

Colours are Okabe and Ito's (2008). Backgrounds are transparent and text is a grey that
reads on both white and near-black, so a figure needs no knowledge of the page's theme.
Colour is never the only signal: series also differ in dash, marker or printed numbers.
"""

import math
from typing import Any

import plotly.graph_objects as go

BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"
VERMILION, PURPLE, SKY, YELLOW = "#D55E00", "#CC79A7", "#56B4E9", "#F0E442"
OKABE_ITO = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW)
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")

TEXT = "#7f858c"  # about 4:1 on white and on near-black
GRID = "rgba(127, 133, 140, 0.20)"
LINE = "rgba(127, 133, 140, 0.55)"
TRANSPARENT = "rgba(0, 0, 0, 0)"

_AXIS = {
    "showgrid": True,
    "gridcolor": GRID,
    "zeroline": False,
    "linecolor": LINE,
    "ticks": "outside",
    "ticklen": 4,
    "tickcolor": LINE,
    "automargin": True,
    "ticklabeloverflow": "allow",  # Plotly hides the last one, often the one that counts
    "title": {"standoff": 8},
}

TEMPLATE = go.layout.Template(
    layout={
        "colorway": list(OKABE_ITO),
        "paper_bgcolor": TRANSPARENT,
        "plot_bgcolor": TRANSPARENT,
        "font": {"family": "Inter, system-ui, sans-serif", "size": 13, "color": TEXT},
        "margin": {"l": 8, "r": 12, "t": 28, "b": 8},
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "hoverlabel": {"font": {"size": 13}, "namelength": -1},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.01, "x": 0, "title": ""},
        "bargap": 0.3,
    }
)

_EDGE = 20  # px at the right, half of "100%"; Streamlit's theme takes the template's away
_FINE_DECADES = 4  # with more, a low panel has room for powers of ten alone
NAMES = {"showgrid": False, "tickcolor": TRANSPARENT, "ticklen": 8}  # an axis of names

# Without Plotly's toolbar: a touch screen always shows it, over the legend. A double click or
# tap takes a zoom back.
CONFIG: dict[str, Any] = {"displayModeBar": False}


def styled(figure: go.Figure, *, height: int, key: str) -> go.Figure:
    """The figure in the house's look.

    Args:
        figure: changed in place.
        height: pixels.
        key: names the figure; while it stays the same, zoom survives an update.
    """
    figure.update_layout(template=TEMPLATE, height=height, uirevision=key, margin={"r": _EDGE})
    return figure


def empty(message: str, *, height: int = 160, key: str = "empty") -> go.Figure:
    """A figure that says why there is nothing to show."""
    figure = go.Figure()
    figure.add_annotation(text=message, showarrow=False, xref="paper", yref="paper", x=0.5, y=0.5)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return styled(figure, height=height, key=key)


def colour(position: int) -> str:
    """The colour of the series at this position; they repeat after seven."""
    return OKABE_ITO[position % len(OKABE_ITO)]


def epoch_ticks(epochs: int) -> int:
    """Distance of ticks on an epoch axis: whole epochs, at most some ten of them.

    >>> epoch_ticks(7), epoch_ticks(64)
    (1, 7)
    """
    return max(1, -(-epochs // 10))


def logarithmic_ticks(low: float, high: float) -> dict[str, Any]:
    """Ticks of a logarithmic axis, from just below ``low`` to just above ``high``.

    At 1, 2 and 5 of each decade while those are few. Plotly's own print every digit, one over
    the other on a low panel.

    >>> logarithmic_ticks(0.06, 1.8)["ticktext"]
    ['0.05', '0.1', '0.2', '0.5', '1', '2']
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    digits = (1, 2, 5) if len(decades) <= _FINE_DECADES else (1,)
    series = [float(f"{digit}e{decade}") for decade in decades for digit in digits]
    first = max((place for place, tick in enumerate(series) if tick <= low), default=0)
    last = min((place for place, tick in enumerate(series) if tick >= high), default=len(series))
    shown = series[first : last + 1]
    return {"tickvals": shown, "ticktext": [f"{tick:g}" for tick in shown]}


def faded(hexadecimal: str, opacity: float) -> str:
    """A colour with an opacity.

    >>> faded("#0072B2", 0.5)
    'rgba(0, 114, 178, 0.5)'
    """
    red, green, blue = (int(hexadecimal[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity:g})"
