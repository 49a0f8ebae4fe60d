"""Comparison and architecture draw their rows, and say what was not run."""

import pytest

from arncnn.evaluation.paper_values import TABLE_6
from arncnn.figures import architecture, comparison
from arncnn.figures.comparison import ComparedModel
from arncnn.formatting import share
from arncnn.network.summary import LayerRow

ROWS = (
    ComparedModel("ARN-CNN", (0.99, 0.98, 1.0), TABLE_6[-1].accuracy),
    ComparedModel("one seed", (0.97,)),
    ComparedModel("ResNet50", ()),
)
LAYERS = (
    LayerRow("scan", "InputLayer", (64, 64, 1), 0),
    LayerRow("conv_1", "Conv2D", (64, 64, 32), 320, ("scan",)),
    LayerRow("attention_1_map", "Conv2D", (64, 64, 1), 33, ("conv_1",)),
    LayerRow("attention_1", "Multiply", (64, 64, 32), 0, ("conv_1", "attention_1_map")),
    LayerRow("dense", "Dense", (256,), 1000, ("attention_1",)),
)


def test_every_seed_the_mean_and_the_papers_value_are_drawn() -> None:
    seeds, mean, paper = comparison.figure(ROWS).data
    assert list(zip(seeds.y, seeds.x, strict=True)) == [
        ("ARN-CNN", 99.0), ("ARN-CNN", 98.0), ("ARN-CNN", 100.0), ("one seed", 97.0),
    ]  # fmt: skip
    assert list(mean.x) == pytest.approx([99, 97])
    assert (list(paper.y), list(paper.x)) == (["ARN-CNN"], [99.6])


def test_a_percentage_is_written_in_a_figure_as_it_is_in_text() -> None:
    drawn = comparison.figure(ROWS, decimals=1)
    seeds, _, paper = drawn.data
    assert (seeds.customdata[0], paper.customdata[0]) == (share(0.99, 1), "99.6%")
    assert drawn.layout.xaxis.ticksuffix == "%"
    plain = comparison.figure(ROWS, decimals=None)
    assert plain.data[0].x[0] == 0.99 and not plain.layout.xaxis.ticksuffix


def test_a_row_that_was_not_run_says_so_and_shows_no_guess() -> None:
    drawn = comparison.figure(ROWS)
    assert [(note.y, note.text[:7]) for note in drawn.layout.annotations] == [
        ("ResNet50", "not run")
    ]
    assert "ResNet50: not run" in comparison.alt_text(ROWS)


def test_a_note_stands_in_the_rows_line_and_a_mean_of_some_runs_is_not_drawn() -> None:
    rows = (ComparedModel("elu", (4.0,), note="never in 2 of 3 runs", is_complete=False),)
    drawn = comparison.figure(rows, quantity="Epochs", decimals=None)
    seeds, mean, _ = drawn.data
    assert (list(seeds.x), list(mean.x)) == ([4.0], [])
    assert [note.text for note in drawn.layout.annotations] == ["never in 2 of 3 runs"]
    assert "elu: never in 2 of 3 runs" in comparison.alt_text(rows, decimals=None)


def test_fewer_than_three_seeds_are_not_distinguishable() -> None:
    assert [row.is_distinguishable for row in ROWS] == [True, False, False]
    assert "one seed: 97.00% over 1 run (too few runs to tell apart)" in comparison.alt_text(ROWS)


def test_loss_curves_draw_each_run_and_name_each_variant_once() -> None:
    drawn = comparison.loss_curves({"gelu": [[1.0, 0.1], [0.9, 0.2]], "relu": [[1.1, 0.3]]})
    assert [list(line.y) for line in drawn.data] == [[1.0, 0.1], [0.9, 0.2], [1.1, 0.3]]
    assert [line.showlegend for line in drawn.data] == [True, False, True]
    words = comparison.loss_curves_alt_text({"gelu": [[1.0, 0.1], [0.9, 0.2]]})
    assert "gelu ends at 0.15 over 2 runs" in words


def test_architecture_lists_every_layer_in_order_with_shape_and_parameters() -> None:
    drawn = architecture.figure(LAYERS)
    bars = {
        row[0]: (y, x)
        for trace in drawn.data
        if trace.type == "bar"
        for row, y, x in zip(trace.customdata, trace.y, trace.x, strict=True)
    }
    assert sorted(bars, key=bars.__getitem__) == [layer.name for layer in LAYERS]
    printed = {note.text for note in drawn.layout.annotations}
    assert {"conv_1", "Conv2D", "64 × 64 × 32", "320", "1,000"} <= printed
    assert bars["conv_1"][1] > bars["attention_1_map"][1]  # 32 channels are wider than one


def test_architecture_heads_its_columns_and_explains_its_colours() -> None:
    drawn = architecture.figure(LAYERS)
    heads = [note.text for note in drawn.layout.annotations if note.y == -1]
    assert heads == [
        f"<b>{head}</b>" for head in ("Channels", "Layer", "Kind", "Output", "Parameters")
    ]
    legend = architecture.legend(LAYERS)
    assert [meaning for meaning, _ in legend] == [
        "convolution", "multiplied by an attention map", "dense", "without weights",
    ]  # fmt: skip
    colours = {trace.marker.color for trace in drawn.data if trace.type == "bar"}
    assert colours == {colour for _, colour in legend}
    assert len(colours) == 4
    assert not drawn.layout.showlegend, "it stands above the figure, where it wraps"


def test_only_connections_that_skip_layers_are_drawn_as_arcs() -> None:
    arcs = [trace for trace in architecture.figure(LAYERS).data if trace.type == "scatter"]
    assert [(arc.y[0], arc.y[-1]) for arc in arcs] == [(1, 3)]


def test_architecture_in_words_counts_parameters() -> None:
    assert "5 layers and 1,353 parameters" in architecture.alt_text(LAYERS)


def test_nothing_to_compare_is_said() -> None:
    assert "Nothing has been compared" in comparison.figure(()).layout.annotations[0].text
    assert "No variant" in comparison.loss_curves({}).layout.annotations[0].text
    assert "no network" in architecture.figure(()).layout.annotations[0].text
