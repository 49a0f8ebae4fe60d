"""What is asked of a training is checked when it is asked."""

from typing import Any

import pytest

from arncnn.errors import UsageError
from arncnn.models.recipe import PAPER
from arncnn.training.request import TrainingRequest


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"epochs": 0}, "epochs must be at least 1, not 0"),
        ({"batch_size": -2}, "batch size must be at least 1, not -2"),
        ({"subset": 0}, "subset must be at least 1, not 0"),
        ({"seed": -1}, "seed must be between"),
        ({"share": 1.5}, "from 0 to 1, not 1.5"),
        ({"fold": 5}, "no fold 5 of 5; the first is 0"),
        ({"fold": 0, "leave_out": "Hand"}, "not both"),
    ],
)
def test_what_cannot_be_trained_is_said_in_a_sentence(wrong: dict[str, Any], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        TrainingRequest("paper", **wrong)


def test_the_recipe_has_the_length_and_the_batch_size_asked_for() -> None:
    assert TrainingRequest("paper").own_recipe() == PAPER
    asked = TrainingRequest("paper", epochs=3, batch_size=8).own_recipe()
    assert (asked.epochs, asked.batch_size, asked.name) == (3, 8, "paper")
    with pytest.raises(UsageError, match="no recipe 'magic'"):
        TrainingRequest("magic").own_recipe()
