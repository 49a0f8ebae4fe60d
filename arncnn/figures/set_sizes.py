"""How many classes the prediction sets hold."""

from collections.abc import Sequence

import plotly.graph_objects as go

from arncnn.figures import style


def figure(sizes: Sequence[int]) -> go.Figure:
    """Bars: sets by number of classes, with the count printed.

    Args:
        sizes: how many sets hold 0, 1, 2, ... classes.
    """
    if not sum(sizes):
        return style.empty("There are no prediction sets to count.", key="set-sizes")
    last = max(size for size, count in enumerate(sizes) if count)
    shown = list(range(max(last, 2) + 1))
    drawn = go.Figure(
        go.Bar(
            x=[str(size) for size in shown],
            y=[sizes[size] if size < len(sizes) else 0 for size in shown],
            text=[f"{sizes[size] if size < len(sizes) else 0:,}" for size in shown],
            textposition="outside",
            cliponaxis=False,
            marker={"color": [style.BLUE if size == 1 else style.ORANGE for size in shown]},
            hovertemplate="%{x} classes: %{y:,} sets<extra></extra>",
        )
    )
    drawn.update_xaxes(title_text="Classes in the set", type="category")
    drawn.update_yaxes(title_text="Sets", tickformat=",d")
    drawn.update_layout(showlegend=False)
    return style.styled(drawn, height=300, key="set-sizes")


def alt_text(sizes: Sequence[int]) -> str:
    """The figure in words."""
    total = sum(sizes)
    if not total:
        return "Prediction-set sizes: there are no prediction sets to count."
    mean = sum(size * count for size, count in enumerate(sizes)) / total
    parts = [f"{count:,} with {size}" for size, count in enumerate(sizes) if count]
    return f"Prediction-set sizes of {total:,} sets: {', '.join(parts)}; mean {mean:.3f}."
