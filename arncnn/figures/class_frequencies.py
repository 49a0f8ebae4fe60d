"""How many images each class has (the paper's Figures 5 and 6)."""

from collections.abc import Mapping

import plotly.graph_objects as go

from arncnn.figures import style
from arncnn.labels import title

Counts = Mapping[str, Mapping[str, int]]


def figure(counts: Counts) -> go.Figure:
    """Grouped bars: classes across, one bar a part of the data set.

    Args:
        counts: part ("train", "validation", "test", or one part for the whole) to class to
            number of images.
    """
    if not any(counts.values()):
        return style.empty("There are no images to count.", key="class-frequencies")
    drawn = go.Figure()
    for position, (part, by_class) in enumerate(counts.items()):
        drawn.add_bar(
            x=[title(label) for label in by_class],
            y=list(by_class.values()),
            name=part,
            marker={"color": style.colour(position)},
            text=[f"{count:,}" for count in by_class.values()],
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"%{{x}}, {part}: %{{y:,}}<extra></extra>",
        )
    drawn.update_yaxes(title_text="Images", tickformat=",d")
    drawn.update_layout(barmode="group", showlegend=len(counts) > 1)
    return style.styled(drawn, height=340, key="class-frequencies")


def alt_text(counts: Counts) -> str:
    """The figure in words."""
    parts = [
        f"{part}: " + ", ".join(f"{title(label)} {count:,}" for label, count in by_class.items())
        for part, by_class in counts.items()
    ]
    return "Images by class. " + "; ".join(parts) + "."
