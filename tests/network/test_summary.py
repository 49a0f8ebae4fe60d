"""The drawn network is the one that runs: its layers, shapes and parameters."""

import numpy as np
import pytest

from arncnn.network import summary
from arncnn.network.hyper_parameters import HyperParameters


@pytest.fixture(scope="module")
def rows() -> tuple[summary.LayerRow, ...]:
    return summary.layers(HyperParameters())


def test_parameters_and_shapes_follow_from_the_papers_sizes(
    rows: tuple[summary.LayerRow, ...],
) -> None:
    by_name = {row.name: row for row in rows}
    assert by_name["conv_1"].parameters == 3 * 3 * 1 * 32 + 32
    assert by_name["conv_3"].parameters == 3 * 3 * 64 * 256 + 256
    assert by_name["dense"].parameters == int(np.prod((8, 8, 125))) * 256 + 256
    assert by_name["conv_4"].shape == (8, 8, 125)
    assert by_name["attention_1_map"].shape == (32, 32, 1)


def test_connections_that_skip_are_among_the_inputs(
    rows: tuple[summary.LayerRow, ...],
) -> None:
    by_name = {row.name: row for row in rows}
    assert set(by_name["residual_add"].inputs) == {"attention_3", "residual_skip"}
    assert set(by_name["attention_1"].inputs) == {"pool_1", "attention_1_map"}
    assert by_name["scan"].inputs == ()


def test_a_part_is_cut_out_by_its_layers_names(rows: tuple[summary.LayerRow, ...]) -> None:
    names = [row.name for row in summary.part(rows, ("attention_1",))]
    assert names == ["attention_1_features", "attention_1_map", "attention_1"]
