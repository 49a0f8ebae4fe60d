"""Attention maps come in the network's order, and the laid-open module is its own formula."""

import numpy as np
import pytest

from arncnn.errors import ModelError
from arncnn.explain.attention import PLACES, attention_maps, attention_steps


def _attention(case) -> dict[str, np.ndarray]:
    from arncnn.network.forward import ForwardPass

    return ForwardPass(case.network)(case.images)[0].attention


def test_all_eight_modules_come_in_the_networks_order_at_their_own_resolution(case) -> None:
    maps = attention_maps(dict(reversed(_attention(case).items())))
    assert [m.name for m in maps] == [f"attention_{number}" for number in range(1, 9)]
    assert [m.resolution for m in maps] == [(32, 32)] * 3 + [(16, 16)] + [(8, 8)] * 4
    assert [m.title for m in maps][:1] == ["Attention module 1"]
    for found in maps:
        assert 0 <= found.minimum <= found.map.min() <= found.map.max() <= found.maximum <= 1


def test_the_order_is_the_order_of_the_layers(case) -> None:
    names = [layer.name for layer in case.network.layers if layer.name in PLACES]
    assert names == list(PLACES)


def test_full_attention_is_shown_as_its_mean_with_the_range_of_all_channels() -> None:
    values = np.random.default_rng(0).random((4, 4, 3), np.float32)
    found = attention_maps({"attention_5": values})[0]
    assert np.allclose(found.map, values.mean(axis=2))
    assert (found.minimum, found.maximum) == (values.min(), values.max())


def test_a_network_without_attention_has_no_maps() -> None:
    assert attention_maps({}) == ()


@pytest.mark.parametrize("name", ["attention_1", "attention_3", "attention_8"])
def test_a_module_laid_open_multiplies_its_input_by_the_map_of_the_reading(case, name) -> None:
    steps = attention_steps(case.network, case.images[0], name)
    assert np.allclose(steps.after, steps.before * steps.map, atol=1e-6)
    assert np.allclose(steps.map, _attention(case)[name], atol=1e-5)
    assert steps.features.shape[2] == steps.before.shape[2] // 2
    assert np.allclose(steps.mean_before, steps.before.mean(axis=2), atol=1e-6)
    assert np.allclose(steps.mean_after, (steps.before * steps.map).mean(axis=2), atol=1e-6)
    assert np.allclose(steps.mean_map, steps.map[..., 0], atol=1e-6)
    assert steps.map.min() <= steps.kept_share <= steps.map.max()


def test_a_module_that_the_network_lacks_is_refused(case) -> None:
    with pytest.raises(ModelError, match="no module 'attention_9'"):
        attention_steps(case.network, case.images[0], "attention_9")
