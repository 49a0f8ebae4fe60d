"""A map is tested on its own scan; the stored release check is told as it was found."""

import numpy as np
import pytest

from arncnn.explain import METHODS
from arncnn.explain.map_trust import map_trust, release_sentence
from arncnn.explain.probe import Probe
from arncnn.explain.trust import faithfulness

CHECK = {
    "images": 24,
    "integrated": {
        "randomised": 0.07,
        "randomised_interval": [-0.01, 0.15],
        "collapses": True,
        "deletion": 0.33,
        "insertion": 0.14,
    },
    "layer_cam": {
        "randomised": 0.6,
        "randomised_interval": [0.54, 0.67],
        "collapses": False,
        "deletion": 0.36,
        "insertion": 0.14,
    },
}


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


def test_a_map_that_outlives_the_weights_is_called_what_it_is() -> None:
    assert "it collapses" in release_sentence(CHECK, "integrated")
    said = release_sentence(CHECK, "layer_cam")
    assert "does not collapse" in said
    assert "+0.60, +0.54 to +0.67" in said
    assert "Over 24 images deletion gained +0.36" in said


@pytest.mark.parametrize("check", [None, {}, {"images": 24}])
def test_a_model_without_the_check_says_so(check) -> None:
    assert "no stored release check" in release_sentence(check, "integrated")
