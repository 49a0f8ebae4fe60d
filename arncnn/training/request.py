"""TrainingRequest: what a training is to be, in plain values that travel as JSON."""

from dataclasses import dataclass, replace
from typing import Any

from arncnn.errors import UsageError
from arncnn.models.recipe import Recipe, named

_MOST_SEED = 2**31 - 1


@dataclass(frozen=True)
class TrainingRequest:
    """All that decides a training besides its folder and its device; checked when it is made.

    Of a data set it takes the paper's split, or one of ``folds`` grouped folds, or the paper's
    split without one class. It begins from random weights or from a model's, may learn from
    approved corrections besides, and may be averaged with another model at the end.

    Attributes:
        recipe: a name of ``models.recipe.RECIPES``.
        epochs: at most; None takes the recipe's.
        seed: of weights, order, appearance and dropout.
        subset: train on that many images of the training part; None takes all.
        batch_size: images a step; None takes the recipe's.
        source: of the data set; None takes what ``ARNCNN_DATA`` names.
        initial: folder of the model to start from.
        corrections: file of approved corrections, see ``ApprovedCorrections.load``; classes
            that only they name are learned once they have the scans, and are added.
        averaged_with: folder of the model whose weights count by their ``share`` in the mean
            that becomes the result (Wortsman et al. 2022, "Model soups"). A recipe that replays,
            a fine-tune, is averaged with the model it starts from, see ``interpolate_weights``.
        share: of the weights of ``averaged_with``, 0 to 1.
        leave_out: a class that is not trained on; the model does not know it then.
        fold: the grouped fold to test on, from 0; None for the paper's split.
        folds: how many there are.
        outliers: folder of ``<kind>/`` folders of pictures that show none of the classes; the
            recipe "outliers" needs one, and no other takes it.
        without_kinds: kinds of outlier that are not learned from, to measure on them.

    Raises:
        UsageError: a number is out of its range, or two of these exclude each other.
    """

    recipe: str
    epochs: int | None = None
    seed: int = 0
    subset: int | None = None
    batch_size: int | None = None
    source: str | None = None
    initial: str | None = None
    corrections: str | None = None
    averaged_with: str | None = None
    share: float = 0.5
    leave_out: str | None = None
    fold: int | None = None
    folds: int = 5
    outliers: str | None = None
    without_kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("epochs", "subset", "batch_size"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"The {name.replace('_', ' ')} must be at least 1, not {value}.")
        if not 0 <= self.seed <= _MOST_SEED:
            raise UsageError(f"The seed must be between 0 and {_MOST_SEED}.")
        if not 0 <= self.share <= 1:
            raise UsageError(f"The other model's share must be from 0 to 1, not {self.share:g}.")
        if self.fold is not None and not 0 <= self.fold < self.folds:
            raise UsageError(f"There is no fold {self.fold} of {self.folds}; the first is 0.")
        if self.fold is not None and self.leave_out is not None:
            raise UsageError("Leave out a class, or train on a fold; not both.")
        if self.without_kinds and self.outliers is None:
            raise UsageError(
                "Kinds of outlier can be left out only with a folder of outliers; specify one."
            )

    def own_recipe(self) -> Recipe:
        """The recipe, with the length and the batch size asked for.

        Raises:
            UsageError: there is no recipe of that name, or it learns from outliers and no
                folder of them is named, or the other way round.
        """
        recipe = named(self.recipe)
        if (self.outliers is None) == bool(recipe.outliers):
            raise UsageError("The recipe 'outliers', and no other, needs a folder of outliers.")
        asked: dict[str, Any] = {"epochs": self.epochs, "batch_size": self.batch_size}
        given = {name: value for name, value in asked.items() if value is not None}
        return replace(recipe, **given)
