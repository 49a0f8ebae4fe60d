"""Recipe: how a network is trained, as data."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from arncnn.errors import UsageError
from arncnn.models.typed_json import ADDED_LATER
from arncnn.network.hyper_parameters import HyperParameters


@dataclass(frozen=True)
class Recipe:
    """All that decides a training besides the data, the seed and the device.

    Attributes:
        name: how the command line calls it.
        hyper: the network.
        network: "arn_cnn"; "resnet50" or "mqcnn" (comparison only).
        optimizer: a Keras optimiser's name.
        learning_rate: at the start.
        batch_size: images a step.
        epochs: at most.
        control: "dwell" (the paper's) or "cosine" (down to zero over all steps).
        augment: whether appearance is randomised.
        plain_share: share of the images that are shown as they are all the same, 0 to 1.
        replay: images of the data set an epoch, drawn anew for each; None shows all of them.
        average: momentum of the running mean of the weights that is kept as the result;
            0 keeps the weights themselves.
        trunk_rate: what all layers but the last are trained with in the first half of the
            epochs, as a share of the learning rate; below 1 the last layer begins anew, for
            classes of its own (a transfer).
        outliers: of a step's images, how many show none of the classes and teach the second
            output "known"; 0 for a network without it.
    """

    name: str
    hyper: HyperParameters = field(default_factory=HyperParameters)
    network: str = "arn_cnn"
    optimizer: str = "Adamax"
    learning_rate: float = 1e-3
    batch_size: int = 40
    epochs: int = 100
    control: str = "dwell"
    augment: bool = False
    plain_share: float = field(default=0.0, metadata=ADDED_LATER)
    average: float = 0.0
    replay: int | None = field(default=None, metadata=ADDED_LATER)
    trunk_rate: float = field(default=1.0, metadata=ADDED_LATER)
    outliers: int = field(default=0, metadata=ADDED_LATER)
    drawn_as_mr: int = field(default=0, metadata=ADDED_LATER)

    @property
    def is_transfer(self) -> bool:
        """Whether it takes a model's layers, but for the last, to other classes."""
        return self.trunk_rate < 1

    def trunk_share(self, epoch: int) -> float:
        """The share of the learning rate that the layers before the last have in an epoch."""
        return self.trunk_rate if 2 * epoch <= self.epochs else 1.0

    def to_json(self) -> dict[str, Any]:
        """The recipe as a JSON object; what was added later is left out where it is unused."""
        values = asdict(self)
        if self.replay is None:
            del values["replay"]
        if not self.is_transfer:
            del values["trunk_rate"]
        if not self.outliers:
            del values["outliers"]
        if not self.drawn_as_mr:
            del values["drawn_as_mr"]
        return values

    @property
    def of_classes(self) -> int:
        """Images a step that show the classes."""
        return self.batch_size - self.outliers

    def with_classes(self, classes: int) -> "Recipe":
        """The same recipe for another number of classes."""
        return replace(self, hyper=replace(self.hyper, classes=classes))


PAPER = Recipe("paper")
ROBUST = Recipe(
    "robust",
    batch_size=64,
    learning_rate=2e-3,
    epochs=14,
    control="cosine",
    augment=True,
    plain_share=0.1,
    average=0.998,
)
# Some two minutes of steps on two CPU cores. A fifth of the replayed images stays as it is, to
# lose nothing at home. The weights' running mean must forget within an epoch: with the robust
# recipe's 0.998 it would still be three quarters of the model that it began from.
FINE_TUNE = replace(
    ROBUST,
    name="fine-tune",
    learning_rate=1e-3,
    epochs=3,
    replay=3000,
    plain_share=0.2,
    average=0.97,
)
# Other classes than the model's: what its layers see in a scan is kept at first, while the last
# layer, which begins anew, would pull them anywhere. Half of the images stay as they are: sets of
# few images have little to lose to a look that they never have.
TRANSFER = replace(
    ROBUST,
    name="transfer",
    learning_rate=1e-3,
    batch_size=32,
    epochs=8,
    plain_share=0.5,
    average=0.97,
    trunk_rate=0.1,
)
# From a model that reads already: twenty outliers beside 48 images of the classes in each step.
OUTLIERS = replace(
    ROBUST,
    name="outliers",
    batch_size=68,
    learning_rate=1e-3,
    epochs=10,
    replay=12_000,
    plain_share=0.15,
    average=0.99,
    outliers=20,
    drawn_as_mr=4,
)
RECIPES = {recipe.name: recipe for recipe in (PAPER, ROBUST, FINE_TUNE, TRANSFER, OUTLIERS)}


def named(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        UsageError: there is none.
    """
    try:
        return RECIPES[name]
    except KeyError:
        raise UsageError(
            f"There is no recipe {name!r}; choose from {', '.join(RECIPES)}."
        ) from None
