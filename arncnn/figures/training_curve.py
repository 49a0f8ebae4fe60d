"""Training curve (the paper's Figure 7): loss, accuracy and learning rate by epoch."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from arncnn.figures import style
from arncnn.models.training_history import EpochRecord

History = Sequence[EpochRecord]
Runs = Mapping[str, History]

_RATE_GAPS = 4  # between the ticks of the rates, of which there is one more
# px, room for a rate such as 1.25e-05: where Plotly finds out by itself, it draws twice.
_MARGIN = {"l": 96, "b": 52}
_PANELS = {"loss": 1, "accuracy": 2, "learning rate": 3}
_COLUMNS = (
    ("loss", "loss", "training", "solid"),
    ("loss", "v_loss", "validation", "dash"),
    ("accuracy", "accuracy", "training", "solid"),
    ("accuracy", "v_acc", "validation", "dash"),
)
_EVENTS = {  # event: (what it says, marker)
    "dwell": ("rate halved, weights restored", "x"),
    "reduced": ("rate halved", "triangle-down"),
}


def best_epoch(history: History) -> int | None:
    """The epoch whose weights were kept: the last "best", else that of least validation loss."""
    marked = [row.epoch for row in history if row.event == "best"]
    if marked:
        return marked[-1]
    judged = [row for row in history if not math.isnan(row.v_loss)]
    return min(judged, key=lambda row: row.v_loss).epoch if judged else None


def figure(runs: Runs, *, paper: History = (), log_loss_axis: bool = False) -> go.Figure:
    """Three panels over one epoch axis, one colour a run.

    Training is a solid line, validation a dashed one; one run alone goes unnamed. A cross marks
    a dwell (the rate was halved and the weights went back to the best), a triangle a plain
    halving, a star the best epoch. Updating with more epochs keeps the zoom.

    Args:
        runs: history by run name; accuracies in percent.
        paper: the paper's own rows (Table 1) to lay over.
        log_loss_axis: draw the loss on a logarithmic axis.
    """
    if not any(runs.values()) and not paper:
        return style.empty("No epoch has finished yet.", key="training-curve")
    longest = max(len(history) for history in (*runs.values(), paper))
    drawn = make_subplots(
        rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.06, row_heights=[0.42, 0.36, 0.22]
    )
    for position, (name, history) in enumerate(runs.items()):
        _add_run(drawn, name if len(runs) > 1 else "", history, style.colour(position))
    if paper:
        _add_lines(drawn, "paper", paper, style.TEXT, opacity=0.8, symbol="circle-open")
    drawn.update_yaxes(title_text="Loss", row=1, col=1)
    drawn.update_yaxes(title_text="Accuracy, %", row=2, col=1)
    drawn.update_yaxes(title_text="Learning rate", type="log", row=3, col=1, **_rates(runs, paper))
    if log_loss_axis:
        drawn.update_yaxes(type="log", row=1, col=1, **_loss_ticks(runs, paper))
    drawn.update_xaxes(title_text="Epoch", row=3, col=1, dtick=style.epoch_ticks(longest))
    drawn.update_xaxes(automargin=False).update_yaxes(automargin=False)
    style.styled(drawn, height=560, key="training-curve")
    return drawn.update_layout(hovermode="x unified", margin=_MARGIN)


def alt_text(runs: Runs, *, paper: History = (), log_loss_axis: bool = False) -> str:
    """The figure in words."""
    sentences = []
    for name, history in runs.items():
        if not history:
            sentences.append(f"{name}: no epoch has finished yet.")
            continue
        best = next(row for row in history if row.epoch == (best_epoch(history) or row.epoch))
        dwells = sum(row.event == "dwell" for row in history)
        sentences.append(
            f"{name}: {len(history)} epochs, training loss from {history[0].loss:.4g} to "
            f"{history[-1].loss:.4g}; best epoch {best.epoch} with validation loss "
            f"{best.v_loss:.4g} and accuracy {best.v_acc:.2f}%; {dwells} dwells."
        )
    if paper:
        sentences.append(f"The paper's {len(paper)} epochs are laid over.")
    return "Training curve. " + " ".join(sentences or ["No epoch has finished yet."])


def _add_run(drawn: go.Figure, name: str, history: History, colour: str) -> None:
    _add_lines(drawn, name, history, colour)
    for event, (words, symbol) in _EVENTS.items():
        rows = [row for row in history if row.event == event]
        if rows:
            _add_marks(drawn, _named(name, words), "learning rate", rows, "lr", symbol, colour)
    best = best_epoch(history)
    rows = [row for row in history if row.epoch == best]
    if rows:
        _add_marks(drawn, _named(name, "best epoch"), "loss", rows, "v_loss", "star", colour)


def _add_lines(
    drawn: go.Figure,
    name: str,
    history: History,
    colour: str,
    *,
    symbol: str = "circle",
    opacity: float = 1.0,
) -> None:
    epochs = [row.epoch for row in history]
    mode = "lines+markers" if len(history) < 40 else "lines"
    for panel, column, part, dash in _COLUMNS:
        # Two shades tell the parts of a run without a name apart; several keep one colour each.
        shade = colour if name or part == "training" else style.VERMILION
        drawn.add_scatter(
            x=epochs,
            y=[getattr(row, column) for row in history],
            name=_named(name, part),
            legendgroup=_named(name, part),
            showlegend=panel == "loss",
            mode=mode,
            line={"color": shade, "dash": dash, "width": 2},
            marker={"size": 5, "symbol": symbol},
            opacity=opacity,
            hovertemplate="%{y:.5g}",
            row=_PANELS[panel],
            col=1,
        )
    drawn.add_scatter(
        x=epochs,
        y=[_rate(row) or None for row in history],  # a cosine ends at 0: no log axis has that
        name=_named(name, "learning rate"),
        showlegend=False,
        mode=mode,
        line={"color": colour, "width": 2, "shape": "hv"},
        marker={"size": 5, "symbol": symbol},
        opacity=opacity,
        hovertemplate="%{y:.3g}",
        row=_PANELS["learning rate"],
        col=1,
    )


def _named(name: str, what: str) -> str:
    return f"{name}, {what}" if name else what


def _loss_ticks(runs: Runs, paper: History) -> dict[str, Any]:
    losses = [
        loss
        for history in (*runs.values(), paper)
        for row in history
        for loss in (row.loss, row.v_loss)
        if loss > 0  # nor nan, which a training without validation has
    ]
    return style.logarithmic_ticks(min(losses), max(losses)) if losses else {}


def _rate(row: EpochRecord) -> float:
    """The learning rate without what float32 added: 0.001 for 0.0010000000475."""
    return float(f"{row.lr:.6g}")


def _rates(runs: Runs, paper: History) -> dict[str, list[float] | list[str]]:
    """Ticks at rates that occurred, each legible: at most five, evenly apart on the axis."""
    rates = sorted({_rate(row) for history in (*runs.values(), paper) for row in history} - {0.0})
    apart = (rates[-1] / rates[0]) ** (1 / _RATE_GAPS) if rates else 1.0
    shown: list[float] = []
    for rate in reversed(rates):
        if not shown or rate * apart <= shown[-1] * (1 + 1e-9):
            shown.append(rate)
    shown.reverse()
    return {"tickvals": shown, "ticktext": [f"{rate:.3g}" for rate in shown]}


def _add_marks(
    drawn: go.Figure,
    name: str,
    panel: str,
    rows: History,
    column: str,
    symbol: str,
    colour: str,
) -> None:
    drawn.add_scatter(
        x=[row.epoch for row in rows],
        y=[getattr(row, column) or None for row in rows],
        name=name,
        mode="markers",
        marker={
            "symbol": symbol,
            "size": 12,
            "color": colour,
            "line": {"width": 1, "color": "white"},
        },
        hovertemplate="%{y:.4g}",
        row=_PANELS[panel],
        col=1,
    )
