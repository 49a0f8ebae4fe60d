"""A map is tested on its own scan."""

import numpy as np
import pytest

from arncnn.explain import METHODS
from arncnn.explain.map_trust import MapTrust, map_trust
from arncnn.explain.probe import Probe
from arncnn.explain.trust import Curves, Faithfulness, Repeatability, faithfulness


@pytest.fixture(scope="module")
def probe(case) -> Probe:
    return Probe.of(case.network)


def test_the_map_tested_is_the_methods_map_of_that_class(case, probe) -> None:
    method, image = METHODS["integrated"], case.images[0]
    found = map_trust(probe, case.head, image, method, 2)
    values = method.maps(case.head, case.conv_maps[0])[2]
    expected = faithfulness(probe.predict, image, values, 2)
    assert found.faithfulness.map.deletion == pytest.approx(expected.map.deletion, abs=1e-5)
    assert found.faithfulness.random.insertion == pytest.approx(expected.random.insertion, abs=1e-5)
    assert found.repeatability.shifts == 6


def test_a_comparison_is_tested_with_the_difference_of_the_two_maps(case, probe) -> None:
    method, image = METHODS["integrated"], case.images[0]
    found = map_trust(probe, case.head, image, method, 2, 4)
    maps = method.maps(case.head, case.conv_maps[0])
    expected = faithfulness(probe.predict, image, maps[2] - maps[4], 2)
    assert found.faithfulness.map.deletion == pytest.approx(expected.map.deletion, abs=1e-5)
    assert all(sentence.endswith(".") for sentence in found.sentences())


def test_a_shared_pass_is_asked_for_its_network_only_when_a_gradient_is_wanted(case) -> None:
    from arncnn.network.forward import ForwardPass

    asked = []

    def network():
        asked.append(True)
        return case.network

    probe = Probe.sharing(ForwardPass(case.network), network)
    assert np.allclose(probe.predict(case.images), case.logits, atol=1e-4)
    assert np.allclose(probe.conv_maps(case.images), case.conv_maps, atol=1e-4)
    assert not asked
    assert probe.gradient(case.images[:1], 0).shape == (1, 64, 64, 1)
    assert asked


_MEAN, _BEST = Curves(0.45, 0.57), Curves(0.40, 0.60)


@pytest.mark.parametrize(
    ("found", "lowest", "said"),
    [
        (
            Curves(0.2, 0.8),
            0.9,
            "this map finds the places that matter better than chance, and it hardly changes",
        ),
        (
            Curves(0.2, 0.8),
            0.3,
            "this map finds the places that matter better than chance, but it changes much",
        ),
        (
            Curves(0.44, 0.8),
            0.9,
            "better than chance in only one of two tests, but it hardly changes",
        ),
        (
            Curves(0.5, 0.5),
            0.6,
            "the places that matter no better than chance might, and it changes somewhat",
        ),
        (_MEAN, 0.9, "this map cannot be told from places taken at random, but it hardly changes"),
    ],
)
def test_the_plain_line_says_what_the_figures_show_whichever_way_they_fall(
    found: Curves, lowest: float, said: str
) -> None:
    plain = MapTrust(Faithfulness(found, _MEAN, _BEST, 5), Repeatability(0.95, lowest, 6)).plain()
    assert plain.startswith("Tested on this scan: ")
    assert said in plain
    assert not any(sign.isdigit() for sign in plain)
