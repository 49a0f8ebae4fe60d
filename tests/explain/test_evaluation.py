"""The evaluation of explanations reports every method, with intervals that hold their means."""

import json

import pytest

from arncnn.explain import METHODS
from arncnn.explain.evaluation import evaluate_explanations
from arncnn.models.release_check import ReleaseCheck


@pytest.fixture(scope="module")
def result(case):
    told: list[tuple[str, int, int | None]] = []
    found = evaluate_explanations(
        case.network,
        case.images,
        steps=2,
        random_orders=2,
        cascade_images=2,
        progress=lambda *event: told.append(event),
    )
    assert {stage for stage, _, _ in told} == {"deletion and insertion", "randomising layers"}
    return json.loads(json.dumps(found))


def test_every_method_and_every_pair_of_methods_is_reported(result) -> None:
    assert set(result["methods"]) == set(METHODS) == set(result["randomisation"])
    assert len(result["pairs"]) == len(METHODS) * (len(METHODS) - 1) // 2
    assert result["images"] == 3


def test_areas_are_probabilities_inside_their_intervals(result) -> None:
    for scores in (result["random"], *result["methods"].values()):
        for name in ("deletion", "insertion"):
            lower, upper = scores[name]["interval"]
            assert 0 <= lower <= scores[name]["mean"] <= upper <= 1


def test_gains_are_the_differences_of_the_areas(result) -> None:
    for scores in result["methods"].values():
        random = result["random"]
        gain = random["deletion"]["mean"] - scores["deletion"]["mean"]
        assert scores["deletion_gain"]["mean"] == pytest.approx(gain)
        gain = scores["insertion"]["mean"] - random["insertion"]["mean"]
        assert scores["insertion_gain"]["mean"] == pytest.approx(gain)
    pair = result["pairs"][0]
    one, other = (result["methods"][name] for name in pair["methods"])
    gain = one["insertion"]["mean"] - other["insertion"]["mean"]
    assert pair["insertion_gain"]["mean"] == pytest.approx(gain)


def test_only_complete_methods_have_a_residual_and_it_is_within_the_promise(result) -> None:
    for name, scores in result["methods"].items():
        if METHODS[name].is_complete:
            assert scores["largest_residual"] <= 1e-4
        else:
            assert scores["largest_residual"] is None


def test_the_check_that_is_stored_with_a_model_holds_every_methods_verdict(result) -> None:
    stored = ReleaseCheck.of(result)
    assert stored.images == 3
    assert set(stored.scales) == set(stored.methods) == set(METHODS)
    for name, found in stored.methods.items():
        assert stored.scales[name] == result["methods"][name]["scale"] >= 0
        assert found.deletion == result["methods"][name]["deletion_gain"]["mean"]
        assert found.randomised == result["randomisation"][name]["rank_correlation"][-1]
        assert isinstance(found.collapses, bool)
    assert ReleaseCheck.from_json(json.loads(json.dumps(stored.to_json())), "checked") == stored
