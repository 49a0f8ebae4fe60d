"""The integrated evidence adds up, and is the integral it claims to be."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from arncnn.explain import METHODS, HeadPass
from arncnn.explain.base import average_slope
from arncnn.explain.class_evidence import class_evidence
from arncnn.network.head import ACTIVATIONS, Head

INTEGRATED = METHODS["integrated"]
SMALL = st.floats(-4, 4, width=32)


def _array(*shape: int) -> st.SearchStrategy[np.ndarray]:
    return arrays.arrays(np.float32, shape, elements=SMALL)


@st.composite
def _heads(draw: st.DrawFn) -> Head:
    return Head(
        draw(_array(2 * 3 * 4, 5)),
        draw(_array(5)),
        draw(_array(5, 3)),
        draw(_array(3)),
        draw(st.sampled_from(list(ACTIVATIONS))),
    )


@settings(deadline=None, max_examples=200)
@given(_heads(), arrays.arrays(np.float32, (2, 3, 4), elements=st.floats(0, 8, width=32)))
def test_cells_sum_to_the_logit_difference_from_the_empty_map(
    head: Head, conv_map: np.ndarray
) -> None:
    evidence = INTEGRATED.maps(head, conv_map)
    g = head.function
    before = g.value(conv_map.ravel().astype(np.float64) @ head.kernel_1 + head.bias_1)
    empty = g.value(head.bias_1.astype(np.float64))
    difference = (before - empty) @ head.kernel_2
    bound = 1e-4 * np.maximum(1.0, np.abs(difference))
    # float32 cells cannot hold more digits than this when large ones cancel
    bound = bound + 1e-6 * np.abs(evidence).sum(axis=(1, 2))
    assert (np.abs(evidence.sum(axis=(1, 2), dtype=np.float64) - difference) <= bound).all()


def test_cells_sum_to_the_whole_networks_own_logits_within_the_promised_residual(
    case: Any,
) -> None:
    baseline = np.asarray(case.head.logits(np.zeros((1, 8, 8, 125), np.float32)))[0]
    for conv_map, logits in zip(case.conv_maps, case.logits, strict=True):
        maps = INTEGRATED.explain(HeadPass(case.head, conv_map))
        difference = logits - baseline
        promised = 1e-4 * np.maximum(1.0, np.abs(difference))
        assert (np.abs(maps.maps.sum(axis=(1, 2)) - difference) <= promised).all()
        assert (np.abs(maps.residual) <= promised).all()
        assert np.abs(maps.difference - difference).max() < 1e-4
        assert np.abs(difference).max() > 0.1


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_evidence_is_the_numerical_integral_of_gradients_along_the_path(activation: str) -> None:
    generator = np.random.default_rng(11)
    weights = [generator.normal(0, 0.2, shape) for shape in ((4 * 4 * 10, 32), 32, (32, 3), 3)]
    head = Head(*(w.astype(np.float32) for w in weights), activation)
    a = np.maximum(generator.normal(0, 1, (4, 4, 10)), 0)
    total = np.zeros((3, 4, 4))
    steps = 4000
    for t in (np.arange(steps) + 0.5) / steps:
        z = t * (a.ravel() @ head.kernel_1) + head.bias_1
        slopes = head.function.derivative(z)[:, None] * head.kernel_2
        gradient = (head.kernel_1 @ slopes).reshape(4, 4, 10, 3)
        total += np.einsum("rcd,rcdk->krc", a, gradient) / steps
    ours = INTEGRATED.maps(head, a.astype(np.float32))
    assert np.abs(ours - total).max() < 1e-4
    assert np.abs(total).max() > 0.1


@pytest.mark.parametrize("activation", ["gelu", "tanh"])
@pytest.mark.parametrize("step", [0.0, 1e-12, -1e-8, 9e-6, 1.1e-5, 1e-3])
def test_the_average_slope_is_smooth_where_the_step_vanishes(activation: str, step: float) -> None:
    bias = np.linspace(-3, 3, 13).astype(np.float32)
    head = Head(
        np.zeros((1, 13), np.float32),
        bias,
        np.zeros((13, 2), np.float32),
        np.zeros(2, np.float32),
        activation,
    )
    slope = average_slope(head, np.full(13, step))
    points = bias + (np.arange(64)[:, None] + 0.5) / 64 * step
    assert np.abs(slope - head.function.derivative(points).mean(axis=0)).max() < 1e-9


def test_a_contrast_sums_to_the_difference_of_two_logits(case: Any) -> None:
    maps = INTEGRATED.explain(HeadPass(case.head, case.conv_maps[0]))
    why = class_evidence(maps, 2, against=4)
    assert np.array_equal(why.map, maps.maps[2] - maps.maps[4])
    margin = maps.difference[2] - maps.difference[4]
    assert why.map.sum() == pytest.approx(margin, abs=1e-4)
    assert abs(why.residual) < 1e-4
    assert class_evidence(maps, 4, 2).map.sum() == pytest.approx(-margin, abs=1e-4)


def test_a_contrast_of_a_method_that_does_not_add_up_claims_no_sum(case: Any) -> None:
    maps = METHODS["grad_cam"].explain(HeadPass(case.head, case.conv_maps[0]))
    assert class_evidence(maps, 0, 1).difference is None
